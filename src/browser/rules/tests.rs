use super::*;

fn problem(text: &str) -> String {
    PageRules::read(text).unwrap_err().to_string()
}

#[test]
fn the_rules_that_come_along_read() {
    let rules = PageRules::own().unwrap();
    assert!(rules.consent.len() >= 20 && rules.hosts.len() >= 8);
    assert!(rules.consent.iter().all(|rule| !rule.accept));
    assert!(rules.general.decline.contains(&"neka alla".to_owned()));
    let mut names: Vec<&str> = rules.consent.iter().map(|r| r.name.as_str()).collect();
    names.extend(rules.hosts.iter().map(|r| r.name.as_str()));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    let says_no = |text: &&String| rules.general.accept.contains(text);
    assert_eq!(rules.general.decline.iter().find(says_no), None);
    // No text that shows more is one that is never pressed.
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for text in &rules.general.more {
        let forbidden = words(text)
            .into_iter()
            .find(|w| rules.general.never.contains(w));
        assert_eq!(forbidden, None, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let text = "[general]\nmore = [\"visa mer\"]\n\n[[consent]]\nname = \"a\"\nsings = [\"#a\"]\n";
    let said = problem(text);
    assert!(said.contains("line 6") && said.contains("sings"), "{said}");
    let said = problem("[[consent]]\nname = \"a\"\nsigns = \"#a\"\n");
    assert!(
        said.contains("line 3") && said.contains("sequence"),
        "{said}"
    );
    let said = problem("\n[[consent]]\nname = \"a\"\nsigns = [\"a[b=c\"]\n");
    assert_eq!(
        said,
        "page rules, line 2: [[consent]] \"a\": signs: \"a[b=c\": ']' is missing"
    );
    for (text, part) in [
        ("[[consent]]\nname = \"a\"", "signs are missing"),
        (
            "[[consent]]\nname = \"A b\"\nsigns = [\"#a\"]",
            "\"A b\" is not of small letters",
        ),
        ("[[host]]\nname = \"a\"", "neither hosts nor signs"),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"https://a.se\"]",
            "\"https://a.se\" is no host name",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\nmore = [\"*\"]",
            "more: \"*\" would match any text",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\nlogin_paths = [\"login\"]",
            "\"login\" does not begin with /",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\npress = [\"a{b}\"]",
            "'{' is not of a selector",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\npress = [\"\"]",
            "says nothing",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\npress = [\"a)\"]",
            "')' closes nothing",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\npress = [\"a['b]\"]",
            "' is not closed",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\n[[host.prompt]]\noverlay = [\"b\"]",
            "nothing to press",
        ),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\n[[host.prompt]]\nhide = true",
            "overlay is missing",
        ),
        (
            "[[instead]]\nname = \"a\"\noutcome = \"captured\"\ntexts = [\"a\"]",
            "captured is none that a page can show",
        ),
        (
            "[[instead]]\nname = \"a\"\noutcome = \"gone\"",
            "neither signs nor texts",
        ),
        ("[[instead]]\nname = \"a\"\ntexts = [\"a\"]", "outcome"),
        (
            "[[host]]\nname = \"a\"\nhosts = [\"a.se\"]\n[[host.instead]]\noutcome = \"gone\"\nsigns = [\"a[b\"]",
            "instead: signs: \"a[b\"",
        ),
        ("a = ", "line 1"),
    ] {
        assert!(problem(text).contains(part), "{text}: {}", problem(text));
    }
}

#[test]
fn hosts_are_known_by_name_and_under_it() {
    let rules = PageRules::own().unwrap();
    let names = |address: &str| -> Vec<String> {
        let address = address.parse().unwrap();
        let found = rules.hosts_for(&address).into_iter();
        found
            .filter(|h| !h.hosts.is_empty())
            .map(|h| h.name.clone())
            .collect()
    };
    assert_eq!(names("https://www.facebook.com/ekhamra"), ["facebook"]);
    assert_eq!(names("https://facebook.com/"), ["facebook"]);
    assert_eq!(names("https://notfacebook.com/"), [""; 0]);
    assert_eq!(names("https://x.com/ekhamra"), ["x"]);
    assert_eq!(names("https://netflix.com/"), [""; 0]);
    let signs = rules.hosts_for(&"https://social.example/@a".parse().unwrap());
    assert!(signs.iter().any(|h| h.name == "mastodon"));
    assert!(signs.iter().any(|h| h.name == "wordpress"));
}

#[test]
fn an_address_to_log_in_is_known() {
    let rules = PageRules::own().unwrap();
    let is = |address: &str| rules.is_login(&address.parse().unwrap());
    assert!(is(
        "https://www.facebook.com/login/?next=https%3A%2F%2Fwww.facebook.com%2Fekhamra"
    ));
    assert!(is("https://www.facebook.com/login.php"));
    assert!(is(
        "https://www.instagram.com/accounts/login/?next=/ekhamra/"
    ));
    assert!(is("https://x.com/i/flow/login"));
    assert!(is("https://www.linkedin.com/authwall?trk=x"));
    assert!(is("https://social.example/auth/sign_in"));
    assert!(is("http://127.0.0.1:8080/login"));
    assert!(is("https://ekhamra.example/wp-login.php"));
    assert!(!is("https://ekhamra.example/loginov/"));
    assert!(!is("https://ekhamra.example/"));
    assert!(!is("https://www.facebook.com/ekhamra"));
    // A path of one host's is no other's.
    assert!(!is("https://ekhamra.example/authwall"));
}

#[test]
fn an_address_to_answer_about_consent_is_known() {
    let rules = PageRules::own().unwrap();
    let is = |address: &str| rules.is_consent(&address.parse().unwrap());
    assert!(is(
        "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2F%40ekhamra"
    ));
    assert!(is("https://consent.google.com/ml?continue=x"));
    assert!(is("https://www.facebook.com/privacy/consent/?flow=x"));
    assert!(!is("https://www.youtube.com/@ekhamra"));
    assert!(!is("https://ekhamra.example/om/kakor"));
}

#[test]
fn what_is_shown_in_the_pages_stead_has_rules_that_one_may_replace() {
    let own = PageRules::own().unwrap();
    let before = own.instead.len();
    assert!(before >= 8);
    let text = "[[instead]]\nname = \"gone\"\noutcome = \"gone\"\ntexts = [\"nedlagt\"]\n\
        [[instead]]\nname = \"spelet\"\noutcome = \"refused\"\nsigns = [\"#spelet\"]\n";
    let rules = own.with(PageRules::read(text).unwrap());
    assert_eq!(rules.instead.len(), before + 1);
    assert_eq!(rules.instead.first().unwrap().texts, ["nedlagt"]);
}

#[test]
fn rules_of_ones_own_come_first_and_replace() {
    let own = PageRules::own().unwrap();
    let before = own.consent.len();
    let text = "[general]\nmore = [\"öppna allt\"]\n[[consent]]\nname = \"onetrust\"\nsigns = [\"#mitt\"]\naccept = true\n[[host]]\nname = \"ny\"\nhosts = [\"ny.example\"]\n";
    let rules = own.with(PageRules::read(text).unwrap());
    assert_eq!(rules.consent.len(), before);
    let first = rules.consent.first().unwrap();
    assert_eq!((first.name.as_str(), first.accept), ("onetrust", true));
    assert_eq!(rules.hosts.first().unwrap().name, "ny");
    assert!(rules.general.more.contains(&"öppna allt".to_owned()));
    assert!(rules.general.more.contains(&"visa mer".to_owned()));
}
