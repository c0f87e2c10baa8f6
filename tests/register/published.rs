//! The published list.

use html5gum::{Token, Tokenizer};

use super::{FACEBOOK, Made};

/// Every start tag has its end, no id stands twice, and each `#` that is led to is there.
fn judge(html: &str) {
    const VOID: [&[u8]; 2] = [b"meta", b"br"];
    let (mut open, mut ids, mut led) = (Vec::new(), Vec::new(), Vec::new());
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => {
                for (name, value) in &tag.attributes {
                    let value = String::from_utf8(value.to_vec()).unwrap();
                    match name.as_slice() {
                        b"id" => ids.push(value),
                        b"aria-labelledby" => led.push(value),
                        b"href" => led.extend(value.strip_prefix('#').map(str::to_owned)),
                        _ => {}
                    }
                }
                if !VOID.contains(&tag.name.as_slice()) {
                    open.push(tag.name.to_vec());
                }
            }
            Token::EndTag(tag) => assert_eq!(open.pop(), Some(tag.name.to_vec())),
            Token::Error(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    assert_eq!(open, Vec::<Vec<u8>>::new());
    let all = ids.len();
    for id in led {
        assert!(ids.contains(&id), "{id}");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn the_list_tells_what_the_policy_says_and_no_more() {
    for (profile, told, untold) in [
        (
            "tibro",
            &["Anna Ek", "Bo Ek", "Målgrupp", "Syfte"][..],
            &["Cia Ek", "Eva Chef"][..],
        ),
        (
            "vara",
            &["Facebook"],
            &["Anna Ek", "Cia Ek", "Eva Chef", "Målgrupp"],
        ),
        (
            "falkoping",
            &["Facebook"],
            &["Anna Ek", "Cia Ek", "Eva Chef"],
        ),
        (
            "lilla-edet",
            &["Facebook"],
            &["Anna Ek", "Cia Ek", "Eva Chef"],
        ),
    ] {
        let made = Made::of(profile);
        made.add("konto", "facebook", FACEBOOK, &[]);
        made.run(&["account", "administrator", "add", "konto", "Eva Chef"])
            .expect(0);
        for format in ["html", "csv", "json"] {
            let list = made
                .run(&["account", "publish", "--format", format])
                .expect(0);
            for word in untold {
                assert!(
                    !list.stdout.contains(word),
                    "{profile} {format} {word}: {list}"
                );
            }
            let again = made
                .run(&["account", "publish", "--format", format])
                .expect(0);
            assert_eq!(again.stdout, list.stdout);
        }
        let html = made.run(&["account", "publish"]).expect(0).stdout;
        for word in told {
            assert!(html.contains(word), "{profile} {word}: {html}");
        }
        judge(&html);
    }
}

#[test]
fn committees_stand_apart_and_hostile_words_are_text() {
    let made = Made::of("tibro");
    made.add("konto", "facebook", FACEBOOK, &[]);
    made.add(
        "bok",
        "web",
        "https://bok.example/?a=1&b=%22x",
        &["--parent", "konto"],
    );
    let edit = [
        "account",
        "edit",
        "bok",
        "--committee",
        "<b>Kultur</b> & \"fritid\"",
        "--purpose",
    ];
    made.run(&[&edit[..], &["</td><script>alert(1)</script>"]].concat())
        .expect(0);
    let html = made.run(&["account", "publish"]).expect(0).stdout;
    judge(&html);
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert_eq!(html.matches("<h2 ").count(), 2, "{html}");
    assert!(html.contains("lang=\"sv\"") && html.contains("<th scope=\"row\">"));
    let empty = Made::of("vara")
        .run(&["account", "publish"])
        .expect(0)
        .stdout;
    judge(&empty);
}
