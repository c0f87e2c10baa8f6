//! Which account an address means, and what the account says of itself.

use serde_json::Value;
use url::Url;

use super::super::client::Answer;
use super::super::reading::{Access, Reading};
use super::super::wordpress::json;
use super::super::{Error, Profile, html};
use super::JSON;
use super::status::{id, text};

/// An account as its server tells it.
pub(super) struct Account {
    pub(super) id: String,
    /// How many statuses the server counts, also those it does not show.
    pub(super) count: Option<u64>,
    pub(super) profile: Profile,
    /// Where it has moved, if it has.
    pub(super) moved: Option<String>,
    pub(super) is_suspended: bool,
}

pub(super) struct Told {
    pub(super) account: Account,
    pub(super) answer: Answer,
}

/// The interface's address below the account's own origin.
pub(super) fn route(reading: &Reading<'_>, segments: &[&str]) -> Result<Url, Error> {
    let mut address = reading.account.address.clone();
    address.set_query(None);
    address.set_fragment(None);
    let below = |address: &mut Url| -> Result<(), ()> {
        let mut path = address.path_segments_mut()?;
        path.clear().extend(["api", "v1"]).extend(segments);
        Ok(())
    };
    match below(&mut address) {
        Ok(()) => Ok(address),
        Err(()) => Err(not_an_account(&reading.account.address)),
    }
}

/// Asks for the account that the address means.
pub(super) async fn ask(reading: &mut Reading<'_>) -> Result<Told, Error> {
    let Some(name) = name(&reading.account.address) else {
        return Err(not_an_account(&reading.account.address));
    };
    let mut address = route(reading, &["accounts", "lookup"])?;
    address.query_pairs_mut().append_pair("acct", &name);
    let answer = reading.ask(&address, JSON, Access::Anonymous).await?;
    reading.check(&answer)?;
    let value = json(&answer)?;
    let account = read(&value, &address).ok_or_else(|| Error::WrongType {
        address: answer.request.address.clone(),
        detail: "an account is expected".to_owned(),
    })?;
    if let Some(to) = &account.moved {
        reading
            .warnings
            .push(format!("the account says that it has moved to {to}"));
    }
    Ok(Told { account, answer })
}

fn not_an_account(address: &Url) -> Error {
    Error::NotAnAccount {
        address: address.to_string(),
    }
}

/// `user` or `user@elsewhere` of `/@user`, `/@user@elsewhere`, `/users/user` and `/web/@user`.
fn name(address: &Url) -> Option<String> {
    let path = address.path().replace("%40", "@");
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = parts.next()?;
    let first = if first == "web" { parts.next()? } else { first };
    let name = match first.strip_prefix('@') {
        Some(name) => name,
        None if first == "users" => parts.next()?,
        None => return None,
    };
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b':'));
    is_name.then(|| name.to_owned())
}

fn read(value: &Value, base: &Url) -> Option<Account> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let profile = Profile {
        name: text(value, "display_name").or_else(|| text(value, "username")),
        description: some(description(value, base)),
        home: text(value, "url"),
        language: None,
        picture: text(value, "avatar_static").or_else(|| text(value, "avatar")),
    };
    let moved = value.get("moved").filter(|moved| moved.is_object());
    Some(Account {
        id: value.get("id").and_then(id)?,
        count: value.get("statuses_count").and_then(Value::as_u64),
        profile,
        moved: moved.map(|to| text(to, "url").unwrap_or_else(|| "another account".to_owned())),
        is_suspended: value.get("suspended").and_then(Value::as_bool) == Some(true),
    })
}

/// The note, and the fields below it, a line each.
fn description(value: &Value, base: &Url) -> String {
    let words = |html: &str| {
        let read = html::body(html, base);
        let content = crate::record::Content {
            body: read.blocks,
            ..crate::record::Content::default()
        };
        content.plain_text()
    };
    let mut lines = Vec::new();
    lines.extend(value.get("note").and_then(Value::as_str).map(words));
    let fields = value.get("fields").and_then(Value::as_array);
    for field in fields.into_iter().flatten() {
        let part = |key| field.get(key).and_then(Value::as_str).map(html::line);
        if let (Some(name), Some(value)) = (part("name"), part("value")) {
            lines.push(format!("{name}: {value}"));
        }
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_account_is_read_from_every_form_of_address() {
        for (address, expected) in [
            ("https://social.example/@kommun", Some("kommun")),
            ("https://social.example/@kommun/", Some("kommun")),
            ("https://social.example/%40kommun", Some("kommun")),
            (
                "https://social.example/@kommun@annan.example",
                Some("kommun@annan.example"),
            ),
            ("https://social.example/users/kommun", Some("kommun")),
            ("https://social.example/web/@kommun", Some("kommun")),
            ("https://social.example/@kommun/1134", Some("kommun")),
            ("https://social.example/", None),
            ("https://social.example/about", None),
            ("https://social.example/@", None),
            ("https://social.example/@a%20b", None),
        ] {
            let read = name(&address.parse().unwrap());
            assert_eq!(read.as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn an_account_tells_its_fields_and_its_number_id() {
        let value = json!({
            "id": 42, "username": "kommun", "display_name": "", "statuses_count": 3,
            "note": "<p>Vi svarar vardagar.</p>", "url": "https://social.example/@kommun",
            "avatar": "https://social.example/a.png",
            "fields": [{"name": "Webb", "value": "<a href=\"https://a.example\">a.example</a>"}],
            "moved": {"url": "https://ny.example/@kommun"}
        });
        let read = read(&value, &"https://social.example/".parse().unwrap()).unwrap();
        assert_eq!((read.id.as_str(), read.count), ("42", Some(3)));
        assert_eq!(read.profile.name.as_deref(), Some("kommun"));
        let description = read.profile.description.unwrap();
        assert_eq!(description, "Vi svarar vardagar.\nWebb: a.example");
        assert_eq!(read.moved.as_deref(), Some("https://ny.example/@kommun"));
    }
}
