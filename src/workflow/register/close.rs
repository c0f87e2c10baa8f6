//! Closing an account: its last snapshot is judged, and what it lacks is accepted by name or stops it (VAR-5, HAL-3,
//! HAL-4).

use super::fault::{Fault, NamedGap};
use super::{act, one_line, today};
use crate::catalog::{self, NewClosing};
use crate::policy::Policy;
use crate::record::{Account, AccountEvent, AccountId, Outcome, Platform, Register};
use crate::workflow::{Archive, Error, SnapshotReport, Surroundings};

/// What is accepted, and why.
#[derive(Debug, Clone, Copy, Default)]
pub struct Acceptance<'a> {
    /// Names of gaps.
    pub gaps: &'a [String],
    pub reason: Option<&'a str>,
    pub note: Option<&'a str>,
}

/// A closing that was done.
#[derive(Debug, Clone)]
pub struct Closing {
    pub day: chrono::NaiveDate,
    /// What was lacking, and was accepted.
    pub accepted: Vec<NamedGap>,
    /// Names that were to be accepted and that name nothing that is lacking.
    pub unknown: Vec<String>,
}

/// The account, when all that the policy demands of its closing is there. `told`: how communications was told, which is
/// kept first.
///
/// # Errors
/// [`Fault::Closed`], [`Fault::NotReady`]; when it is not registered.
pub fn ready_to_close(
    archive: &Archive,
    policy: &Policy,
    id: &AccountId,
    told: Option<&str>,
    around: &Surroundings,
) -> Result<Account, Error> {
    let account = archive.catalog().account(id)?;
    let account = account.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
    if let Some(day) = archive.catalog().account_closed(id)? {
        return Err(Fault::Closed(id.clone(), day).into());
    }
    if let Some(note) = told {
        let note = one_line(id, "--communications-told", note)?;
        let what = AccountEvent::ToldClosing;
        let mut catalog = archive.catalog();
        catalog.note_account_event(&act(id, around), what, today(around), Some(&note))?;
    }
    let register: Register = archive.catalog().register(id)?;
    let breaches = policy.closing_lacking(&account, &register);
    match breaches.is_empty() {
        true => Ok(account),
        false => Err(Fault::NotReady {
            account: id.clone(),
            breaches,
        }
        .into()),
    }
}

/// Closes the account after its last snapshot, if that holds all, or what it lacks is accepted.
///
/// # Errors
/// [`Fault::Gaps`] with what was not accepted; [`Fault::NoReason`].
pub fn close_account(
    archive: &Archive,
    account: &Account,
    report: &SnapshotReport,
    accepts: Acceptance<'_>,
    around: &Surroundings,
) -> Result<Closing, Error> {
    let id = &account.id;
    let messages = archive.catalog().messages_of(id)?;
    let gaps = gaps_of(account, report, messages);
    let unknown = unknown(accepts.gaps, &gaps);
    let (accepted, open): (Vec<NamedGap>, Vec<NamedGap>) = gaps
        .into_iter()
        .partition(|gap| accepts.gaps.iter().any(|name| same(name, &gap.what)));
    if !open.is_empty() {
        return Err(Fault::Gaps {
            account: id.clone(),
            capture: report.capture,
            gaps: open,
            unknown,
        }
        .into());
    }
    let reason = accepts.reason.map(str::trim).filter(|r| !r.is_empty());
    if !accepted.is_empty() && reason.is_none() {
        return Err(Fault::NoReason.into());
    }
    let rows: Vec<(String, String)> = accepted
        .iter()
        .map(|gap| (gap.what.clone(), gap.why.join("; ")))
        .collect();
    let day = today(around);
    let closing = NewClosing {
        day,
        capture: report.capture,
        gaps: &rows,
        reason,
        note: accepts.note.map(str::trim).filter(|n| !n.is_empty()),
    };
    if !archive
        .catalog()
        .close_account(&act(id, around), &closing)?
    {
        return Err(Fault::Closed(id.clone(), day).into());
    }
    Ok(Closing {
        day,
        accepted,
        unknown,
    })
}

/// Opens a closed account again.
///
/// # Errors
/// [`Fault::Open`]; when it is not registered.
pub fn reopen_account(
    archive: &Archive,
    id: &AccountId,
    note: &str,
    around: &Surroundings,
) -> Result<chrono::NaiveDate, Error> {
    if archive.catalog().account(id)?.is_none() {
        return Err(catalog::Error::NoAccount(id.clone()).into());
    }
    let note = one_line(id, "--note", note)?;
    let day = today(around);
    let opened = archive
        .catalog()
        .reopen_account(&act(id, around), day, &note)?;
    match opened {
        true => Ok(day),
        false => Err(Fault::Open(id.clone()).into()),
    }
}

/// A name as a person may write it.
fn same(given: &str, name: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', '_'], " ");
    plain(given) == plain(name)
}

/// The names given that are of no gap.
fn unknown(given: &[String], gaps: &[NamedGap]) -> Vec<String> {
    let is_gap = |name: &str| gaps.iter().any(|gap| same(name, &gap.what));
    let unknown = given.iter().filter(|name| !is_gap(name));
    unknown.cloned().collect()
}

/// All that the snapshot does not hold of the account, private messages among it.
fn gaps_of(account: &Account, report: &SnapshotReport, messages: u64) -> Vec<NamedGap> {
    let mut gaps: Vec<NamedGap> = Vec::new();
    let mut lacks = |what: &str, why: String| match gaps.iter_mut().find(|g| g.what == what) {
        Some(gap) => gap.why.push(why),
        None => gaps.push(NamedGap {
            what: what.to_owned(),
            why: vec![why],
        }),
    };
    let failed = report.outcome == Outcome::Failed;
    if let Some(error) = report.error.as_ref().filter(|_| failed) {
        lacks("snapshot", error.clone());
    } else if failed {
        lacks("snapshot", "it failed".to_owned());
    }
    if report.outcome == Outcome::Empty {
        let why = "the platform answered, and nothing was there";
        lacks("records", why.to_owned());
    }
    // Of what failed there is nothing more to tell.
    let rows = report.coverage.rows.iter().filter(|_| !failed);
    for row in rows.filter(|r| !r.is_complete()) {
        for gap in &row.missing {
            lacks(row.what.as_str(), format!("{}: {}", gap.what, gap.reason));
        }
        if let Some(expected) = row.expected.filter(|n| *n != row.captured) {
            let why = format!("{} of {expected}", row.captured);
            lacks(row.what.as_str(), why);
        }
    }
    for bag in report.bags.iter().filter(|b| !b.whole) {
        lacks(
            "pdf",
            format!("bag {} lacks one: capture.json tells why", bag.bag),
        );
    }
    let platform = account.platform;
    if platform.has_page() && report.page.is_none() && !failed {
        let why = "no page was looked at: arkivd.toml says pages = false under [browser]";
        lacks("page as shown", why.to_owned());
    }
    if !platform.has_records() && platform != Platform::Web {
        let why = "arkivd reads no interface of this platform: the page alone was captured, and what people brought";
        lacks("records", why.to_owned());
    }
    if has_messages(platform) {
        lacks(
            "messages",
            match messages {
                0 => "private messages are not read by arkivd, and none was brought: arkivd import"
                    .to_owned(),
                n => format!(
                    "private messages are not read by arkivd; {n} were brought, and whether that is all only a person knows"
                ),
            },
        );
    }
    gaps
}

/// Where the public can write to the account alone.
fn has_messages(platform: Platform) -> bool {
    match platform {
        Platform::Facebook
        | Platform::Instagram
        | Platform::LinkedIn
        | Platform::X
        | Platform::Bluesky
        | Platform::Mastodon => true,
        Platform::WordPress | Platform::Feed | Platform::YouTube | Platform::Web => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Counts, Coverage, CoverageRow, Covered, Gap, GapReason};

    fn account(platform: Platform) -> Account {
        Account {
            id: "konto".parse().unwrap(),
            platform,
            address: "https://a.example/".parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: Vec::new(),
            substitute: None,
            credential: None,
            parent: None,
        }
    }

    fn report(rows: Vec<CoverageRow>) -> SnapshotReport {
        SnapshotReport {
            capture: "0199a000-0000-7000-8000-000000000000".parse().unwrap(),
            account: "konto".parse().unwrap(),
            outcome: Outcome::Sealed,
            bags: Vec::new(),
            counts: Counts::default(),
            coverage: Coverage { rows },
            read: true,
            page: None,
            error: None,
            hint: None,
            retry: None,
            warnings: Vec::new(),
            seconds: 0.0,
        }
    }

    fn names(platform: Platform, rows: Vec<CoverageRow>) -> Vec<String> {
        let gaps = gaps_of(&account(platform), &report(rows), 0);
        gaps.into_iter().map(|g| g.what).collect()
    }

    fn row(what: Covered, expected: Option<u64>, missing: &[GapReason]) -> CoverageRow {
        CoverageRow {
            what,
            expected,
            captured: 3,
            missing: missing
                .iter()
                .map(|reason| Gap {
                    what: "post:4".into(),
                    reason: reason.clone(),
                })
                .collect(),
        }
    }

    #[test]
    fn what_is_lacking_is_named_once_with_all_its_reasons() {
        let rows = vec![
            row(Covered::FeedEntries, None, &[GapReason::WindowOnly]),
            row(Covered::Media, Some(5), &[GapReason::PasswordProtected]),
            row(Covered::Posts, Some(3), &[]),
        ];
        let gaps = gaps_of(&account(Platform::Feed), &report(rows), 0);
        let told: Vec<(&str, usize)> = gaps.iter().map(|g| (&*g.what, g.why.len())).collect();
        assert_eq!(told, [("feed entries", 1), ("media", 2)]);
        assert!(
            names(
                Platform::Feed,
                vec![row(Covered::FeedEntries, Some(3), &[])]
            )
            .is_empty()
        );
    }

    #[test]
    fn messages_and_records_that_nobody_reads_are_gaps() {
        assert_eq!(
            names(Platform::Facebook, Vec::new()),
            ["page as shown", "records", "messages"]
        );
        assert_eq!(
            names(Platform::Bluesky, Vec::new()),
            ["page as shown", "messages"]
        );
        assert_eq!(
            names(Platform::YouTube, Vec::new()),
            ["page as shown", "records"]
        );
        let brought = gaps_of(&account(Platform::Bluesky), &report(Vec::new()), 4);
        assert!(brought[1].why[0].contains("4 were brought"));
    }

    #[test]
    fn a_gap_is_accepted_by_its_name_as_people_write_it() {
        assert!(same("Page-as-shown ", "page as shown"));
        assert!(!same("page", "page as shown"));
    }
}
