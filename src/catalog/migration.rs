//! Migrations: append-only SQL files, counted by `user_version`, which is also the archive's format.

use rusqlite::Connection;

use super::Error;

pub(super) const MIGRATIONS: [&str; 14] = [
    include_str!("../../archive-schema/001_spine.sql"),
    include_str!("../../archive-schema/002_timetable.sql"),
    include_str!("../../archive-schema/003_looks.sql"),
    include_str!("../../archive-schema/004_changes.sql"),
    include_str!("../../archive-schema/005_profiles.sql"),
    include_str!("../../archive-schema/006_retention.sql"),
    include_str!("../../archive-schema/007_register.sql"),
    include_str!("../../archive-schema/008_removals.sql"),
    include_str!("../../archive-schema/009_consent.sql"),
    include_str!("../../archive-schema/010_emergency.sql"),
    include_str!("../../archive-schema/011_search.sql"),
    include_str!("../../archive-schema/012_export.sql"),
    include_str!("../../archive-schema/013_disclosure.sql"),
    include_str!("../../archive-schema/014_disclosure_screen.sql"),
];

/// The newest format this program reads and writes (design 8.4).
pub const FORMAT: i64 = MIGRATIONS.len() as i64;

pub(super) fn format_of(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

pub(super) fn apply(db: &mut Connection) -> Result<(), Error> {
    let done = usize::try_from(format_of(db)?).unwrap_or(0);
    for (i, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        let step = db.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", i + 1)?;
        step.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Access, Catalog};

    #[test]
    fn an_older_catalog_is_read_as_it_is_and_brought_up_to_date_by_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.sqlite");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(MIGRATIONS[0]).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        drop(db);
        let reader = Catalog::open(&path, Access::Read).unwrap();
        assert!(reader.schedules().unwrap().is_empty());
        assert!(reader.timetable().unwrap().is_empty());
        drop(reader);
        let mut writer = Catalog::open(&path, Access::Write).unwrap();
        assert_eq!(format_of(&writer.db).unwrap(), FORMAT);
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        writer.keep_schedules(&[("natt", "0 3 * * *")], at).unwrap();
        assert_eq!(writer.schedules().unwrap()[0].since, at);
    }

    #[test]
    fn a_newer_format_and_what_is_no_catalog_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.sqlite");
        assert!(matches!(
            Catalog::open(&path, Access::Write),
            Err(Error::Missing { .. })
        ));
        drop(Catalog::create(&path).unwrap());
        assert!(matches!(Catalog::create(&path), Err(Error::Exists { .. })));
        drop(Catalog::open(&path, Access::Read).unwrap());
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "user_version", FORMAT + 1).unwrap();
        drop(db);
        for access in [Access::Read, Access::Write] {
            let refused = Catalog::open(&path, access).map(drop);
            assert!(
                matches!(refused, Err(Error::NewerFormat { found, .. }) if found == FORMAT + 1)
            );
        }
        let empty = dir.path().join("empty.sqlite");
        std::fs::write(&empty, "").unwrap();
        let text = dir.path().join("text.sqlite");
        std::fs::write(
            &text,
            "not a database at all, and long enough to be read as one".repeat(9),
        )
        .unwrap();
        for access in [Access::Read, Access::Write] {
            let refused = Catalog::open(&empty, access).map(drop);
            assert!(matches!(refused, Err(Error::NotACatalog { .. })));
            let refused = Catalog::open(&text, access).map(drop).unwrap_err();
            assert!(refused.to_string().contains("text.sqlite"), "{refused}");
        }
        assert_eq!(
            std::fs::read(&empty).unwrap(),
            b"",
            "nothing is written to it"
        );
    }
}
