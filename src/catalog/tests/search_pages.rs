//! Pages of what is found: each goes on where the last ended, and all of it is counted.

use super::case::*;
use super::search::{asked, counted, finds};
use super::*;
use crate::record::Item;

#[test]
fn pages_of_hits_come_in_the_same_order_without_a_gap() {
    let mut case = Case::new();
    let many: Vec<Item> = (0..700)
        .map(|n| Item {
            published: Some(at(n / 7)),
            ..item(&format!("comment:{n}"), &format!("glass {n}"))
        })
        .collect();
    case.sealed(&many);
    let edited: Vec<Item> = (0..50)
        .map(|n| Item {
            published: Some(at(n / 7)),
            ..item(&format!("comment:{n}"), &format!("mer glass {n}"))
        })
        .collect();
    case.sealed(&edited);
    for query in ["glass", "gl*", ""] {
        let mut all = Vec::new();
        for page in 0..8 {
            let request = SearchRequest {
                skip: page * 100,
                ..asked(query)
            };
            let found = case.catalog.search(&request).unwrap();
            assert!(found.count <= 700, "{query}");
            // Of how words begin, so many are read and no more.
            let exact = page >= 5 && (query != "gl*" || page >= 6);
            assert_eq!(found.count_is_exact, exact, "{query} {page}");
            all.extend(found.hits);
        }
        let mut ids: Vec<_> = all.iter().map(|hit| format!("{:?}", hit.what)).collect();
        assert_eq!(ids.len(), 700, "{query}");
        assert!(all.is_sorted_by(|a, b| a.at >= b.at), "{query}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 700, "{query}");
        assert_eq!(counted(&case, &asked(query)), 700);
    }
}

#[test]
fn by_relevance_each_page_goes_on_where_the_last_ended() {
    let mut case = Case::new();
    let many: Vec<Item> = (0..900)
        .map(|n| {
            let text = "glass ".repeat(1 + n % 3) + &"mer ".repeat(n % 11);
            item(&format!("comment:{n}"), &text)
        })
        .collect();
    case.sealed(&many);
    let hits = |skip, limit| {
        let request = SearchRequest {
            order: SearchOrder::Relevance,
            skip,
            limit,
            ..asked("glass")
        };
        case.catalog.search(&request).unwrap()
    };
    let all = hits(0, 1000);
    assert_eq!((all.count, all.count_is_exact), (900, true));
    let first = hits(0, 10);
    assert!(!first.count_is_exact && first.count >= 10);
    let pages = (0..90).flat_map(|page| hits(page * 10, 10).hits);
    assert_eq!(pages.collect::<Vec<_>>(), all.hits);
}

#[test]
fn what_an_emergency_locks_is_not_counted() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass"), item("post:2", "glass två")]);
    let lock = "PRAGMA foreign_keys = OFF; INSERT INTO emergency_record (record, removal) SELECT min(n), 1 FROM record;
         UPDATE record SET gallring = 1, latest = NULL WHERE n IN (SELECT record FROM emergency_record)";
    case.catalog.db.execute_batch(lock).unwrap();
    for query in ["glass", "gla*", ""] {
        assert_eq!(finds(&case, query), ["glass två"], "{query}");
    }
}
