//! veraPDF as a second gate, where the configuration demands it: a program beside us that is asked about each PDF.
//!
//! Asked as its documentation says (docs.verapdf.org, "CLI Validation"): `verapdf --flavour F --format xml FILE`, which
//! answers with a report of `validationReport` and `rule` elements.

use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use roxmltree::{Document, Node};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::pdfa::Level;

/// For one file at one level; veraPDF takes half a minute for the largest part on a slow machine.
const PATIENCE: Duration = Duration::from_secs(600);
/// For the end of its answer, once it has ended itself.
const GRACE: Duration = Duration::from_secs(5);
/// What is read of its answer.
const MAX_ANSWER: u64 = 64 << 20;
/// Rules that are told of one file; more say nothing new.
const MAX_RULES: usize = 100;

/// Where veraPDF is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondGate {
    program: PathBuf,
    patience: Duration,
}

/// Why veraPDF did not judge.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unjudged {
    #[error("{program} cannot be run: {source}")]
    Start {
        program: PathBuf,
        source: std::io::Error,
    },
    #[error("{program} gave no answer within {seconds} seconds")]
    Slow { program: PathBuf, seconds: u64 },
    #[error("{program} ended with {status}, without a judgement: {said}")]
    NoJudgement {
        program: PathBuf,
        status: ExitStatus,
        said: String,
    },
}

impl SecondGate {
    /// Without a program, `verapdf` on the PATH.
    pub fn new(program: Option<PathBuf>) -> Self {
        Self {
            program: program.unwrap_or_else(|| PathBuf::from("verapdf")),
            patience: PATIENCE,
        }
    }

    /// The rules that the file breaks at the level, with what they say; empty means that it conforms.
    pub(super) fn judge(&self, file: &Path, level: Level) -> Result<Vec<String>, Unjudged> {
        let start = |source| Unjudged::Start {
            program: self.program.clone(),
            source,
        };
        let mut child = Command::new(&self.program)
            .args(["--flavour", level.flavour(), "--format", "xml"])
            .args(["--maxfailuresdisplayed", "1"])
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // It is a script that starts Java: what it started ends with it.
            .process_group(0)
            .spawn()
            .map_err(start)?;
        let answer = child.stdout.take().map(|out| read(out, MAX_ANSWER));
        let complaint = child.stderr.take().map(|out| read(out, 4096));
        let ended = wait(&mut child, self.patience).map_err(start)?;
        let slow = || Unjudged::Slow {
            program: self.program.clone(),
            seconds: self.patience.as_secs(),
        };
        let status = ended.ok_or_else(slow)?;
        // What it left running may hold the answer's end open; what put itself apart is not waited for.
        let all = |said: Option<Receiver<String>>| match said {
            Some(said) => said.recv_timeout(GRACE).map_err(|_| slow()),
            None => Ok(String::new()),
        };
        let (answer, complaint) = (all(answer)?, all(complaint)?);
        verdict(&answer).ok_or_else(|| Unjudged::NoJudgement {
            program: self.program.clone(),
            status,
            said: reason(&answer, &complaint),
        })
    }
}

/// Reads to the end, so that the program is never held up, and keeps so many bytes.
fn read(mut from: impl Read + Send + 'static, most: u64) -> Receiver<String> {
    let (to, said) = sync_channel(1);
    thread::spawn(move || {
        let mut kept = Vec::new();
        // An answer that is cut off is none, and told as such.
        let _ = from.by_ref().take(most).read_to_end(&mut kept);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
        // No one may wait for it any more.
        let _ = to.send(String::from_utf8_lossy(&kept).into_owned());
    });
    said
}

/// None where it did not end in time. What it started ends with it.
fn wait(child: &mut Child, patience: Duration) -> std::io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        let ended = child.try_wait()?;
        if ended.is_none() && begun.elapsed() < patience {
            thread::sleep(Duration::from_millis(10));
            continue;
        }
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // All of it may have ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
        if ended.is_none() {
            child.wait()?;
        }
        return Ok(ended);
    }
}

/// The rules that fail; none where the report has no judgement.
fn verdict(report: &str) -> Option<Vec<String>> {
    let document = Document::parse(report).ok()?;
    let mut reports = document
        .descendants()
        .filter(|n| n.has_tag_name("validationReport"));
    let report = reports.next()?;
    match (report.attribute("isCompliant")?, reports.next()) {
        ("true", None) => Some(Vec::new()),
        ("false", None) => {
            let rules = report
                .descendants()
                .filter(|n| n.has_tag_name("rule") && n.attribute("status") == Some("failed"));
            let told: Vec<String> = rules.take(MAX_RULES).map(rule).collect();
            // It said no: that stands, even without a reason.
            Some(match told.is_empty() {
                true => vec!["does not conform, without a rule that says why".to_owned()],
                false => told,
            })
        }
        _ => None,
    }
}

/// `ISO 19005-1:2005:6.7.3:1: what the rule says`.
fn rule(rule: Node<'_, '_>) -> String {
    let word = |name| rule.attribute(name).unwrap_or("?");
    let says = rule
        .children()
        .find(|n| n.has_tag_name("description"))
        .and_then(|n| n.text())
        .unwrap_or_default();
    let (standard, clause, test) = (word("specification"), word("clause"), word("testNumber"));
    format!("{standard}:{clause}:{test}: {}", one_line(says))
}

/// What an answer without a judgement says: the report's exception, or the last words.
fn reason(answer: &str, complaint: &str) -> String {
    let exception = Document::parse(answer).ok().and_then(|document| {
        let told = document
            .descendants()
            .find(|n| n.has_tag_name("exceptionMessage"))?;
        told.text().map(one_line)
    });
    let last = |text: &str| {
        let lines = text.lines().rev();
        lines.map(one_line).find(|line| !line.is_empty())
    };
    let said = exception
        .or_else(|| last(complaint))
        .or_else(|| last(answer));
    said.unwrap_or_else(|| "it said nothing".to_owned())
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn report(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<report><jobs><job>{inner}</job></jobs></report>"
        )
    }

    #[test]
    fn a_report_is_read() {
        let good = report("<validationReport jobEndStatus=\"normal\" isCompliant=\"true\"/>");
        assert_eq!(verdict(&good), Some(vec![]));
        let bad = report(
            "<validationReport isCompliant=\"false\"><details failedRules=\"1\">\
             <rule specification=\"ISO 19005-1:2005\" clause=\"6.7.3\" testNumber=\"1\" status=\"failed\">\
             <description>Says\n this</description></rule>\
             <rule specification=\"ISO 19005-1:2005\" clause=\"6.1.2\" testNumber=\"1\" status=\"passed\"/>\
             </details></validationReport>",
        );
        let told = verdict(&bad).unwrap();
        assert_eq!(told, ["ISO 19005-1:2005:6.7.3:1: Says this"]);
        let bare = verdict(&report("<validationReport isCompliant=\"false\"/>"));
        assert_eq!(bare.map(|told| told.len()), Some(1));
        for none in [
            "",
            "<report/>",
            "no",
            "<report><validationReport/></report>",
        ] {
            assert_eq!(verdict(none), None);
        }
        let failed = report(
            "<taskException type=\"PARSE\"><exceptionMessage>cannot parse</exceptionMessage></taskException>",
        );
        assert_eq!(verdict(&failed), None);
        assert_eq!(reason(&failed, "x"), "cannot parse");
        assert_eq!(reason("", "a\nno Java\n"), "no Java");
    }

    fn script(folder: &Path, text: &str) -> SecondGate {
        let program = folder.join("verapdf");
        std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        SecondGate {
            program,
            patience: Duration::from_millis(300),
        }
    }

    #[test]
    fn no_judgement_is_told_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let told = |gate: SecondGate| {
            let judged = gate.judge(Path::new("/a.pdf"), Level::A1b);
            judged.unwrap_err().to_string()
        };
        let gate = SecondGate::new(Some(folder.path().join("none")));
        assert!(told(gate).contains("cannot be run"));
        let hangs = script(folder.path(), "sleep 600 & sleep 600");
        let begun = Instant::now();
        assert!(told(hangs).contains("gave no answer within"));
        assert!(begun.elapsed() < Duration::from_secs(60));
        let fails = told(script(folder.path(), "echo no Java >&2; exit 7"));
        assert!(fails.contains("no Java"), "{fails}");
    }

    #[test]
    fn what_it_leaves_running_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut gate = script(
            folder.path(),
            "sleep 600 & echo '<r><validationReport isCompliant=\"true\"/></r>'",
        );
        gate.patience = Duration::from_secs(60);
        let begun = Instant::now();
        let judged = gate.judge(Path::new("/a.pdf"), Level::A1b);
        assert_eq!(judged.unwrap(), Vec::<String>::new());
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_long_answer_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut gate = script(
            folder.path(),
            "yes '<!-- word -->' | head -c 400000 | sed '$d'; echo '<r><validationReport isCompliant=\"true\"/></r>'",
        );
        gate.patience = Duration::from_secs(60);
        let judged = gate.judge(Path::new("/a.pdf"), Level::Ua1);
        assert_eq!(judged.unwrap(), Vec::<String>::new());
    }
}
