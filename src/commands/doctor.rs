//! `arkivd doctor`: whether all that the archive rests on is as it must be, and what to do where it is not.
//!
//! Each subject is looked at by itself, so that what is broken in one does not hide another. Nothing is changed, and
//! nothing that is printed is a secret.

mod browser;
mod catalog;
mod clock;
mod configuration;
mod credentials;
mod disk;
mod folder;
mod fonts;
mod ledger;
mod leftovers;
mod permissions;
mod program;
mod search;
mod timetable;
mod verapdf;
mod writer;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line};
use super::{Error, owner};
use crate::catalog::{Catalog, Error as CatalogError};
use crate::config::{self, Config, System};
use crate::workflow::{self, Paths, Timetable};
use credentials::HandedOver;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// It will be a fault.
    Warning,
    /// Something does not work, or is not protected.
    Fault,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One thing that a person should mend.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    severity: Severity,
    /// The file, account or credential it is about.
    object: String,
    /// What is wrong with it, with its value.
    problem: String,
    /// The command, or the file and key to change.
    hint: String,
}

/// What was found of one subject.
#[derive(Debug)]
struct Check {
    subject: &'static str,
    /// What is fine; where it could not be looked at, why.
    summary: String,
    looked: bool,
    findings: Vec<Finding>,
}

impl Check {
    fn new(subject: &'static str) -> Self {
        Self {
            subject,
            summary: String::new(),
            looked: true,
            findings: Vec::new(),
        }
    }

    /// What is said when there are no findings.
    fn fine(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// A subject that cannot be looked at because of what another one tells.
    fn not_looked_at(mut self, why: impl Into<String>) -> Self {
        self.looked = false;
        self.fine(why)
    }

    fn fault(
        &mut self,
        object: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Fault, object, problem, hint);
    }

    fn warning(
        &mut self,
        object: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Warning, object, problem, hint);
    }

    fn add(
        &mut self,
        severity: Severity,
        object: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.findings.push(Finding {
            severity,
            object: object.into(),
            problem: problem.into(),
            hint: hint.into(),
        });
    }

    fn state(&self) -> &'static str {
        match self.findings.iter().map(|f| f.severity).max() {
            Some(severity) => severity.as_str(),
            None if self.looked => "ok",
            None => "not looked at",
        }
    }

    fn as_json(&self) -> Value {
        let findings = self.findings.iter().map(|f| {
            json!({ "severity": f.severity.as_str(), "object": f.object, "problem": f.problem, "hint": f.hint })
        });
        json!({
            "subject": self.subject,
            "state": self.state(),
            "summary": self.summary,
            "findings": findings.collect::<Vec<_>>(),
        })
    }

    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let summary = one_line(&self.summary);
        let head = match self.state() {
            "ok" => format!("ok, {summary}"),
            "not looked at" => format!("not looked at: {summary}"),
            _ => counted(std::slice::from_ref(self)),
        };
        writeln!(out, "{:<15}{head}", self.subject)?;
        for f in &self.findings {
            let (severity, object) = (f.severity.as_str(), one_line(&f.object));
            writeln!(out, "  {severity:<9}{object}: {}", one_line(&f.problem))?;
            writeln!(out, "           hint: {}", one_line(&f.hint))?;
        }
        Ok(())
    }
}

/// `1 fault, 2 warnings`.
fn counted(checks: &[Check]) -> String {
    let count = |severity| {
        let all = checks.iter().flat_map(|check| &check.findings);
        all.filter(|f| f.severity == severity).count()
    };
    let words = [Severity::Fault, Severity::Warning]
        .into_iter()
        .map(|severity| (count(severity), severity.as_str()))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if n == 1 { "" } else { "s" }));
    words.collect::<Vec<_>>().join(", ")
}

/// What the checks look at.
struct Case {
    dir: PathBuf,
    paths: Paths,
    /// The user that the archive belongs to.
    owner: u32,
    now: DateTime<Utc>,
    system: Result<System, config::Error>,
    config: Result<Config, config::Error>,
    timetable: Result<Timetable, workflow::Error>,
    catalog: Result<Catalog, CatalogError>,
    handed_over: HandedOver,
}

impl Case {
    fn open(dir: PathBuf, system: Result<System, config::Error>) -> Result<Self, Error> {
        let paths = Paths::new(&dir);
        let owner = match fs::metadata(&dir) {
            Ok(found) if paths.configuration().exists() || paths.catalog().exists() => found.uid(),
            Ok(_) if !owner::may_read(&dir) => return Err(Error::NotForEveryone("doctor")),
            _ => return Err(workflow::Error::NotAnArchive(dir).into()),
        };
        if !owner::may_read(&dir) {
            return Err(Error::NotForEveryone("doctor"));
        }
        // Root alone reads these; all else is looked at as the daemon sees it.
        let handed_over = HandedOver::look();
        owner::step_down(&dir)?;
        Ok(Self {
            owner,
            now: Utc::now(),
            system,
            config: Config::load(&dir),
            timetable: Timetable::load(&paths),
            catalog: Catalog::open_still(&paths.catalog()),
            handed_over,
            paths,
            dir,
        })
    }

    /// The path as people say it: without the archive's folder.
    fn name(&self, path: &Path) -> String {
        let inner = path.strip_prefix(&self.dir);
        inner.unwrap_or(path).display().to_string()
    }

    /// The account of the operating system that the archive belongs to.
    fn owner_name(&self) -> String {
        uzers::get_user_by_uid(self.owner)
            .and_then(|user| user.name().to_str().map(str::to_owned))
            .unwrap_or_else(|| self.owner.to_string())
    }
}

/// The path as a shell takes it.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

pub(super) fn run(archive: Option<&Path>, output: &Output) -> Result<Exit, Error> {
    let system = System::load();
    let named = system.as_ref().ok().and_then(|s| s.archive.clone());
    let dir = match (archive.map(Path::to_owned).or(named), &system) {
        (Some(dir), _) => dir,
        (None, Err(_)) => {
            system?;
            return Err(Error::NoArchive);
        }
        (None, Ok(_)) => return Err(Error::NoArchive),
    };
    let case = Case::open(std::path::absolute(&dir).unwrap_or(dir), system)?;
    let checks = [
        configuration::look(&case),
        permissions::look(&case),
        writer::look(&case),
        timetable::look(&case),
        credentials::look(&case),
        clock::look(&case),
        disk::look(&case),
        leftovers::look(&case),
        catalog::look(&case),
        search::look(&case),
        ledger::look(&case),
        browser::look(&case),
        fonts::look(),
        verapdf::look(&case),
    ];
    let checks: Vec<Check> = checks.into_iter().chain(folder::look(&case)).collect();
    report(&case, &checks, output)?;
    let clean = checks.iter().all(|check| check.findings.is_empty());
    Ok(if clean { Exit::Done } else { Exit::Attention })
}

fn report(case: &Case, checks: &[Check], output: &Output) -> io::Result<()> {
    let data = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "archive": case.dir.display().to_string(),
        "checks": checks.iter().map(Check::as_json).collect::<Vec<_>>(),
    });
    output.report(&data, &[], |out| {
        let of = case.config.as_ref().map(|c| c.organisation.as_str());
        writeln!(
            out,
            "arkivd {}, {}{}\n",
            env!("CARGO_PKG_VERSION"),
            of.map(|of| format!("{}, ", one_line(of)))
                .unwrap_or_default(),
            one_line(&case.dir.display().to_string())
        )?;
        for check in checks {
            check.write(out)?;
        }
        match counted(checks).as_str() {
            "" => writeln!(out, "\nnothing needs a person"),
            found => writeln!(out, "\n{found}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_into_a_shell_as_one_word() {
        assert_eq!(
            shell(Path::new("/srv/arkiv/å-1.toml")),
            "/srv/arkiv/å-1.toml"
        );
        assert_eq!(shell(Path::new("/a b/it's")), "'/a b/it'\\''s'");
        assert_eq!(shell(Path::new("/a;rm")), "'/a;rm'");
    }

    #[test]
    fn a_check_is_as_bad_as_its_worst_finding() {
        let mut check = Check::new("disk").fine("fine");
        assert_eq!(check.state(), "ok");
        check.warning("a", "b", "c");
        assert_eq!(check.state(), "warning");
        check.fault("a", "b", "c");
        check.warning("a", "b", "c");
        assert_eq!(check.state(), "fault");
        assert_eq!(counted(&[check]), "1 fault, 2 warnings");
        let other = Check::new("clock").not_looked_at("why");
        assert_eq!(other.state(), "not looked at");
    }
}
