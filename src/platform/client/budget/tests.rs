use reqwest::header::{HeaderName, HeaderValue};

use super::*;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect()
}

fn read(pairs: &[(&str, &str)]) -> Option<(Option<u64>, u64, u64)> {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let told = told(200, &headers(pairs), now)?;
    Some((told.limit, told.remaining, told.reset.as_secs()))
}

#[test]
fn every_form_of_a_limit_is_read() {
    for (pairs, expected) in [
        (
            // Mastodon
            [
                ("x-ratelimit-limit", "300"),
                ("x-ratelimit-remaining", "299"),
                ("x-ratelimit-reset", "2026-11-21T12:05:00.123456Z"),
            ],
            (Some(300), 299, 301),
        ),
        (
            // Bluesky: seconds of the epoch
            [
                ("ratelimit-limit", "3000"),
                ("ratelimit-remaining", "2999"),
                ("ratelimit-reset", "1795262460"),
            ],
            (Some(3000), 2999, 61),
        ),
        (
            [
                ("ratelimit-limit", "100, 100;w=60"),
                ("ratelimit-remaining", "7"),
                ("ratelimit-reset", "30"),
            ],
            (Some(100), 7, 31),
        ),
        (
            [
                ("x-rate-limit-limit", "15"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1795262460000"),
            ],
            (Some(15), 0, 61),
        ),
    ] {
        assert_eq!(read(&pairs), Some(expected), "{pairs:?}");
    }
    let single = [
        ("ratelimit", "\"default\";r=50;t=30"),
        ("ratelimit-policy", "\"default\";q=100;w=60"),
    ];
    assert_eq!(read(&single), Some((Some(100), 50, 31)));
    let older = [("ratelimit", "limit=100, remaining=9, reset=5")];
    assert_eq!(read(&older), Some((Some(100), 9, 6)));
}

#[test]
fn the_servers_own_clock_counts() {
    let skewed = [
        ("date", "Sat, 21 Nov 2026 15:00:00 GMT"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "2026-11-21T15:00:10Z"),
    ];
    assert_eq!(read(&skewed), Some((None, 0, 11)));
}

#[test]
fn absurd_values_do_no_harm() {
    let with = |limit: &'static str, remaining: &'static str, reset: &'static str| {
        read(&[
            ("x-ratelimit-limit", limit),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", reset),
        ])
    };
    for reset in [
        "9999-12-31T23:59:59Z",
        "-5",
        "99999999999999999999",
        "253402300799",
        "soon",
        "",
        "2026-11-21T11:00:00Z",
    ] {
        assert_eq!(with("300", "0", reset), None, "{reset}");
    }
    assert_eq!(with("300", "5000", "10"), Some((Some(300), 300, 11)));
    assert_eq!(with("300", "-1", "10"), Some((Some(300), 0, 11)));
    assert_eq!(with("0", "5", "10"), Some((None, 5, 11)));
    assert_eq!(with("300", "many", "10"), None);
    assert_eq!(read(&[("retry-after", "60")]), None, "only after 429");
}

#[test]
fn after_429_nothing_is_left_until_the_time_it_names() {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let told = |pairs: &[(&str, &str)]| {
        told(429, &headers(pairs), now).map(|told| (told.remaining, told.reset.as_secs()))
    };
    assert_eq!(told(&[("retry-after", "60")]), Some((0, 61)));
    let both = [
        ("retry-after", "5"),
        ("x-ratelimit-remaining", "3"),
        ("x-ratelimit-reset", "2026-11-21T12:00:10Z"),
    ];
    assert_eq!(told(&both), Some((0, 11)));
    assert_eq!(told(&[]), None);
    assert_eq!(told(&[("retry-after", "999999999999")]), None);
}

fn heard(limit: Option<u64>, remaining: u64, seconds: u64) -> Told {
    Told {
        limit,
        remaining,
        reset: Duration::from_secs(seconds),
    }
}

#[test]
fn requests_under_way_count_and_answers_may_come_in_any_order() {
    let now = Instant::now();
    let mut one = Allowance::default();
    for _ in 0..3 {
        one.take(now).unwrap();
    }
    // The third was answered first, and the server had not counted the other two: 5 - 2.
    one.hear(heard(Some(6), 5, 60), now);
    one.under_way -= 1;
    for _ in 0..3 {
        one.take(now).unwrap();
    }
    let until = Wait::Until(now + Duration::from_secs(60));
    assert_eq!(one.take(now), Err(until));
    // A late answer that promises more changes nothing.
    one.hear(heard(Some(6), 4, 60), now);
    assert!(one.take(now).is_err());
}

#[test]
fn a_new_window_has_the_size_of_the_last() {
    let now = Instant::now();
    let mut one = Allowance::default();
    one.take(now).unwrap();
    one.hear(heard(Some(2), 0, 10), now);
    one.under_way = 0;
    assert!(one.take(now).is_err());
    let later = now + Duration::from_secs(10);
    one.take(later).unwrap();
    one.take(later).unwrap();
    assert_eq!(one.take(later), Err(Wait::ForAnswer));
    one.hear(heard(Some(2), 1, 10), later);
    assert_eq!(
        one.take(later),
        Err(Wait::Until(later + Duration::from_secs(10))),
        "the one that is left is under way"
    );
}

#[test]
fn a_new_window_of_unknown_size_is_asked_for_by_one_request() {
    let now = Instant::now();
    let mut one = Allowance::default();
    one.take(now).unwrap();
    one.hear(heard(None, 0, 10), now);
    one.under_way = 0;
    let later = now + Duration::from_secs(11);
    one.take(later).unwrap();
    assert_eq!(one.take(later), Err(Wait::ForAnswer));
    one.under_way = 0;
    assert_eq!(one.take(later), Ok(()), "it gave up, and the next one asks");
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_an_origin_without_limits_is_forgotten() {
    let budget = Arc::new(Budget::default());
    let origin = Origin::of(&"https://a.example/".parse().unwrap());
    let longest = Duration::from_secs(5);
    let permit = budget.admit(&origin, longest).await.ok().unwrap();
    drop(permit);
    assert!(budget.lock().is_empty());
    let permit = budget.admit(&origin, longest).await.ok().unwrap();
    permit.heard(429, &headers(&[("retry-after", "3600")]));
    drop(permit);
    let wait = budget.admit(&origin, longest).await.err().unwrap();
    assert!((3599..=3601).contains(&wait.as_secs()), "{wait:?}");
    let other = Origin::of(&"https://b.example/".parse().unwrap());
    assert!(budget.admit(&other, longest).await.is_ok());
}
