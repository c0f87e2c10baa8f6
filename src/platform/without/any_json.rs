//! Random answers in JSON: what is gone never remains, and all else stays as it was.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Gone, Without, without};
use crate::record::Platform;

#[derive(Debug, Clone)]
enum Json {
    Plain(Value),
    List(Vec<Json>),
    /// A key may come more than once: whoever reads it takes the last.
    Object(Vec<(String, Json)>),
    /// A post of that id, with a word of its own.
    Item(u8, Vec<(String, Json)>),
}

fn answers() -> impl Strategy<Value = Json> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    let leaf = plain.prop_map(Json::Plain);
    leaf.prop_recursive(5, 40, 5, |inner| {
        let members = || prop::collection::vec(("[aå\"]", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::List),
            members().prop_map(Json::Object),
            (0..8_u8, members()).prop_map(|(id, inside)| Json::Item(id, inside)),
        ]
    })
}

fn word(id: u8) -> String {
    format!("ordet{id}här")
}

/// The answer as it is sent, with spaces where they may stand.
fn write(json: &Json, spaces: &mut dyn Iterator<Item = &'static str>, out: &mut String) {
    fn members(
        all: &[(String, Json)],
        first: bool,
        spaces: &mut dyn Iterator<Item = &'static str>,
        out: &mut String,
    ) {
        for (n, (key, value)) in all.iter().enumerate() {
            if n > 0 || !first {
                out.push(',');
            }
            out.extend(spaces.next());
            out.push_str(&Value::from(key.as_str()).to_string());
            out.extend(spaces.next());
            out.push(':');
            write(value, spaces, out);
        }
    }
    out.extend(spaces.next());
    match json {
        Json::Plain(value) => out.push_str(&value.to_string()),
        Json::List(all) => {
            out.push('[');
            for (n, one) in all.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(one, spaces, out);
            }
            out.push(']');
        }
        Json::Object(all) => {
            out.push('{');
            members(all, true, spaces, out);
            out.push('}');
        }
        Json::Item(id, inside) => {
            out.push_str(&format!("{{\"type\":\"post\",\"title\":\"{}\"", word(*id)));
            members(inside, false, spaces, out);
            out.push_str(&format!(",\"id\": {id}}}"));
        }
    }
    out.extend(spaces.next());
}

/// What is to be left of it, as it is read; `None`: it is gone itself.
fn left_of(json: &Json, gone: &[u8]) -> Option<Value> {
    let object = |all: &[(String, Json)]| -> Map<String, Value> {
        let left = all.iter();
        left.map(|(key, value)| (key.clone(), left_of(value, gone).unwrap_or_default()))
            .collect()
    };
    Some(match json {
        Json::Plain(value) => value.clone(),
        Json::List(all) => all.iter().filter_map(|one| left_of(one, gone)).collect(),
        Json::Object(all) => Value::Object(object(all)),
        Json::Item(id, _) if gone.contains(id) => return None,
        Json::Item(id, inside) => {
            let mut left = object(inside);
            let own = json!({ "type": "post", "title": word(*id), "id": id });
            left.extend(own.as_object().cloned().unwrap_or_default());
            Value::Object(left)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_gone_never_remains_and_all_else_stays(
        answer in answers(),
        gone in prop::collection::vec(0..8_u8, 0..4),
        spaces in prop::collection::vec(prop_oneof![Just(""), Just(" "), Just("\n\t")], 1..7),
    ) {
        let mut body = String::new();
        write(&answer, &mut spaces.iter().copied().cycle(), &mut body);
        let names: Vec<String> = gone.iter().map(|id| format!("post:{id}")).collect();
        let is_gone = |name: &str| names.iter().any(|n| n == name);
        let asked = Gone { item: &is_gone, address: &|_| false };
        let at = "https://blogg.example/".parse().unwrap();
        let left = match without(Platform::WordPress, "json", &at, body.as_bytes(), &asked) {
            Without::Nothing => {
                prop_assert_eq!(left_of(&answer, &gone), None);
                return Ok(());
            }
            Without::Same => body.clone(),
            Without::Less { body, .. } => String::from_utf8(body).unwrap(),
        };
        for id in &gone {
            prop_assert!(!left.contains(&word(*id)), "{id} remains in {left}");
        }
        let read: Value = serde_json::from_str(&left).unwrap();
        prop_assert_eq!(Some(read), left_of(&answer, &gone));
        if !gone.iter().any(|id| body.contains(&word(*id))) {
            prop_assert_eq!(left, body);
        }
    }
}
