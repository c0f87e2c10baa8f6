//! What changes an emergency: opened, locked, instructed, ended, lifted. Each is one transaction, with its event.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::json;

use super::super::event;
use super::super::removal::{NewRemoval, Removal, number, open};
use super::super::value;
use super::super::{Catalog, Error, NewEvent};
use crate::record::{BagId, Digest, GallringId, RecordId};
use crate::retention::{GallringDecision, GallringState, PoliceInstruction, Question};

/// An emergency to be opened, with its case.
pub struct NewEmergency<'a> {
    pub case: &'a NewRemoval<'a>,
    pub gallring: GallringId,
    /// What a gallring asks for; of the archive, and of nothing that a plan knows.
    pub question: &'a Question,
}

/// What an emergency is to lock; what it has locked already stays.
#[derive(Debug, Default)]
pub struct Lock<'a> {
    pub records: &'a [RecordId],
    pub bags: &'a [BagId],
    /// What is never captured, as tombstones are made.
    pub blocks: &'a [[u8; 32]],
}

/// The police's instruction, as it is written down before anything goes.
#[derive(Debug)]
pub struct Instructed<'a> {
    pub instruction: &'a PoliceInstruction,
    /// Of the list: its records and pages.
    pub digest: Digest,
    pub salt: [u8; 32],
    pub at: DateTime<Utc>,
    pub actor: &'a str,
}

impl Catalog {
    /// Opens the case and its emergency, and locks what is known of it: all in one transaction.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open_emergency(
        &mut self,
        new: &NewEmergency<'_>,
        lock: &Lock<'_>,
    ) -> Result<Removal, Error> {
        let change = self.db.transaction()?;
        let case = open(&change, new.case)?;
        change.execute(
            "INSERT INTO gallring (id, committee, place, question, records, pages, digest, counts, proposed, proposer, state)
             VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, '[]', ?6, ?7, ?8)",
            params![
                new.gallring.0.as_bytes(),
                case.committee,
                new.question.place.as_str(),
                value::json("question", new.question)?,
                [0_u8; 32],
                value::time(new.case.opened),
                new.case.actor,
                GallringState::Locked.as_str(),
            ],
        )?;
        change.execute(
            "INSERT INTO emergency (removal, gallring, state) VALUES (?1, ?2, 'locked')",
            params![number(case.number)?, change.last_insert_rowid()],
        )?;
        lock_all(&change, number(case.number)?, lock)?;
        let after = json!({ "records": lock.records.len(), "bags": lock.bags.len() });
        note(
            &change,
            &case,
            "removal emergency",
            new.case.actor,
            new.case.opened,
            &after,
        )?;
        change.commit()?;
        Ok(case)
    }

    /// Locks more for an open emergency, and again what a capture in progress brought back meanwhile.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn lock(&mut self, case: &Removal, lock: &Lock<'_>) -> Result<(), Error> {
        let change = self.db.transaction()?;
        lock_all(&change, number(case.number)?, lock)?;
        change.commit()?;
        Ok(())
    }

    /// Writes down the police's instruction and what goes by it, so that the gallring of the emergency can be carried
    /// out: no hold is asked. False when it is not locked any more.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn instruct_emergency(
        &mut self,
        case: &Removal,
        new: &Instructed<'_>,
    ) -> Result<bool, Error> {
        let n = number(case.number)?;
        let change = self.db.transaction()?;
        if change.execute(
            "UPDATE emergency SET state = 'erasing' WHERE removal = ?1 AND state = 'locked'",
            [n],
        )? == 0
        {
            return Ok(false);
        }
        let gallring: i64 = change.query_row(
            "SELECT gallring FROM emergency WHERE removal = ?1",
            [n],
            |row| row.get(0),
        )?;
        let records = change.execute(
            "INSERT INTO gallring_record (gallring, record) SELECT ?1, record FROM emergency_record WHERE removal = ?2",
            [gallring, n],
        )?;
        let pages = change.execute(
            "INSERT INTO gallring_bag (gallring, bag, leaf, kind) SELECT ?1, b.id, b.leaf, b.kind
             FROM emergency_bag l JOIN bag b ON b.id = l.bag WHERE l.removal = ?2 AND b.kind = 'page'",
            [gallring, n],
        )?;
        // As erasing finds them: not gone yet, and in no list.
        change.execute(
            "UPDATE record SET gallring = NULL WHERE n IN (SELECT record FROM emergency_record WHERE removal = ?1)",
            [n],
        )?;
        let decision = GallringDecision::Police(new.instruction.clone());
        change.execute(
            "UPDATE gallring SET state = ?2, decision = ?3, approved = ?4, approver = ?5, salt = ?6, begun = ?4,
                    digest = ?7, records = ?8, pages = ?9 WHERE n = ?1",
            params![
                gallring,
                GallringState::Executing.as_str(),
                value::json("decision", &decision)?,
                value::time(new.at),
                new.actor,
                new.salt,
                new.digest.0,
                records,
                pages,
            ],
        )?;
        // Its versions go.
        change.execute(
            "UPDATE emergency_record SET latest = NULL WHERE removal = ?1",
            [n],
        )?;
        // The police have it: where it stood, and what people said of it, is kept no longer.
        change.execute(
            "UPDATE removal_object SET address = NULL, problem = NULL WHERE removal = ?1",
            [n],
        )?;
        change.execute("UPDATE removal SET note = NULL WHERE n = ?1", [n])?;
        change.execute(
            "UPDATE removal_step SET text = NULL WHERE removal = ?1",
            [n],
        )?;
        let after = json!({ "instruction": new.instruction, "records": records, "pages": pages });
        note(
            &change,
            case,
            "removal emergency-erase",
            new.actor,
            new.at,
            &after,
        )?;
        change.commit()?;
        Ok(true)
    }

    /// Lifts what an emergency locked: its records are as they were, and are captured again. Gives the bags that
    /// nothing locks any more; `None` when it is not locked.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn lift_emergency(
        &mut self,
        case: &Removal,
        reason: &str,
        at: DateTime<Utc>,
        actor: &str,
    ) -> Result<Option<Vec<BagId>>, Error> {
        let n = number(case.number)?;
        let change = self.db.transaction()?;
        if change.execute(
            "UPDATE emergency SET state = 'lifted', ended = ?2 WHERE removal = ?1 AND state = 'locked'",
            params![n, value::time(at)],
        )? == 0
        {
            return Ok(None);
        }
        change.execute(
            "UPDATE record SET gallring = NULL, latest = (SELECT max(v.n) FROM version v WHERE v.record = record.n)
             WHERE n IN (SELECT record FROM emergency_record WHERE removal = ?1)",
            [n],
        )?;
        change.execute(
            "UPDATE record SET latest = (SELECT l.latest FROM emergency_record l WHERE l.record = record.n)
             WHERE n IN (SELECT record FROM emergency_record WHERE removal = ?1 AND latest IS NOT NULL)",
            [n],
        )?;
        change.execute("DELETE FROM emergency_record WHERE removal = ?1", [n])?;
        change.execute("DELETE FROM emergency_block WHERE removal = ?1", [n])?;
        let free = super::bags(
            &change,
            &format!(
                "SELECT bag FROM emergency_bag GROUP BY bag HAVING count(*) = 1 AND max(removal) = {n}"
            ),
        )?;
        change.execute("DELETE FROM emergency_bag WHERE removal = ?1", [n])?;
        change.execute(
            "UPDATE gallring SET state = 'withdrawn', withdrawn = ?2, withdrawer = ?3, withdrawn_why = ?4
             WHERE n = (SELECT gallring FROM emergency WHERE removal = ?1)",
            params![n, value::time(at), actor, reason],
        )?;
        let after = json!({ "reason": reason });
        note(&change, case, "removal emergency-lift", actor, at, &after)?;
        change.commit()?;
        Ok(Some(free))
    }
}

fn lock_all(db: &Connection, n: i64, lock: &Lock<'_>) -> Result<(), Error> {
    for record in lock.records {
        db.prepare_cached(
            "INSERT OR IGNORE INTO emergency_record (record, removal, latest)
             SELECT n, ?2, latest FROM record WHERE id = ?1 AND gallring IS NULL",
        )?
        .execute(params![record.0.as_bytes(), n])?;
    }
    for bag in lock.bags {
        db.prepare_cached("INSERT OR IGNORE INTO emergency_bag (bag, removal) VALUES (?1, ?2)")?
            .execute(params![bag.0.as_bytes(), n])?;
    }
    for block in lock.blocks {
        db.prepare_cached("INSERT OR IGNORE INTO emergency_block (hmac, removal) VALUES (?1, ?2)")?
            .execute(params![block, n])?;
    }
    // A capture in progress may have seen it anew.
    db.execute(
        "UPDATE emergency_record SET latest = (SELECT r.latest FROM record r WHERE r.n = emergency_record.record)
         WHERE removal = ?1 AND (SELECT r.latest FROM record r WHERE r.n = emergency_record.record) IS NOT NULL",
        [n],
    )?;
    db.execute(
        "UPDATE record SET latest = NULL, gallring = (SELECT gallring FROM emergency WHERE removal = ?1)
         WHERE n IN (SELECT record FROM emergency_record WHERE removal = ?1)",
        [n],
    )?;
    Ok(())
}

/// Ends the emergency of a gallring that has been carried out to its end, if it is one.
pub(in crate::catalog) fn end(
    db: &Connection,
    gallring: GallringId,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let which =
        "(SELECT e.removal FROM emergency e JOIN gallring g ON g.n = e.gallring WHERE g.id = ?1)";
    let id = gallring.0;
    for table in ["emergency_bag", "emergency_record"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE removal IN {which}"),
            [id.as_bytes()],
        )?;
    }
    db.execute(
        &format!("UPDATE emergency SET state = 'erased', ended = ?2 WHERE removal IN {which}"),
        params![id.as_bytes(), value::time(at)],
    )?;
    Ok(())
}

fn note(
    db: &Connection,
    case: &Removal,
    verb: &str,
    actor: &str,
    at: DateTime<Utc>,
    after: &serde_json::Value,
) -> Result<(), Error> {
    event::insert(
        db,
        &NewEvent {
            at,
            actor,
            verb,
            object: &case.designation,
            before: None,
            after: Some(&after.to_string()),
        },
    )
}
