//! With the real Chromium; where there is none or no user namespaces, they say so and are skipped.

#[path = "../../../examples/demo_site/main.rs"]
mod demo_site;
mod hard;
mod page;
mod sites;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::record::ActionKind;
use page::{Opened, opened, opened_with};

fn count(actions: &[Action], what: ActionKind, rule: Option<&str>) -> u64 {
    let of = actions
        .iter()
        .filter(|a| a.what == what && a.rule.as_deref() == rule);
    of.map(|a| a.count).sum()
}

async fn whole(opened: &Opened) -> (Whole, Vec<Action>) {
    whole_within(opened, &PageLimits::default()).await
}

async fn whole_within(opened: &Opened, limits: &PageLimits) -> (Whole, Vec<Action>) {
    let rules = PageRules::own().unwrap();
    let mut actions = Vec::new();
    let look = opened.look(&rules, limits);
    let whole = bring_to_whole(&look, &mut actions).await.unwrap();
    println!("{:?}\n{whole:?}", look.begun.elapsed());
    for action in &actions {
        println!("  {}", serde_json::to_string(action).unwrap());
    }
    (whole, actions)
}

#[tokio::test]
async fn every_selector_of_the_rules_is_one_to_the_browser() {
    let Some(opened) = opened("/tom").await else {
        return;
    };
    let rules = PageRules::own().unwrap();
    let all = json!([rules.general, rules.consent, rules.hosts]);
    let script = "(() => { const bad = []; const keys = new Set(['signs','decline','settings','off','save','hide','posts','press','login_signs','platform','overlay','captcha','accordions']);\
        const walk = (it, key) => { if (Array.isArray(it)) it.forEach(i => walk(i, key)); \
        else if (it && typeof it === 'object') for (const k in it) walk(it[k], k); \
        else if (typeof it === 'string' && keys.has(key)) try { document.querySelector(it) } catch { bad.push(it) } };\
        walk(RULES); return bad.join(' | ') })()";
    let mut rules = all;
    // The texts that consent is declined by stand under the key that selectors have elsewhere.
    rules[0]["decline"] = json!([]);
    let bad = opened
        .evaluate(&script.replace("RULES", &rules.to_string()))
        .await;
    assert_eq!(bad, json!(""));
    opened.close().await;
}

#[tokio::test]
async fn a_page_that_grows_is_read_to_its_end() {
    let Some(opened) = opened("/flode?n=60").await else {
        return;
    };
    let (whole, actions) = whole(&opened).await;
    assert_eq!(whole.limits, [""; 0]);
    assert_eq!(whole.faults, [""; 0]);
    assert_eq!((whole.posts, whole.posts_seen, whole.width), (60, 60, 1280));
    assert_eq!(whole.consent_wall, None);
    assert_eq!(
        count(&actions, ActionKind::ConsentDeclined, Some("general")),
        1
    );
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 60);
    assert_eq!(
        opened
            .evaluate("document.getElementsByClassName('hel').length")
            .await,
        json!(60)
    );
    assert_eq!(opened.evaluate("window.svar").await, json!("nej"));
    assert_eq!(
        opened
            .evaluate("(() => { let n = 0; for (const i of document.images) n += i.naturalWidth > 1; return n })()")
            .await,
        json!(60)
    );
    // The deeds that were not asked for.
    assert_eq!(opened.evaluate("window.gillat || 0").await, json!(0));
    assert_eq!(opened.evaluate("location.pathname").await, json!("/flode"));
    let positions = "[getComputedStyle(document.getElementsByTagName('header')[0]).position, getComputedStyle(document.getElementById('fast')).position, scrollY].join()";
    assert_eq!(
        opened.evaluate(positions).await,
        json!("relative,absolute,0")
    );
    assert!(whole.gaps().is_empty());
    opened.close().await;
}

#[tokio::test]
async fn the_account_page_is_brought_to_its_whole() {
    let Some(opened) = opened("/konto").await else {
        return;
    };
    let (found, actions) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    assert_eq!(found.posts, 61);
    assert_eq!(
        count(&actions, ActionKind::ConsentDeclined, Some("general")),
        1
    );
    let state = "[document.cookie, document.body.dataset.tryckt, document.querySelector('.samtycke'), document.querySelectorAll('.visa').length,\
        [...document.images].filter(i => !i.complete || i.naturalWidth < 2).length, document.querySelectorAll('details:not([open])').length, scrollY]";
    assert_eq!(
        opened.evaluate(state).await,
        json!(["samtycke=nodvandiga", null, null, 0, 0, 0, 0])
    );
    assert_eq!(found.width, 1280);
    // As it was cached: what is measured is the reading.
    opened.go("/konto?n=200").await;
    let begun = Instant::now();
    let (found, _) = whole(&opened).await;
    println!("200 posts: {:?}", begun.elapsed());
    assert_eq!((found.posts, found.gaps()), (201, vec![]));
    opened.close().await;
}

#[tokio::test]
async fn consent_is_declined_as_each_platform_has_it() {
    let Some(opened) = opened("/tom").await else {
        return;
    };
    let declined = ActionKind::ConsentDeclined;
    for (page, rule, what, answer) in [
        ("onetrust", "onetrust", declined, json!("nej")),
        ("onetrust-val", "onetrust", declined, json!("nej")),
        ("usercentrics", "usercentrics", declined, json!("nej")),
        ("sourcepoint", "sourcepoint", declined, json!("nej")),
        ("laddar-om", "general", declined, json!("nej")),
        (
            "egna-ord",
            "general",
            ActionKind::OverlayHidden,
            json!(null),
        ),
        ("urval", "general", ActionKind::OverlayHidden, json!(null)),
        ("bara-ja", "general", ActionKind::OverlayHidden, json!(null)),
    ] {
        opened.go(&format!("/samtycke?{page}")).await;
        let (found, actions) = whole(&opened).await;
        assert_eq!(count(&actions, what, Some(rule)), 1, "{page}");
        assert_eq!(opened.evaluate("window.svar").await, answer, "{page}");
        assert_eq!(
            (found.consent_wall.clone(), found.gaps()),
            (None, vec![]),
            "{page}"
        );
    }
    // What hid it let the page scroll again.
    assert_eq!(
        opened
            .evaluate("getComputedStyle(document.body).overflowY")
            .await,
        json!("visible")
    );
    opened.close().await;
}

#[tokio::test]
async fn yes_is_said_only_where_a_rule_allows_it() {
    let Some(opened) = opened("/samtycke?bara-ja").await else {
        return;
    };
    let more = "[[consent]]\nname = \"egen\"\nsigns = [\".fraga\"]\naccept = true\n";
    let rules = PageRules::own()
        .unwrap()
        .with(PageRules::read(more).unwrap());
    let limits = PageLimits::default();
    let mut actions = Vec::new();
    bring_to_whole(&opened.look(&rules, &limits), &mut actions)
        .await
        .unwrap();
    assert_eq!(
        count(&actions, ActionKind::ConsentAccepted, Some("egen")),
        1
    );
    assert_eq!(opened.evaluate("window.svar").await, json!("ja"));
    opened.close().await;
}

#[tokio::test]
async fn what_lies_over_the_page_is_closed_and_menus_of_a_login_are_hidden() {
    let Some(opened) = opened("/over").await else {
        return;
    };
    let more = "[[host]]\nname = \"egen\"\nhosts = [\"127.0.0.1\"]\nplatform = [\"#meny\"]\npress_links = [\"a.fler\"]\n\
        [[host.prompt]]\noverlay = [\"#inloggning\"]\nsays = [\"logga in *\"]\npress = [\".x\"]\nhide = true\n";
    let rules = PageRules::own().unwrap();
    let rules = rules.with(PageRules::read(more).unwrap());
    let limits = PageLimits::default();
    let mut look = opened.look(&rules, &limits);
    look.logged_in = true;
    let mut actions = Vec::new();
    let found = bring_to_whole(&look, &mut actions).await.unwrap();
    assert_eq!(found.gaps(), []);
    let hidden = ActionKind::OverlayHidden;
    assert_eq!(count(&actions, hidden, Some("egen")), 1, "{actions:?}");
    assert_eq!(count(&actions, hidden, Some("any")), 1, "{actions:?}");
    assert_eq!(count(&actions, ActionKind::ElementHidden, Some("egen")), 1);
    // The link was answered by the page's script, and not followed.
    assert_eq!(count(&actions, ActionKind::Expanded, Some("egen")), 1);
    let state = "[location.pathname, document.querySelectorAll('.ny').length, getComputedStyle(document.getElementById('nyhetsbrev')).display,\
        document.getElementById('inloggning'), getComputedStyle(document.getElementById('meny')).display, getComputedStyle(document.getElementById('viktig')).display]";
    assert_eq!(
        opened.evaluate(state).await,
        json!(["/over", 1, "none", null, "none", "block"])
    );
    opened.close().await;
}

#[tokio::test]
async fn hostile_pages_are_stood() {
    let Some(opened) = opened("/fientlig/samtyckesvagg").await else {
        return;
    };
    let (found, _) = whole(&opened).await;
    assert!(found.consent_wall.unwrap().contains("Vi använder cookies"));

    opened.go("/fientlig/knappar").await;
    let (found, actions) = whole(&opened).await;
    assert_eq!(
        opened.evaluate("document.body.dataset.tryckt").await,
        json!("mer,bort,ankare,span")
    );
    assert_eq!(
        opened.evaluate("location.pathname").await,
        json!("/fientlig/knappar")
    );
    assert_eq!(
        opened
            .evaluate("[...document.querySelectorAll('details')].map(d => d.open).join()")
            .await,
        json!("true,false")
    );
    assert_eq!(
        (
            found.went_on,
            count(&actions, ActionKind::Expanded, Some("details"))
        ),
        (0, 1)
    );

    opened.go("/fientlig/ramar").await;
    let (_, actions) = whole(&opened).await;
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 2);

    opened.go("/fientlig/rullar-inuti").await;
    let (found, actions) = whole(&opened).await;
    assert_eq!(found.posts, 40);
    assert!(found.height > 40 * 180, "{found:?}");
    assert!(count(&actions, ActionKind::Unfixed, Some("scroller")) > 0);

    // A window as tall as the page holds them all, where the list goes by the window.
    opened.go("/fientlig/lista-som-slapper").await;
    let (found, actions) = whole(&opened).await;
    assert_eq!(
        (found.posts, found.posts_seen, found.gaps()),
        (100, 100, vec![])
    );
    assert_eq!(count(&actions, ActionKind::Unfixed, Some("window")), 1);
    opened.go("/fientlig/lista-som-slapper?nio").await;
    let (found, _) = whole(&opened).await;
    assert!(found.posts < 12 && found.posts_seen == 100, "{found:?}");
    assert_eq!(found.gaps().first().unwrap().what, "posts");

    opened.go("/fientlig/rorelse").await;
    let (_, actions) = whole(&opened).await;
    let state = "[getComputedStyle(document.querySelector('.in')).opacity, getComputedStyle(document.querySelector('.byte')).backgroundColor].join()";
    assert_eq!(opened.evaluate(state).await, json!("1,rgb(217, 164, 65)"));
    assert!(count(&actions, ActionKind::AnimationStopped, None) >= 2);

    opened.go("/fientlig/skript-till-inloggning").await;
    let (found, _) = whole(&opened).await;
    println!("{found:?}");
    let seen = survey(&opened).await;
    assert!(seen.password_asked && seen.login_address, "{seen:?}");

    opened.go("/fientlig/langsam").await;
    let (found, _) = whole(&opened).await;
    assert_eq!(found.pictures_waiting, 1);
    opened.close().await;
}

async fn survey(opened: &Opened) -> crate::browser::survey::Survey {
    let rules = PageRules::own().unwrap();
    crate::browser::survey::survey(&opened.page, &rules)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_survey_says_what_there_is_to_judge() {
    let Some(opened) = opened("/konto").await else {
        return;
    };
    let seen = survey(&opened).await;
    assert_eq!(
        (seen.title.as_str(), seen.language.as_str()),
        ("Ekhamra kommun – Torget", "sv")
    );
    assert!(
        seen.consent_wall
            .as_ref()
            .unwrap()
            .contains("Får vi använda kakor?"),
        "{seen:?}"
    );
    assert!(
        seen.text > 1000 && seen.elements > 50 && seen.pictures >= 2,
        "{seen:?}"
    );
    assert_eq!(
        (
            seen.password_fields,
            seen.captcha,
            seen.login_sign,
            seen.posts
        ),
        (0, None, None, None)
    );

    opened.go("/fientlig/losenord").await;
    let seen = survey(&opened).await;
    assert!(seen.password_asked && !seen.login_address, "{seen:?}");

    opened.go("/fientlig/losenord-i-huvudet").await;
    let seen = survey(&opened).await;
    assert_eq!(
        (seen.password_fields, seen.password_asked),
        (1, false),
        "{seen:?}"
    );

    opened.go("/fientlig/captcha").await;
    let seen = survey(&opened).await;
    assert_eq!(seen.captcha.as_deref(), Some("#challenge-form"), "{seen:?}");

    opened.go("/fientlig/tomt-skal").await;
    let seen = survey(&opened).await;
    assert_eq!(
        (seen.text, seen.pictures, seen.frames),
        (0, 0, 0),
        "{seen:?}"
    );
    opened.close().await;
}

#[tokio::test]
async fn limits_end_it_by_their_names() {
    let Some(opened) = opened("/tom").await else {
        return;
    };
    let base = PageLimits::default();
    for (limits, name) in [
        (
            PageLimits {
                steps: 5,
                ..base.clone()
            },
            "steps",
        ),
        (
            PageLimits {
                posts: 20,
                ..base.clone()
            },
            "posts",
        ),
        (
            PageLimits {
                height: 5_000,
                ..base.clone()
            },
            "height",
        ),
        (
            PageLimits {
                expansions: 3,
                ..base.clone()
            },
            "expansions",
        ),
        (
            PageLimits {
                reading_seconds: 0,
                ..base.clone()
            },
            "reading_seconds",
        ),
    ] {
        opened.go("/flode?n=300").await;
        let (found, actions) = whole_within(&opened, &limits).await;
        assert!(found.limits.contains(&name), "{name}: {found:?}");
        assert!(count(&actions, ActionKind::Scrolled, None) <= limits.steps.into());
        if name == "expansions" {
            assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 3);
        }
    }
    opened.close().await;
}

#[tokio::test]
async fn a_script_that_does_not_end_is_ended() {
    let Some(opened) = opened("/tom").await else {
        return;
    };
    for page in ["/fientlig/snurra", "/fientlig/dialoger-utan-slut"] {
        opened.go(page).await;
        let (found, actions) = whole(&opened).await;
        assert_eq!(count(&actions, ActionKind::ScriptEnded, None), 1, "{page}");
        assert!(found.height > 0, "{page}");
    }
    opened.close().await;
}

#[tokio::test]
async fn what_reaches_inside_by_every_means_is_not_heard() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let inside = silent.local_addr().unwrap();
    let datagrams = std::net::UdpSocket::bind(inside).unwrap();
    datagrams.set_nonblocking(true).unwrap();
    let path = format!("/fientlig/inifran?till={inside}");
    let Some(opened) = opened_with(&path, &[]).await else {
        return;
    };
    let begun = Instant::now();
    while opened.evaluate("document.title").await != json!("försökt") {
        assert!(begun.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    whole(&opened).await;
    assert!(opened.kept_out() >= 20, "{}", opened.kept_out());
    opened.close().await;
    assert!(silent.accept().is_err());
    assert!(datagrams.recv_from(&mut [0; 100]).is_err());
}
