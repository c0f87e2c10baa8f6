//! Searches by what they find: each version, whoever may read it, in the order of time; and nothing that is gone.

use proptest::prelude::*;
use rusqlite::params;

use super::case::*;
use super::*;
use crate::record::{BagKind, Item};
use crate::retention::{Query, SavedSearch};

pub(super) fn asked(query: &str) -> SearchRequest {
    SearchRequest {
        query: (!query.is_empty()).then(|| Query::parse(query).unwrap()),
        filters: vec![],
        restricted: Restricted::All,
        order: SearchOrder::Newest,
        skip: 0,
        limit: 100,
        every_version: false,
        count_all: false,
    }
}

/// Holds what the saved search finds.
fn hold_search(case: &mut Case, name: &str) {
    let hold = NewHold {
        scope: HoldScope::Search,
        object: name.into(),
        reason: "tvist",
        ends: None,
    };
    case.catalog
        .add_holds(&[hold], None, "test", at(1))
        .unwrap();
}

/// The texts that are found, as far as they are shown.
fn found(case: &Case, request: &SearchRequest) -> Vec<String> {
    let found = case.catalog.search(request).unwrap();
    assert_eq!(found.hits.len() as u64, found.count - request.skip);
    assert_eq!(counted(case, request), found.count, "counted otherwise");
    found.hits.into_iter().map(|hit| hit.text.text).collect()
}

pub(super) fn counted(case: &Case, request: &SearchRequest) -> u64 {
    let counting = SearchRequest {
        skip: 0,
        limit: 0,
        count_all: true,
        ..request.clone()
    };
    let counted = case.catalog.search(&counting).unwrap();
    assert!(counted.count_is_exact && counted.hits.is_empty());
    counted.count
}

pub(super) fn finds(case: &Case, query: &str) -> Vec<String> {
    found(case, &asked(query))
}

fn restricted(item: Item) -> Item {
    Item {
        visibility: Visibility::Private,
        ..item
    }
}

/// All words that the index holds.
fn terms(case: &Case) -> Vec<String> {
    let db = &case.catalog.db;
    db.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab(main, search_index, row)",
    )
    .unwrap();
    let mut statement = db
        .prepare("SELECT term FROM temp.terms ORDER BY 1")
        .unwrap();
    let terms = statement.query_map([], |row| row.get(0)).unwrap();
    terms.map(Result::unwrap).collect()
}

fn sound(case: &Case) {
    assert_eq!(case.catalog.index_fault(true).unwrap(), None);
}

#[test]
fn words_are_found_as_people_see_them_newest_first() {
    let mut case = Case::new();
    case.sealed(&[
        item("post:1", "Får vi SNÖRÖJNING?"),
        item("post:3", "Far och mor, o\u{308}rter och snö"),
        item(
            "post:2",
            "E-post till anna.ek@vara.se, 16 kap. 1 § #Svara brand\u{ad}station ❤\u{fe0f}",
        ),
    ]);
    let (får, far, post) = ("Får vi SNÖRÖJNING?", "Far och mor, o\u{308}rter och snö", 2);
    assert_eq!(finds(&case, "snö*"), [far, får]);
    assert_eq!(finds(&case, "får"), [får]);
    assert_eq!(finds(&case, "far"), [far]);
    assert_eq!(finds(&case, "örter"), [far]);
    assert_eq!(finds(&case, "snö -örter"), [""; 0]);
    for query in [
        "e-post",
        "anna.ek@vara.se",
        "\"1 §\"",
        "#svara",
        "brandstation",
        "❤",
        "author:bo vara",
        "\"till ann\"*",
    ] {
        let [text] = &finds(&case, query)[..] else {
            panic!("{query}")
        };
        assert!(text.starts_with("E-post") && post == 2, "{query}");
    }
    assert_eq!(finds(&case, "#brandstation"), [""; 0]);
    assert_eq!(finds(&case, "text:bo"), [""; 0]);
    assert_eq!(finds(&case, "").len(), 3);
    sound(&case);
}

#[test]
fn a_record_is_one_line_and_older_words_of_it_are_told() {
    let mut case = Case::new();
    for text in ["glass och bär", "glass", "glass igen"] {
        case.sealed(&[item("post:1", text)]);
    }
    let told = |query: &str, every| {
        let request = SearchRequest {
            every_version: every,
            ..asked(query)
        };
        let hits = case.catalog.search(&request).unwrap().hits;
        let told = hits.into_iter().map(|hit| match hit.what {
            SearchedWhat::Record {
                version,
                current,
                versions,
                ..
            } => (version, versions, current),
            SearchedWhat::Page { .. } => panic!("a page"),
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told("glass", false), [(3, 3, true)]);
    assert_eq!(told("bär", false), [(1, 3, false)]);
    assert_eq!(
        told("glass", true),
        [(3, 3, true), (2, 3, false), (1, 3, false)]
    );
}

#[test]
fn an_edit_that_moves_a_record_in_time_moves_it_in_the_index() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass"), item("post:2", "glass två")]);
    assert_eq!(finds(&case, "glass"), ["glass två", "glass"]);
    let mut moved = item("post:1", "glass ett");
    moved.published = Some(at(90));
    // Twice in the same capture, at two times.
    let mut again = item("post:1", "glass tre");
    again.published = Some(at(91));
    case.sealed(&[moved, again]);
    assert_eq!(finds(&case, "glass"), ["glass tre", "glass två"]);
    sound(&case);
}

#[test]
fn what_is_not_public_is_found_by_those_alone_who_may() {
    let mut case = Case::new();
    case.sealed(&[
        item("post:1", "glass för alla"),
        restricted(item("comment:2", "glass för få")),
    ]);
    // It was public once.
    case.sealed(&[item("comment:3", "glass öppet")]);
    case.sealed(&[restricted(item("comment:3", "gömd"))]);
    let of = |restricted: Restricted, query: &str| {
        found(
            &case,
            &SearchRequest {
                restricted,
                ..asked(query)
            },
        )
    };
    let own = Restricted::Of(vec!["Kommunstyrelsen".into()]);
    let other = Restricted::Of(vec!["Socialnämnden".into()]);
    for query in ["glass", "glas*", ""] {
        assert_eq!(of(Restricted::None, query), ["glass för alla"], "{query}");
        assert_eq!(of(other.clone(), query), ["glass för alla"], "{query}");
        assert_eq!(of(own.clone(), query).len(), 3, "{query}");
        assert_eq!(of(Restricted::All, query).len(), 3, "{query}");
    }
}

#[test]
fn filters_let_through_what_they_say() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass"), item("comment:2", "glass två")]);
    case.sealed(&[item("comment:2", "glass tre")]);
    let with = |filter: SearchFilter, query: &str| {
        found(
            &case,
            &SearchRequest {
                filters: vec![filter],
                ..asked(query)
            },
        )
    };
    let none = SearchFilter::default;
    for query in ["glass", "gla*", ""] {
        let kind = Some(Kind::Post);
        assert_eq!(with(SearchFilter { kind, ..none() }, query), ["glass"]);
        let edited = SearchFilter {
            edited: true,
            ..none()
        };
        assert_eq!(with(edited, query), ["glass tre"]);
        let accounts = vec!["blogg".parse().unwrap()];
        assert_eq!(with(SearchFilter { accounts, ..none() }, query).len(), 2);
        let accounts = vec!["annan".parse().unwrap()];
        assert_eq!(with(SearchFilter { accounts, ..none() }, query), [""; 0]);
        let platform = Some(crate::record::Platform::X);
        assert_eq!(with(SearchFilter { platform, ..none() }, query), [""; 0]);
        let (from, until) = (Some(at(2)), Some(at(3)));
        let days = SearchFilter {
            from,
            until,
            ..none()
        };
        assert_eq!(with(days, query), ["glass tre"]);
        let unclassified = SearchFilter {
            unclassified: true,
            ..none()
        };
        assert_eq!(with(unclassified, query).len(), 2);
        let place = Some(SearchWhere::Pages);
        assert_eq!(with(SearchFilter { place, ..none() }, query), [""; 0]);
    }
}

/// A page capture with its text.
fn page(case: &mut Case, text: &str) -> crate::record::BagId {
    let bags = [NewBag {
        kind: BagKind::Page,
        ..bag(case.n + 50)
    }];
    let how = How {
        bags: &bags,
        ..SEALED
    };
    case.capture(&[], &how).unwrap();
    assert_eq!(case.catalog.unindexed().unwrap().pages, 1);
    assert_eq!(case.catalog.pages_without_text(9).unwrap(), [bags[0].id]);
    case.catalog.add_page_text(bags[0].id, text).unwrap();
    assert!(case.catalog.unindexed().unwrap().is_nothing());
    bags[0].id
}

#[test]
fn a_page_is_found_until_it_is_locked_or_goes() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass")]);
    let shown = page(&mut case, "Startsidan om glass");
    let empty = page(&mut case, "");
    assert_eq!(finds(&case, "glass"), ["Startsidan om glass", "glass"]);
    assert_eq!(finds(&case, "startsid*"), ["Startsidan om glass"]);
    let hold = SavedSearch {
        query: Some("startsidan".into()),
        ..SavedSearch::default()
    };
    case.catalog.save_search("s", &hold, "test", at(1)).unwrap();
    hold_search(&mut case, "s");
    let today = at(0).date_naive();
    let held = hold::Held::on(&case.catalog.db, today, crate::retention::Place::Archive).unwrap();
    let mut hinders = Vec::new();
    held.add_hinders_of_pages("blogg", &mut hinders);
    assert_eq!(
        hinders.len(),
        1,
        "a hold holds the pages that its search finds"
    );
    let lock =
        "PRAGMA foreign_keys = OFF; INSERT INTO emergency_bag (bag, removal) SELECT id, 1 FROM bag";
    case.catalog.db.execute_batch(lock).unwrap();
    assert_eq!(finds(&case, "glass"), ["glass"]);
    case.catalog
        .db
        .execute_batch("DELETE FROM emergency_bag")
        .unwrap();
    let (n, none): (i64, i64) = case
        .catalog
        .db
        .query_row(
            "SELECT (SELECT n FROM bag WHERE id = ?1), (SELECT n FROM bag WHERE id = ?2)",
            params![shown.0.as_bytes(), empty.0.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    super::super::search::change(&case.catalog.db, |index| {
        index.forget_page(n)?;
        index.forget_page(none)
    })
    .unwrap();
    assert_eq!(finds(&case, "glass"), ["glass"]);
    assert!(!terms(&case).iter().any(|term| term.starts_with("startsid")));
    sound(&case);
}

#[test]
fn an_index_that_is_damaged_loses_no_record_and_is_made_again() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "glass")]);
    let harm = "UPDATE search_index_data SET block = x'00ff00ff' WHERE id > 10";
    case.catalog.db.execute_batch(harm).unwrap();
    case.catalog
        .db
        .execute_batch("INSERT INTO search_index (search_index, rank) VALUES ('automerge', 2)")
        .unwrap();
    for n in 2..30 {
        case.sealed(&[item(&format!("post:{n}"), "glass och mer")]);
    }
    let mut edited = item("post:1", "annat");
    edited.published = Some(at(77));
    case.sealed(&[edited]);
    case.catalog.begin_index_anew().unwrap();
    while !case.catalog.index_more(7).unwrap() {}
    assert_eq!(
        finds(&case, "glass").len(),
        29,
        "the older words of the first too"
    );
    sound(&case);
}

#[test]
fn an_archive_of_before_is_searched_once_it_is_indexed() {
    let mut case = Case::new();
    let many: Vec<Item> = (0..25)
        .map(|n| item(&format!("post:{n}"), "glass"))
        .collect();
    case.sealed(&many);
    let path = case.catalog.path().to_owned();
    // As arkivd 10 left it: without what came later.
    let names = |db: &Connection| -> Vec<(String, String)> {
        let sql = "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'table') AND name NOT LIKE 'sqlite_%'
             AND name NOT LIKE 'search_index_%' ORDER BY type DESC";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let older = Connection::open_in_memory().unwrap();
    for sql in &migration::MIGRATIONS[..10] {
        older.execute_batch(sql).unwrap();
    }
    let known = names(&older);
    let db = &case.catalog.db;
    db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA user_version = 10")
        .unwrap();
    for (kind, name) in names(db).iter().filter(|name| !known.contains(name)) {
        db.execute_batch(&format!("DROP {kind} IF EXISTS {name}"))
            .unwrap();
    }
    let reader = Catalog::open(&path, Access::Read).unwrap();
    assert!(matches!(
        reader.search(&asked("glass")),
        Err(Error::NoIndex)
    ));
    assert!(reader.unindexed().unwrap().is_nothing());
    drop(reader);
    case.catalog = Catalog::open(&path, Access::Write).unwrap();
    assert_eq!(case.catalog.unindexed().unwrap().versions, 25);
    assert_eq!(finds(&case, "glass"), [""; 0]);
    assert!(!case.catalog.index_more(10).unwrap());
    assert_eq!(case.catalog.unindexed().unwrap().versions, 15);
    case.sealed(&[item("post:99", "glass"), item("post:3", "annat")]);
    assert!(!case.catalog.index_more(10).unwrap());
    assert!(case.catalog.index_more(10).unwrap());
    assert_eq!(finds(&case, "glass").len(), 26);
    sound(&case);
}

#[test]
fn a_saved_search_is_kept_under_its_name_alone_once() {
    let mut case = Case::new();
    let saved = SavedSearch {
        query: Some("snö -is".into()),
        ..SavedSearch::default()
    };
    case.catalog
        .save_search("a", &saved, "test", at(1))
        .unwrap();
    let again = case.catalog.save_search("a", &saved, "test", at(1));
    assert!(matches!(again, Err(Error::SearchExists(_))));
    assert_eq!(case.catalog.saved_search("a").unwrap(), Some(saved));
    assert_eq!(case.catalog.saved_searches().unwrap(), ["a"]);
    let event: String = case
        .catalog
        .db
        .query_row(
            "SELECT verb || object || coalesce(after, '') FROM event ORDER BY n DESC",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(event, "search savea", "no words are in events");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is asked: the index finds what reading finds, and a hold holds it.
    #[test]
    fn what_is_found_is_what_is_said_and_is_held(
        texts in proptest::collection::vec("(får|far|snö|is|snöröjning|#is|å-b|§|[abå ]){1,3}( (får|is|a|b|§|snö)){0,3}", 1..12),
        queries in proptest::collection::vec("(-|text:|\")?(får|sn|is|#is|a b|§|å)(\"|\\*)?( OR | -| )(is|far|\"a b\"|å\\*|b)", 1..8),
    ) {
        let mut case = Case::new();
        let items: Vec<Item> = texts.iter().enumerate().map(|(n, text)| item(&format!("post:{n}"), text)).collect();
        case.sealed(&items);
        for query in queries {
            let Ok(understood) = Query::parse(&query) else { continue };
            let request = SearchRequest { query: Some(understood.clone()), count_all: true, ..asked("") };
            let hits = case.catalog.search(&request).unwrap().hits;
            let mut found: Vec<RecordId> = hits.iter().filter_map(|hit| match hit.what {
                SearchedWhat::Record { record, .. } => Some(record),
                SearchedWhat::Page { .. } => None,
            }).collect();
            let mut said = Vec::new();
            for (n, text) in texts.iter().enumerate() {
                if understood.fits(&crate::retention::Said::of("", text, "Bo")) {
                    said.push(case.record(&format!("post:{n}")).line.record);
                }
            }
            found.sort();
            said.sort();
            prop_assert_eq!(&found, &said, "{}", query);
            let saved = SavedSearch { query: Some(query.clone()), ..SavedSearch::default() };
            let name = uuid::Uuid::now_v7().to_string();
            case.catalog.save_search(&name, &saved, "test", at(1)).unwrap();
            let mut exported = case.catalog.records_of_search(&name, &Restricted::All).unwrap();
            exported.sort();
            prop_assert_eq!(&exported, &found, "{}", query);
            hold_search(&mut case, &name);
            for record in &found {
                let held = case.catalog.held_by(*record, at(1).date_naive()).unwrap();
                let by_it = |by: &HeldBy| matches!(by, HeldBy::Hold(hold) if hold.object == name);
                prop_assert!(held.iter().any(by_it), "{}", query);
            }
        }
    }
}
