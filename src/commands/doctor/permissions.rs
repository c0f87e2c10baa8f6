//! Permissions: who can read and change the archive's files.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Case, Check, shell};

/// Users below this number are accounts of services (login.defs(5), UID_MIN).
const FIRST_PERSON: u32 = 1000;

/// Write bits of the group and of others.
const WRITE: u32 = 0o022;

/// What lies in the archive's folder, but for what is judged by itself.
const HELD: [&str; 8] = [
    "catalog.sqlite",
    "catalog.sqlite-wal",
    "store",
    "staging",
    "quarantine",
    "ledger",
    "schedules",
    "policy.toml",
];

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("permissions");
    let folder = &case.dir;
    // In a folder that is closed to others, what it holds is too, whatever its own mode says.
    let mut bits = 0o020;
    if let Ok(found) = fs::metadata(folder) {
        closed_to(&mut check, case, folder, &found, 0o027, "o-rwx,g-w");
        if found.mode() & 0o007 != 0 {
            bits = 0o027;
        }
    }
    owned(&mut check, case);
    for name in HELD {
        let path = folder.join(name);
        if let Ok(found) = fs::symlink_metadata(&path) {
            // The catalog holds all text, and is copied with its mode.
            let bits = if name.starts_with("catalog") {
                0o027
            } else {
                bits
            };
            closed_to(&mut check, case, &path, &found, bits, "o-rwx,g-w");
        }
    }
    keys(&mut check, case);
    configuration(&mut check, case);
    check.fine(format!(
        "the archive is for {} and its group, its keys for {0} alone",
        case.owner_name()
    ))
}

/// A fault when one of the bits is set for people who should not have it.
fn closed_to(
    check: &mut Check,
    case: &Case,
    path: &Path,
    found: &Metadata,
    bits: u32,
    change: &str,
) {
    let mode = found.mode() & 0o7777;
    let open = mode & bits;
    if open == 0 || found.is_symlink() {
        return;
    }
    let object = match path == case.dir {
        true => "the archive's folder".to_owned(),
        false => case.name(path),
    };
    let who = match open & 0o007 {
        0 => "its group",
        _ => "every user of the machine",
    };
    let may = match (open & 0o055, open & WRITE) {
        (0, _) => "change",
        (_, 0) => "read",
        _ => "read and change",
    };
    check.fault(
        object,
        format!("mode {mode:03o}: {who} may {may} it"),
        format!("chmod {change} {}", shell(path)),
    );
}

/// What belongs to another user cannot be written by the daemon, or can be by someone else.
fn owned(check: &mut Check, case: &Case) {
    let entries = |dir: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut all = entries(&case.dir);
    all.extend(entries(&case.dir.join("keys")));
    all.sort();
    for path in &all {
        let Ok(found) = fs::symlink_metadata(path) else {
            continue;
        };
        // What people write may be root's to write: whether the daemon can read it is told with the configuration. A
        // disk of its own has a lost+found. arkivd.toml is judged by itself.
        let name = case.name(path);
        let of_root = ["policy.toml", "schedules", "plans", "lost+found"];
        let right = found.uid() == case.owner
            || (found.uid() == 0 && of_root.contains(&name.as_str()))
            || name == "arkivd.toml";
        if !right {
            let owner = case.owner_name();
            check.fault(
                case.name(path),
                format!(
                    "it belongs to user {}, and the archive to {owner}",
                    found.uid()
                ),
                format!("chown -R {owner}: {}", shell(path)),
            );
        }
    }
}

fn keys(check: &mut Check, case: &Case) {
    let folder = case.dir.join("keys");
    if let Ok(found) = fs::metadata(&folder) {
        closed_to(check, case, &folder, &found, 0o077, "700");
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if let Ok(found) = fs::symlink_metadata(&path) {
            closed_to(check, case, &path, &found, 0o077, "600");
        }
    }
}

/// Roles stand in arkivd.toml: who can write it can give themselves any (design 8.6).
fn configuration(check: &mut Check, case: &Case) {
    let path = case.paths.configuration();
    let Ok(found) = fs::metadata(&path) else {
        return;
    };
    // When it cannot be parsed, its words still tell.
    let persons = match &case.config {
        Ok(config) => !config.persons.is_empty(),
        Err(_) => fs::read_to_string(&path).is_ok_and(|text| {
            text.lines()
                .any(|line| line.trim_start().starts_with("[[person]]"))
        }),
    };
    closed_to(check, case, &path, &found, WRITE | 0o007, "o-rwx,g-w");
    let service = case.owner != 0 && case.owner < FIRST_PERSON;
    let owner = case.owner_name();
    let group = uzers::get_group_by_gid(found.gid())
        .and_then(|group| group.name().to_str().map(str::to_owned))
        .unwrap_or_else(|| found.gid().to_string());
    if persons && service && found.uid() != 0 {
        check.fault(
            "arkivd.toml",
            format!(
                "it holds [[person]] and belongs to user {}: only root may say who has which role",
                found.uid()
            ),
            format!(
                "chown root:{group} {path} && chmod 640 {path}",
                path = shell(&path)
            ),
        );
    } else if found.uid() != 0 && found.uid() != case.owner {
        check.fault(
            "arkivd.toml",
            format!(
                "it belongs to user {}: only root or {owner} may write it",
                found.uid()
            ),
            format!("chown {owner}: {}", shell(&path)),
        );
    }
}
