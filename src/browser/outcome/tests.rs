use super::*;
use crate::browser::survey::Shown;

fn status(status: u16) -> PageOutcome {
    let evidence = Evidence {
        status: Some(status),
        media_type: Some("text/html"),
        ..Evidence::default()
    };
    judge(evidence).0
}

fn error(net_error: &str, unreached: Option<&Why>) -> (PageOutcome, Option<String>) {
    judge(Evidence {
        net_error: Some(net_error),
        unreached,
        ..Evidence::default()
    })
}

#[test]
fn each_status_has_its_outcome_even_where_a_body_shows() {
    for (given, outcome) in [
        (200, PageOutcome::Captured),
        (202, PageOutcome::Refused),
        (304, PageOutcome::Refused),
        (999, PageOutcome::Refused),
        (203, PageOutcome::Captured),
        (204, PageOutcome::EmptyShell),
        (401, PageOutcome::LoginWall),
        (403, PageOutcome::Refused),
        (404, PageOutcome::NotFound),
        (410, PageOutcome::Gone),
        (429, PageOutcome::TooManyRequests),
        (451, PageOutcome::Refused),
        (500, PageOutcome::ServerError),
        (503, PageOutcome::ServerError),
    ] {
        assert_eq!(status(given), outcome, "{given}");
    }
}

#[test]
fn what_the_proxy_knows_comes_before_what_the_browser_saw() {
    let empty = "net::ERR_EMPTY_RESPONSE";
    assert_eq!(
        error(empty, Some(&Why::Inside)).0,
        PageOutcome::InsideNetwork
    );
    assert_eq!(
        error(empty, Some(&Why::NotFound)).0,
        PageOutcome::NameNotFound
    );
    let refused = Why::Connection {
        detail: "refused".into(),
    };
    let (outcome, detail) = error(empty, Some(&refused));
    assert_eq!(outcome, PageOutcome::Unreachable);
    assert_eq!(detail.unwrap(), "ERR_EMPTY_RESPONSE: refused");
    assert_eq!(error(empty, None).0, PageOutcome::Unreachable);
    let certificate = error("net::ERR_CERT_DATE_INVALID", None);
    assert_eq!(certificate.0, PageOutcome::CertificateError);
    assert_eq!(certificate.1.unwrap(), "ERR_CERT_DATE_INVALID");
    assert_eq!(
        error("net::ERR_TOO_MANY_REDIRECTS", None).0,
        PageOutcome::Redirects
    );
}

fn survey(set: fn(&mut Survey)) -> Survey {
    let mut survey = Survey {
        text: 500,
        core: 500,
        address: "https://x.example/login".to_owned(),
        ..Survey::default()
    };
    set(&mut survey);
    survey
}

fn seen(status: u16, led_away: bool, set: fn(&mut Survey)) -> PageOutcome {
    let survey = survey(set);
    judge(Evidence {
        status: Some(status),
        media_type: Some("text/html"),
        survey: Some(&survey),
        led_away,
        ..Evidence::default()
    })
    .0
}

fn shown(outcome: PageOutcome) -> Option<Shown> {
    let said = "ord".to_owned();
    Some(Shown { outcome, said })
}

#[test]
fn what_is_shown_in_the_accounts_stead_is_named() {
    let password: fn(&mut Survey) = |s| s.password_asked = true;
    let address: fn(&mut Survey) = |s| s.login_address = true;
    let sign: fn(&mut Survey) = |s| s.login_sign = Some("form".into());
    let robot: fn(&mut Survey) = |s| s.captcha = Some("iframe".into());
    for (set, led_away, outcome) in [
        ((|_| ()) as fn(&mut Survey), true, PageOutcome::Captured),
        (password, false, PageOutcome::LoginWall),
        (address, true, PageOutcome::LoginWall),
        (address, false, PageOutcome::Captured),
        (sign, false, PageOutcome::LoginWall),
        (
            |s| s.login_asked = Some("Nästa".into()),
            false,
            PageOutcome::LoginWall,
        ),
        (
            |s| s.login_offered = Some("BankID".into()),
            true,
            PageOutcome::LoginWall,
        ),
        (
            |s| s.login_offered = Some("BankID".into()),
            false,
            PageOutcome::Captured,
        ),
        (robot, false, PageOutcome::Captcha),
        (
            |s| s.consent_page = Some("kakor".into()),
            false,
            PageOutcome::ConsentWall,
        ),
        (|s| s.consent_address = true, true, PageOutcome::ConsentWall),
        (|s| s.consent_address = true, false, PageOutcome::Captured),
        (|s| s.text = 0, false, PageOutcome::EmptyShell),
        (
            |s| (s.text, s.pictures) = (0, 1),
            false,
            PageOutcome::Captured,
        ),
        (
            |s| (s.text, s.pictures, s.posts) = (0, 1, Some(0)),
            false,
            PageOutcome::EmptyShell,
        ),
        (
            |s| s.instead = shown(PageOutcome::NotFound),
            false,
            PageOutcome::NotFound,
        ),
        (
            |s| s.instead = shown(PageOutcome::ServerError),
            false,
            PageOutcome::ServerError,
        ),
    ] {
        assert_eq!(seen(200, led_away, set), outcome, "{:?}", survey(set));
    }
}

#[test]
fn of_two_things_shown_the_truer_is_told() {
    for (set, led_away, outcome) in [
        // A field in the corner of a page with posts is no wall.
        (
            (|s| {
                s.login_sign = Some("form".into());
                s.password_fields = 1;
                s.posts = Some(3);
            }) as fn(&mut Survey),
            false,
            PageOutcome::Captured,
        ),
        (
            |s| {
                s.login_sign = Some("form".into());
                s.articles = 3;
            },
            false,
            PageOutcome::Captured,
        ),
        // The head of a page that is gone has a form to log in by.
        (
            |s| {
                s.login_sign = Some("form".into());
                s.instead = shown(PageOutcome::NotFound);
            },
            false,
            PageOutcome::NotFound,
        ),
        // A login that failed once is a login.
        (
            |s| {
                s.password_asked = true;
                s.instead = shown(PageOutcome::ServerError);
            },
            false,
            PageOutcome::LoginWall,
        ),
        (
            |s| {
                s.login_address = true;
                s.instead = shown(PageOutcome::NotFound);
            },
            true,
            PageOutcome::LoginWall,
        ),
        (
            |s| {
                s.consent_page = Some("kakor".into());
                s.articles = 2;
            },
            false,
            PageOutcome::Captured,
        ),
    ] {
        assert_eq!(seen(200, led_away, set), outcome, "{:?}", survey(set));
    }
}

#[test]
fn a_status_is_told_where_the_page_says_no_more() {
    let robot: fn(&mut Survey) = |s| s.captcha = Some("iframe".into());
    let password: fn(&mut Survey) = |s| s.password_asked = true;
    for (given, of_robot, of_password) in [
        (202, PageOutcome::Captcha, PageOutcome::LoginWall),
        (401, PageOutcome::Captcha, PageOutcome::LoginWall),
        (403, PageOutcome::Captcha, PageOutcome::LoginWall),
        (405, PageOutcome::Captcha, PageOutcome::LoginWall),
        (429, PageOutcome::Captcha, PageOutcome::TooManyRequests),
        (503, PageOutcome::Captcha, PageOutcome::ServerError),
        (999, PageOutcome::Captcha, PageOutcome::LoginWall),
        (404, PageOutcome::NotFound, PageOutcome::NotFound),
        (410, PageOutcome::Gone, PageOutcome::Gone),
        (451, PageOutcome::Refused, PageOutcome::Refused),
        (500, PageOutcome::ServerError, PageOutcome::ServerError),
    ] {
        assert_eq!(seen(given, false, robot), of_robot, "{given}");
        assert_eq!(seen(given, false, password), of_password, "{given}");
    }
}

#[test]
fn a_file_is_no_page() {
    let of = |kind, is_download| {
        judge(Evidence {
            status: Some(200),
            media_type: Some(kind),
            is_download,
            ..Evidence::default()
        })
    };
    assert_eq!(of("text/html", false).0, PageOutcome::Captured);
    assert_eq!(of("text/html", true).0, PageOutcome::NotAPage);
    let (outcome, detail) = of("application/pdf", false);
    assert_eq!(outcome, PageOutcome::NotAPage);
    assert_eq!(detail.unwrap(), "application/pdf");
}
