//! With the real Chromium; where there is none or no user namespaces, they say so and are skipped.

mod page;
mod sites;

use super::*;
use page::{Opened, opened};

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
    assert_eq!((whole.posts, whole.posts_seen), (60, 60));
    assert_eq!(whole.consent_wall, None);
    assert_eq!(
        count(&actions, ActionKind::ConsentDeclined, Some("general")),
        1
    );
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 60);
    assert_eq!(
        opened
            .evaluate("document.querySelectorAll('.hel').length")
            .await,
        json!(60)
    );
    assert_eq!(opened.evaluate("window.svar").await, json!("nej"));
    assert_eq!(
        opened
            .evaluate("[...document.images].filter(i => i.naturalWidth > 1).length")
            .await,
        json!(60)
    );
    // The deeds that were not asked for.
    assert_eq!(opened.evaluate("window.gillat || 0").await, json!(0));
    assert_eq!(opened.evaluate("location.pathname").await, json!("/flode"));
    let positions = "[getComputedStyle(document.querySelector('header')).position, getComputedStyle(document.querySelector('#fast')).position, scrollY].join()";
    assert_eq!(
        opened.evaluate(positions).await,
        json!("relative,absolute,0")
    );
    assert!(whole.gaps().is_empty());
    opened.close().await;
}
