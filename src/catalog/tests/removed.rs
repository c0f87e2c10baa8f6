//! Searches for what was removed, by what a case says of it now.

use super::case::*;
use super::search::asked;
use super::*;

fn glass(removed: bool) -> SearchRequest {
    SearchRequest {
        filters: vec![SearchFilter {
            removed,
            ..SearchFilter::default()
        }],
        ..asked("glass")
    }
}

#[test]
fn what_is_no_longer_marked_as_hidden_is_not_among_what_was_removed() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass")]);
    let object = NewRemovalObject {
        account: "blogg".parse().unwrap(),
        address: None,
        published: None,
        record: Some(case.record("post:1").line.record),
    };
    let removal = case.catalog.open_removal(&NewRemoval {
        id: uuid::Uuid::from_u128(7),
        committee: "Kommunstyrelsen",
        category: "hets",
        opened: at(5),
        actor: "anna",
        discovered: at(5),
        note: None,
        collects: false,
        objects: &[object],
        reply: None,
    });
    let removal = removal.unwrap();
    let object = case.catalog.removal_objects(&removal).unwrap()[0].row;
    let mut after = |minute, what, value| {
        let step = NewRemovalStep {
            object: Some(object),
            value,
            ..NewRemovalStep::of(what, at(minute), at(minute), "anna")
        };
        case.catalog.note_removal(&removal, &[step]).unwrap();
        let told = |hit: SearchHit| match hit.what {
            SearchedWhat::Record { removed, .. } => removed,
            SearchedWhat::Page { .. } => panic!("a page"),
        };
        let hits = |removed| case.catalog.search(&glass(removed)).unwrap().hits;
        let (among, hit) = (hits(true).len(), hits(false).remove(0));
        (among, told(hit))
    };
    let hidden = |minute| Some(("hidden".to_owned(), at(minute)));
    assert_eq!(after(6, RemovalWhat::Hidden, None), (1, hidden(6)));
    assert_eq!(after(7, RemovalWhat::Deleted, None).1.unwrap().0, "deleted");
    let back = Some(TAKEN_BACK);
    assert_eq!(after(8, RemovalWhat::Deleted, back), (1, hidden(6)));
    assert_eq!(after(9, RemovalWhat::Hidden, back), (0, None));
    assert_eq!(after(10, RemovalWhat::Hidden, None), (1, hidden(10)));
}
