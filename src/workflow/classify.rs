//! What a record is by its committee's plan: decided by a person, one by one or from a file; and why it is that.

use super::csv_quotes::quote_fault;
use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{Classification, HandDecision, HandReport, HeldBy, RecordFacts, RecordMark};
use crate::record::RecordId;
use crate::retention::{
    Classifier, DayOf, Decided, Decides, Demand, Facts, Happened, Plan, PlanRow, RowId, Rule,
    Thread, demands,
};

/// A reason longer than this is an essay.
const LONGEST_REASON: usize = 1_000;
/// Faults that are told of one file.
const MOST_FAULTS: usize = 50;

/// A reason as it is kept.
///
/// # Errors
/// [`Error::Reason`] when it is empty, too long, or holds control characters.
pub fn reason_of(text: &str) -> Result<String, Error> {
    let refuse = |problem| {
        Err(Error::Reason {
            value: text.chars().take(60).collect(),
            problem,
        })
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return refuse("it is empty");
    }
    if trimmed.chars().count() > LONGEST_REASON {
        return refuse("it is longer than 1000 characters");
    }
    if trimmed.chars().any(|c| c.is_control() && c != '\n') {
        return refuse("it holds control characters");
    }
    Ok(trimmed.to_owned())
}

/// Decides by hand, all or nothing. `lines` gives the line of the file that each decision stands on, if they come from one.
///
/// # Errors
/// [`Error::Decisions`] with each that cannot be; those of the catalog.
pub fn classify_by_hand(
    archive: &Archive,
    decisions: &[HandDecision],
    lines: Option<&[u64]>,
    dry_run: bool,
    around: &Surroundings,
) -> Result<HandReport, Error> {
    let at = (around.now)();
    let decided = archive
        .catalog()
        .classify_by_hand(decisions, dry_run, &around.actor, at)?;
    decided.map_err(|faults| {
        let told = faults.iter().map(|(n, fault)| {
            let line = lines.and_then(|lines| lines.get(*n));
            line.map_or_else(|| fault.to_string(), |line| format!("line {line}: {fault}"))
        });
        decisions_fault(decisions.len(), told.collect())
    })
}

fn decisions_fault(of: usize, faults: Vec<String>) -> Error {
    let (count, more) = (faults.len(), faults.len().saturating_sub(MOST_FAULTS));
    let mut faults = faults;
    faults.truncate(MOST_FAULTS);
    if more > 0 {
        faults.push(format!("and {more} more"));
    }
    Error::Decisions {
        what: format!("{count} of {of} records"),
        faults,
    }
}

/// Decisions from a CSV file: record, row, reason and, where replies follow, `thread` or `tråd`; parted by semicolons,
/// commas or tabs, UTF-8 or as a Swedish Excel writes it (Windows-1252). A first line that names columns is passed over.
/// Gives each with its line.
///
/// # Errors
/// [`Error::Decisions`] with each line that is not a decision.
pub fn read_decisions(bytes: &[u8]) -> Result<(Vec<HandDecision>, Vec<u64>), Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0,
    };
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t', b',']
        .into_iter()
        .find(|d| first.contains(char::from(*d)))
        .unwrap_or(b';');
    if let Some(fault) = quote_fault(&text, delimiter) {
        return Err(decisions_fault(1, vec![fault]));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut decisions, mut lines, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = std::collections::HashMap::<RecordId, u64>::new();
    let mut counted = Lines::of(text.as_bytes());
    for (n, row) in reader.records().enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(error.to_string());
                break;
            }
        };
        let begins = row.position().map_or(0, csv::Position::byte);
        let line = counted.to(usize::try_from(begins).unwrap_or(usize::MAX));
        let cell = |at: usize| row.get(at).unwrap_or_default();
        if row.iter().all(str::is_empty) || n == 0 && names_columns(cell(0)) {
            continue;
        }
        match decision(&row) {
            Ok(decision) => {
                if let Some(before) = seen.insert(decision.record, line) {
                    faults.push(format!(
                        "line {line}: record {} stands on line {before} already",
                        decision.record
                    ));
                }
                decisions.push(decision);
                lines.push(line);
            }
            Err(problem) => faults.push(format!("line {line}: {problem}")),
        }
    }
    if decisions.is_empty() && faults.is_empty() {
        faults.push("the file holds no decision: a line is RECORD;ROW;REASON".to_owned());
    }
    match faults.is_empty() {
        true => Ok((decisions, lines)),
        false => Err(decisions_fault(decisions.len().max(faults.len()), faults)),
    }
}

/// Lines of a text, counted as far as it is read. The reader's own count is one short after a carriage return.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    fn of(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of the first byte from there on that ends none.
    fn to(&mut self, byte: usize) -> u64 {
        while let Some(c) = self.text.get(self.at) {
            if self.at >= byte && !matches!(c, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*c == b'\n');
            self.at += 1;
        }
        self.line
    }
}

fn names_columns(cell: &str) -> bool {
    let cell = cell
        .trim_matches(|c: char| !c.is_alphabetic())
        .to_lowercase();
    matches!(cell.as_str(), "record" | "handling" | "id" | "handlings-id")
}

fn decision(row: &csv::StringRecord) -> Result<HandDecision, String> {
    let cell = |at: usize| row.get(at).unwrap_or_default();
    if row.len() < 3 || row.len() > 4 {
        let cells = row.len();
        return Err(format!(
            "{cells} columns, and a line is RECORD;ROW;REASON, or RECORD;ROW;REASON;thread"
        ));
    }
    let thread = match cell(3).to_lowercase().as_str() {
        "" => false,
        "thread" | "tråd" | "ja" => true,
        _ => return Err(format!("column 4, {:?}, is not thread or empty", cell(3))),
    };
    Ok(HandDecision {
        record: cell(0).parse().map_err(|e| format!("{e}"))?,
        row: RowId::try_from(cell(1).to_owned())?,
        thread,
        reason: reason_of(cell(2)).map_err(|e| e.to_string())?,
    })
}

/// Why a record is what it is.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub facts: RecordFacts,
    pub classification: Option<Classification>,
    /// The version of the plan that decided, or else the one in force.
    pub plan: Option<(i64, Plan)>,
    pub decided: Option<Decided>,
    /// In the order of the plan.
    pub tried: Vec<Tried>,
    /// The row that its rules give today.
    pub by_rules: Option<RowId>,
    pub marks: Vec<RecordMark>,
    pub happened: Happened,
    pub medium: DayOf,
    pub archive: DayOf,
    pub held: Vec<HeldBy>,
}

/// One rule, and what it came to.
#[derive(Debug, Clone)]
pub struct Tried {
    pub rule: Rule,
    pub outcome: Outcome,
    /// What the rule demands, and whether it is met.
    pub demands: Vec<Demand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It fits, and is the first that does.
    Decides,
    /// It decided the record that this one is in the thread of.
    DecidesThread,
    FitsNot,
    /// One before it decided.
    NotAsked,
}

impl Explanation {
    /// The row that holds for the record.
    pub fn row(&self) -> Option<&PlanRow> {
        let row = &self.classification.as_ref()?.row;
        self.plan.as_ref()?.1.row(row)
    }
}

/// Explains what a record is, what becomes of it, and what holds it.
///
/// # Errors
/// When it is not in the catalog; those of the catalog.
pub fn explain_classification(
    archive: &Archive,
    record: RecordId,
    around: &Surroundings,
) -> Result<Explanation, Error> {
    let today = local_date((around.now)());
    let catalog = archive.catalog();
    if let Some(lock) = catalog.record_lock(record)? {
        let case = lock.case;
        return Err(crate::catalog::Error::RecordLocked { record, case }.into());
    }
    let facts = catalog.record_facts(record)?;
    let classification = catalog.classification(record)?;
    let plan = match &classification {
        Some(c) => Some((c.plan, catalog.plan(c.plan)?)),
        None => catalog
            .plan_on(&facts.committee, today)?
            .map(|in_force| (in_force.number, in_force.plan)),
    };
    let happened = catalog.happened(record)?;
    let (tried, by_rules) = match &plan {
        Some((number, plan)) => try_rules(plan, *number, &facts),
        None => (Vec::new(), None),
    };
    let row = match (&plan, &classification) {
        (Some((_, plan)), Some(c)) => plan.row(&c.row),
        _ => None,
    };
    let registered = happened.registered.is_some();
    Ok(Explanation {
        decided: plan.as_ref().map(|(_, plan)| plan.header.decided(today)),
        medium: row.map_or(DayOf::Never, |row| row.medium.day(&happened)),
        archive: row.map_or(DayOf::Never, |row| {
            row.copies.fate(registered).day(&happened)
        }),
        held: catalog.held_by(record, today)?,
        marks: catalog.marks(record)?,
        facts,
        classification,
        plan,
        tried,
        by_rules,
        happened,
    })
}

fn try_rules(plan: &Plan, number: i64, of: &RecordFacts) -> (Vec<Tried>, Option<RowId>) {
    let facts = Facts {
        kind: of.kind,
        visibility: of.visibility,
        own: of.own,
        title: of.title.as_deref(),
        text: &of.text,
        categories: &of.categories,
    };
    let thread = of.thread.as_ref().map(|(_, head)| {
        let same_plan = head.plan == number;
        let rule = head.rule.as_ref().filter(|_| same_plan);
        let place = rule.and_then(|rule| plan.rules.iter().position(|r| r.id == *rule));
        place.map_or(Thread::Decided, Thread::Rule)
    });
    let classifier = Classifier::new(plan);
    let account = of.account.as_str();
    let decides = classifier.of_account(account).decide(&facts, thread);
    let last = match (decides, thread) {
        (Some(Decides::Rule(at)), _) => Some(at),
        (Some(Decides::Thread), Some(Thread::Rule(at))) => Some(at),
        // A thread that was decided by hand asks no rule.
        (Some(Decides::Thread), _) => None,
        (None, _) => Some(usize::MAX),
    };
    let tried = plan.rules.iter().enumerate().map(|(at, rule)| {
        let outcome = match last {
            Some(last) if at < last => Outcome::FitsNot,
            Some(last) if at == last && decides == Some(Decides::Thread) => Outcome::DecidesThread,
            Some(last) if at == last => Outcome::Decides,
            _ => Outcome::NotAsked,
        };
        Tried {
            demands: match outcome {
                Outcome::NotAsked => Vec::new(),
                _ => demands(rule, account, &facts),
            },
            outcome,
            rule: rule.clone(),
        }
    });
    let row = match decides {
        Some(Decides::Rule(at)) => plan.rules.get(at).map(|rule| rule.row.clone()),
        Some(Decides::Thread) => of.thread.as_ref().map(|(_, head)| head.row.clone()),
        None => None,
    };
    (tried.collect(), row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "01997f3a-7f02-7c11-8d52-90cf3b2a6e01";
    const B: &str = "01997f3a-7f02-7c11-8d52-90cf3b2a6e02";

    fn faults(text: &[u8]) -> Vec<String> {
        match read_decisions(text) {
            Err(Error::Decisions { faults, .. }) => faults,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_read_as_excel_writes_it() {
        let utf8 =
            format!("\u{feff}record;row;reason\r\n{A};bevaras;efterfrågat\r\n\r\n{B};b;x;tråd\r\n");
        let (decisions, lines) = read_decisions(utf8.as_bytes()).unwrap();
        assert_eq!(lines, [2, 4]);
        assert_eq!(decisions[0].reason, "efterfrågat");
        assert!(!decisions[0].thread && decisions[1].thread);
        let excel = [A.as_bytes(), b";bevaras;efterfr\xe5gat"].concat();
        assert_eq!(read_decisions(&excel).unwrap().0[0].reason, "efterfrågat");
        let tabs = format!("{A}\tbevaras\tskäl, med komma; och mer");
        let read = read_decisions(tabs.as_bytes());
        // A semicolon in the first line is what parts it.
        assert!(read.is_err());
        let commas = format!("{A},bevaras,\"skäl, med komma\"");
        assert_eq!(
            read_decisions(commas.as_bytes()).unwrap().0[0].reason,
            "skäl, med komma"
        );
    }

    #[test]
    fn every_line_that_is_no_decision_is_told_with_its_number() {
        let text = format!(
            "{A};bevaras;skäl\n{A};bevaras;igen\nx;y;z\n{B};a b;z\n{B};a;\n{B};a\n{B};a;b;kanske\n"
        );
        let faults = faults(text.as_bytes());
        let wanted = [
            "line 2: record 01997f3a-7f02-7c11-8d52-90cf3b2a6e01 stands on line 1",
            "line 3: record id \"x\" is not a UUID",
            "line 4: id \"a b\" is not",
            "line 5: reason \"\": it is empty",
            "line 6: 2 columns",
            "line 7: column 4, \"kanske\"",
        ];
        assert_eq!(faults.len(), wanted.len(), "{faults:#?}");
        for (fault, wanted) in faults.iter().zip(wanted) {
            assert!(fault.starts_with(wanted), "{fault}");
        }
        assert_eq!(super::tests::faults(b"").len(), 1);
        assert_eq!(super::tests::faults(b"record;row;reason\n").len(), 1);
    }

    #[test]
    fn a_reason_is_said() {
        assert!(reason_of("  ").is_err());
        assert!(reason_of(&"x".repeat(1001)).is_err());
        assert!(reason_of("a\u{1b}[2J").is_err());
        assert_eq!(reason_of(" efterfrågat ").unwrap(), "efterfrågat");
    }
}
