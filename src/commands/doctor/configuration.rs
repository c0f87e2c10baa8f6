//! Configuration: every file reads, and names what exists.

use std::fs;
use std::path::Path;

use super::{Case, Check};
use crate::config::{self, System};
use crate::platform::Client;
use crate::policy::{self, Policy, Schedules};
use crate::workflow::{Timetable, told};

const KEYS: &str = "the keys that are known stand, each with its meaning, in docs/handbok.md";

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("configuration");
    if let Err(error) = &case.system {
        let path = System::path();
        refused(&mut check, case, &path, error);
    }
    match &case.config {
        Err(error) => refused(&mut check, case, &case.paths.configuration(), error),
        Ok(config) => {
            if let Err(error) = Client::new(&config.network) {
                let hint = error.hint().unwrap_or_else(|| KEYS.to_owned());
                check.fault("arkivd.toml [network]", told(&error), hint);
            }
            for person in &config.persons {
                let user = &person.user;
                let known = user.parse::<u32>().is_ok() || uzers::get_user_by_name(user).is_some();
                if !known {
                    check.fault(
                        format!("arkivd.toml [[person]] {user:?}"),
                        "the system knows no user of that name, so nobody has these roles",
                        format!("correct user in arkivd.toml, or add the user to the system; see: getent passwd {user}"),
                    );
                }
            }
        }
    }
    let policy = case.paths.policy();
    match fs::read_to_string(&policy) {
        Err(error) => check.fault(
            "policy.toml",
            format!("it cannot be read: {error}"),
            "put it back from a backup, or from the profile in archive-schema/profiles/",
        ),
        Ok(text) => {
            if let Err(error) = Policy::parse(&text, "policy.toml") {
                malformed(&mut check, &error);
            }
        }
    }
    let schedules = schedules(&mut check, case);
    let s = if schedules == 1 { "" } else { "s" };
    check.fine(format!(
        "arkivd.toml, policy.toml and {schedules} schedule file{s}"
    ))
}

fn refused(check: &mut Check, case: &Case, path: &Path, error: &config::Error) {
    let name = case.name(path);
    let hint = error.hint();
    let (object, problem) = match error {
        config::Error::Parse {
            line,
            column,
            problem,
            ..
        } => (format!("{name}:{line}:{column}"), problem.clone()),
        config::Error::Read { source, .. } => (name, format!("it cannot be read: {source}")),
        other => (name, told(other)),
    };
    let hint = hint.unwrap_or_else(|| {
        "make it readable for the archive's owner, or put it back from a backup".to_owned()
    });
    check.fault(object, problem, hint);
}

/// Every file by itself, so that all that is wrong is told at once; then all of them, for ids that stand in two.
fn schedules(check: &mut Check, case: &Case) -> usize {
    let files = match Timetable::files(&case.paths) {
        Ok(files) => files,
        Err(error) => {
            check.fault(
                "schedules",
                told(&error),
                "make the folder readable for the archive's owner",
            );
            return 0;
        }
    };
    let mut texts = Vec::new();
    let before = check.findings.len();
    for path in &files {
        let name = case.name(path);
        match fs::read_to_string(path) {
            Err(error) => check.fault(
                name,
                format!("it cannot be read: {error}"),
                "make it readable for the archive's owner, in UTF-8",
            ),
            Ok(text) => match Schedules::parse(&text, &name) {
                Err(error) => malformed(check, &error),
                Ok(_) => texts.push((name, text)),
            },
        }
    }
    if check.findings.len() == before
        && let Err(error) = Schedules::parse_all(texts)
    {
        malformed(check, &error);
    }
    files.len()
}

/// An error of a file that begins with its place: `schedules/tibro.toml:4:8: what is wrong`.
fn malformed(check: &mut Check, error: &policy::Error) {
    let text = error.to_string();
    let (object, problem) = text.split_once(": ").unwrap_or(("policy.toml", &text));
    check.fault(
        object,
        problem,
        "correct the line, then: systemctl reload arkivd; until then the daemon goes by what it read last",
    );
}
