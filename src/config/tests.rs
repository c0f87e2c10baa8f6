//! Configuration read as people write it.

use chrono::NaiveDate;

use super::*;
use std::os::unix::fs::PermissionsExt as _;

fn archive(toml: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("arkivd.toml"), toml).unwrap();
    dir
}

#[test]
fn the_template_is_itself_good_configuration() {
    let dir = archive(&template("Tibro \"{profile}\"", "tibro"));
    let config = Config::load(dir.path()).unwrap();
    assert_eq!(config.organisation, "Tibro \"{profile}\"");
    assert_eq!(config.profile, "tibro");
}

#[test]
fn every_key_of_the_template_may_be_uncommented() {
    let open: String = template("A", "tibro")
        .lines()
        .map(|line| {
            let key = line
                .strip_prefix("# ")
                .filter(|l| l.starts_with('[') || l.contains(" = "));
            format!("{}\n", key.unwrap_or(line))
        })
        .collect();
    Config::load(archive(&open).path()).unwrap();
}

#[test]
fn an_unknown_key_is_named() {
    let dir = archive("organisation = \"A\"\nprofile = \"tibro\"\norganization = \"B\"\n");
    let message = Config::load(dir.path()).unwrap_err().to_string();
    assert!(message.contains("organization"), "{message}");
}

#[test]
fn what_is_wrong_has_its_place_and_a_secret_in_a_wrong_one_is_not_repeated() {
    let good = "organisation=\"A\"\nprofile=\"tibro\"\n";
    for (wrong, place) in [
        ("[credential.b]\nuser = [\"hemligt\"]\n", ":4:8: "),
        (
            "[credential.b]\nuser = \"u\"\npassword = \"hemligt\"\n",
            ":5:1: ",
        ),
        (
            "[credential.b]\nuser = \"u\"\nexpires = \"hemligt\"\n",
            ":5:11: ",
        ),
        ("[credential]\nb = \"hemligt\"\n", ":4:5: "),
        ("[credential.b]\nuser = \"hemligt\nx = 1\n", ":4:"),
    ] {
        let error = Config::load(archive(&format!("{good}{wrong}")).path()).unwrap_err();
        let told = crate::workflow::told(&error);
        assert!(told.contains(place) && !told.contains("hemligt"), "{told}");
    }
}

#[test]
fn persons_limits_and_last_days_are_read() {
    let good = "organisation=\"A\"\nprofile=\"tibro\"\n[daemon]\ncaptures_at_once = 4\n\
        [credential.blogg]\nuser = \"u\"\nexpires = 2027-01-31\n\
        [[person]]\nuser = \"anna\"\nname = \"Anna Öberg\"\nroles = [\"redaktör\"]\n";
    let config = Config::load(archive(good).path()).unwrap();
    assert_eq!(config.daemon.captures_at_once, 4);
    assert_eq!(
        config.credentials["blogg"].expires,
        NaiveDate::from_ymd_opt(2027, 1, 31)
    );
    assert_eq!(config.persons[0].roles, [crate::record::Role::Editor]);
    for (from, to, says) in [
        ("= 4", "= 0", "[daemon] captures_at_once = 0"),
        ("redaktör", "editor", "unknown role \"editor\""),
        (
            "2027-01-31",
            "2027-01-31T10:00:00",
            "is not a day such as 2027-01-31",
        ),
    ] {
        let wrong = Config::load(archive(&good.replace(from, to)).path()).unwrap_err();
        assert!(wrong.to_string().contains(says), "{wrong}");
    }
    let person = &good[good.find("[[person]]").unwrap()..];
    let twice = archive(&format!("{good}{person}"));
    assert!(matches!(
        Config::load(twice.path()),
        Err(Error::PersonTwice { .. })
    ));
}

#[test]
fn a_password_that_others_can_read_is_refused() {
    let dir = archive(
        "organisation=\"A\"\nprofile=\"tibro\"\n[credential.blogg]\nuser=\"u\"\npassword_file=\"secret\"\n",
    );
    let secret = dir.path().join("secret");
    let config = Config::load(dir.path()).unwrap();
    assert!(matches!(
        config.credential("a", "blogg"),
        Err(Error::Secret { .. })
    ));
    fs::write(&secret, "x y\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        config.credential("a", "blogg"),
        Err(Error::SecretOpen { mode: 0o644, .. })
    ));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(config.credential("a", "blogg").unwrap().unwrap().user, "u");
    assert!(matches!(
        config.credential("a", "other"),
        Err(Error::NoCredential { .. })
    ));
}
