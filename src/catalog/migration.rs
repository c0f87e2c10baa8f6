//! Migrations: append-only SQL files, counted by `user_version`, which is also the archive's format.

use rusqlite::Connection;

use super::Error;

const MIGRATIONS: [&str; 1] = [include_str!("../../archive-schema/001_spine.sql")];

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
