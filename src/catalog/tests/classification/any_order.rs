//! Whatever order records come in, they are decided alike.

use proptest::prelude::*;

use super::*;

const TEXTS: [&str; 4] = ["Berätta för oss!", "jag hotar", "en fråga", "tack"];

/// Items that each answer one before them in number, or none.
fn forest() -> impl Strategy<Value = Vec<Item>> {
    let one = (0..TEXTS.len(), any::<prop::sample::Index>(), 0..3u8);
    prop::collection::vec(one, 1..14).prop_map(|all| {
        let mut items: Vec<Item> = Vec::new();
        for (n, (text, parent, post)) in all.into_iter().enumerate() {
            items.push(if post == 0 || items.is_empty() {
                item(&format!("post:{n}"), TEXTS[text])
            } else {
                let parent = items[parent.index(items.len())].native_id.0.clone();
                reply(&format!("comment:{n}"), &parent, TEXTS[text])
            });
        }
        items
    })
}

fn rows(case: &Case, items: &[Item]) -> Vec<(String, Option<String>)> {
    let mut rows: Vec<_> = items
        .iter()
        .map(|i| (i.native_id.0.clone(), case.row(&i.native_id.0)))
        .collect();
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_that_records_come_in_decides_nothing(
        (items, shuffled) in forest().prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
        size in 1..6usize,
    ) {
        let mut whole = Case::new();
        whole.load(PLAN, 1);
        whole.sealed(&items);
        let expected = rows(&whole, &items);
        let mut parts = Case::new();
        parts.load(PLAN, 1);
        for some in shuffled.chunks(size) {
            parts.sealed(some);
        }
        prop_assert_eq!(&rows(&parts, &items), &expected);
        // Decided anew, and decided again, it is the same.
        let again = whole.by_rules(true);
        prop_assert_eq!((again.classified, again.changed, again.taken_away), (0, 0, 0));
        parts.by_rules(false);
        prop_assert_eq!(&rows(&parts, &items), &expected);
    }
}
