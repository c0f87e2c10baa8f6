//! CSV in and out.

use std::fs;

use super::{FACEBOOK, Made};

const HEAD: &str =
    "Konto;Plattform;Adress;Nämnd;Syfte;Målgrupp;Ansvariga;Ersättare;Överordnat konto;Ändamål";

fn line(id: &str, more: &str) -> String {
    format!(
        "{id};facebook;https://a.example/{id};Kommunstyrelsen;dialog;alla;Anna Ek|Bo Ek;Cia Ek;{more}"
    )
}

fn written(made: &Made, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = made.beside(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_file_as_excel_writes_it_is_taken_in_and_comes_out_the_same() {
    let made = Made::of("tibro");
    // The account above stands below in the file; empty columns and lines are left over.
    let lines = [
        "\u{feff}sep=;".to_owned(),
        format!("{HEAD};;"),
        line("skolan", "kommunen;dialog;;"),
        ";;;;;;;;;;;".to_owned(),
        line("kommunen", ";dialog | arbetsgivare;;")
            .replace("dialog;alla", "\"=HYPERLINK(\"\"x\"\")\";\"å; ä\""),
    ];
    let file = written(&made, "in.csv", lines.join("\r\n"));
    let tried = made.data(&["account", "import", &file, "--dry-run"]);
    assert_eq!(tried["added"].as_array().unwrap().len(), 2);
    assert_eq!(
        made.data(&["account", "list"])["accounts"],
        serde_json::json!([])
    );
    made.run(&["account", "import", &file]).expect(0);
    let shown = made.data(&["account", "show", "kommunen"]);
    assert_eq!(shown["purpose"], "=HYPERLINK(\"x\")");
    assert_eq!(shown["audience"], "å; ä");
    assert_eq!(
        shown["serves"],
        serde_json::json!(["dialog", "arbetsgivare"])
    );

    let out = made.beside("ut.csv");
    made.run(&["account", "export", "-o", &out]).expect(0);
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.starts_with("\u{feff}\"Konto\";") && text.contains("\r\n"));
    assert!(text.contains("'=HYPERLINK"), "a formula is text: {text}");
    let again = made.data(&["account", "import", &out]);
    assert_eq!(again["unchanged"].as_array().unwrap().len(), 2);
    // And into an archive that has none of them.
    let second = Made::of("tibro");
    second.run(&["account", "import", &out]).expect(0);
    let exported = second.run(&["account", "export"]).expect(0).stdout;
    assert_eq!(exported, text);
}

#[test]
fn one_wrong_line_stops_all_and_each_is_named_by_its_number() {
    let made = Made::of("tibro");
    made.add("finns", "facebook", FACEBOOK, &[]);
    let lines = [
        HEAD.to_owned(),
        line("god", ";dialog"),
        line("Stor", ";dialog"),
        line("plattform", ";dialog").replace("facebook", "myspace"),
        line("adress", ";dialog").replace("https://a.example/adress", "hej"),
        line("ensam", ";dialog").replace("|Bo Ek", ""),
        line("ovan", "ingen;dialog"),
        line("ring-a", "ring-b;dialog"),
        line("ring-b", "ring-a;dialog"),
        line("god", ";dialog"),
        line("finns", ";dialog"),
        line("syfte", ";lotteri"),
        line("cell", ";dialog;en till"),
    ];
    let file = written(&made, "in.csv", lines.join("\n"));
    let refused = made.run(&["account", "import", &file]);
    refused.refuses(1, &["11 things are wrong", "nothing was taken in"]);
    for told in [
        "line 3: account id \"Stor\"",
        "line 4: unknown platform \"myspace\"",
        "line 5: address \"hej\"",
        "line 6: account ensam has 1 responsible person",
        "line 7: account ovan cannot stand below ingen",
        "line 8: account ring-a cannot stand below ring-b",
        "line 9: account ring-b cannot stand below ring-a",
        "line 10: account god stands twice: also on line 2",
        "line 11: account finns is registered already, and differs in Adress",
        "line 12: the policy has no purpose \"lotteri\"",
        "line 13: it has 11 cells",
    ] {
        assert!(refused.stderr.contains(told), "{told}:\n{refused}");
    }
    let listed = made.data(&["account", "list"]);
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 1);
}

#[test]
fn an_update_changes_the_columns_that_the_file_has_and_no_other() {
    let made = Made::of("tibro");
    made.add("finns", "facebook", FACEBOOK, &["--serves", "dialog"]);
    let text = "id,platform,address,committee,purpose,audience\nfinns,Facebook,https://ny.example/,Kommunstyrelsen,nytt,alla\n";
    let file = written(&made, "in.csv", text);
    made.run(&["account", "import", &file])
        .refuses(1, &["line 2", "--update"]);
    made.run(&["account", "import", &file, "--update"])
        .expect(0);
    let shown = made.data(&["account", "show", "finns"]);
    assert_eq!(shown["address"], "https://ny.example/");
    assert_eq!(shown["substitute"], "Cia Ek");
    assert_eq!(shown["serves"], serde_json::json!(["dialog"]));
}

#[test]
fn hostile_files_are_refused_with_their_name() {
    let made = Made::of("vara");
    for (name, bytes) in [
        ("tom.csv", &b""[..]),
        ("arbetsbok.xlsx", b"PK\x03\x04\0\0\0\0"),
        ("utan-rubrik.csv", b"a;b;c\n1;2;3\n"),
        (
            "citat.csv",
            b"id;platform;address;committee;purpose;audience\n\"a;b\n",
        ),
        (
            "mitt i.csv",
            b"id;platform;address;committee;purpose;audience\na;web;https://a.example/;N;\"x;y\nb;web;https://b.example/;N;\"x\";y\n",
        ),
    ] {
        let file = written(&made, name, bytes);
        made.run(&["account", "import", &file]).refuses(1, &[name]);
    }
    made.run(&["account", "import", &made.beside("finns-inte.csv")])
        .refuses(1, &["finns-inte.csv"]);
    // What Excel writes as plain CSV is read, and said.
    let old = written(
        &made,
        "gammal.csv",
        b"id;platform;address;committee;purpose;audience\nk;web;https://a.example/;N\xe4mnden;x;y\n",
    );
    let taken = made.run(&["account", "import", &old]).expect(0);
    assert!(taken.stderr.contains("Windows-1252"), "{taken}");
    let shown = made.data(&["account", "show", "k"]);
    assert_eq!(shown["committee"], "Nämnden");
}
