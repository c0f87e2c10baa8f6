//! Credentials: their passwords and cookies can be read by the daemon alone, are good for a while yet, and are taken.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta};

use super::{Case, Check, shell};
use crate::browser::login;
use crate::calendar::local_date;
use crate::catalog::AccountState;
use crate::config::{Config, CredentialEntry, Error, System};
use crate::record::GapReason;
use crate::workflow::told;

/// A credential that ends within this is told: time for a new one.
const SOON: TimeDelta = TimeDelta::days(30);

/// Mode and length of each file that systemd hands over to the service. What is in them is not read.
pub(super) struct HandedOver {
    folder: PathBuf,
    /// None where this user may not look.
    files: Option<BTreeMap<String, (u32, u64)>>,
}

impl HandedOver {
    pub(super) fn look() -> Self {
        let folder = System::credentials();
        let files = match fs::read_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Some(BTreeMap::new()),
            Err(_) => None,
            Ok(entries) => Some(
                entries
                    .flatten()
                    .filter_map(|entry| {
                        let found = fs::metadata(entry.path()).ok()?;
                        let name = entry.file_name().into_string().ok()?;
                        Some((name, (found.mode() & 0o777, found.len())))
                    })
                    .collect(),
            ),
        };
        Self { folder, files }
    }
}

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("credentials");
    let Ok(config) = &case.config else {
        return check.not_looked_at("arkivd.toml does not read");
    };
    let mut unseen = 0;
    for (name, entry) in &config.credentials {
        if !secrets(&mut check, case, config, name, entry) {
            unseen += 1;
        }
        expiry(&mut check, case, name, entry);
        cookies(&mut check, case, config, name);
    }
    if let Ok(catalog) = &case.catalog
        && let Ok(accounts) = catalog.account_states()
    {
        for account in &accounts {
            taken(&mut check, config, account);
        }
    }
    let summary = match (config.credentials.len(), unseen) {
        (0, _) => "none is named".to_owned(),
        (n, 0) => format!("{n}, each readable"),
        (n, unseen) => format!(
            "{n}, {unseen} of them in {}, where root alone can look",
            case.handed_over.folder.display()
        ),
    };
    check.fine(summary)
}

/// Whether password and cookies are there for the daemon, and for nobody else. False when this user cannot tell.
fn secrets(
    check: &mut Check,
    case: &Case,
    config: &Config,
    name: &str,
    entry: &CredentialEntry,
) -> bool {
    // In a shell the service's files are looked at where systemd takes them from.
    let in_a_shell = std::env::var_os("CREDENTIALS_DIRECTORY").is_none();
    let password_elsewhere = in_a_shell && entry.user.is_some() && entry.password_file.is_none();
    let cookies_elsewhere = in_a_shell && entry.cookies_file.is_none();
    let mut error = config.entry(name, name).err();
    if error.is_none() && !password_elsewhere && (entry.user.is_some() || !cookies_elsewhere) {
        error = config.credential(name, name).err();
    }
    if error.is_none() && !cookies_elsewhere {
        error = config.cookies(name, name).err();
    }
    if let Some(error) = error {
        let start = format!("credential {name}: ");
        let text = told(&error);
        let hint = match &error {
            Error::SecretOpen { path, .. } => format!("chmod 600 {}", shell(path)),
            other => other.hint().unwrap_or_default(),
        };
        check.fault(
            format!("credential {name}"),
            text.strip_prefix(&start).unwrap_or(&text),
            hint,
        );
    }
    let mut seen = true;
    if password_elsewhere {
        seen &= handed_over(check, case, name, Kind::Password);
    }
    if cookies_elsewhere {
        let needed = entry.user.is_none();
        seen &= handed_over(check, case, name, Kind::Cookies { needed });
    }
    seen
}

/// What a file that systemd hands over holds.
#[derive(Clone, Copy)]
enum Kind {
    Password,
    /// Needed where the credential has no user.
    Cookies {
        needed: bool,
    },
}

/// The same of a file that systemd hands over to the service.
fn handed_over(check: &mut Check, case: &Case, name: &str, kind: Kind) -> bool {
    let Some(files) = &case.handed_over.files else {
        return false;
    };
    let object = format!("credential {name}");
    let file = match kind {
        Kind::Password => name.to_owned(),
        Kind::Cookies { .. } => format!("{name}.cookies"),
    };
    let path = case.handed_over.folder.join(&file);
    let what = match kind {
        Kind::Password => "the password in it, as its one line",
        Kind::Cookies { .. } => "the cookies of a browser that is logged in in it",
    };
    let put = format!(
        "put {what}: {}; then: systemctl restart arkivd",
        shell(&path)
    );
    match (files.get(&file), kind) {
        (None, Kind::Password) => check.fault(
            object,
            format!(
                "it has no password_file, and {} does not exist",
                path.display()
            ),
            put,
        ),
        (None, Kind::Cookies { needed: true }) => check.fault(
            object,
            format!(
                "it has neither a user nor a cookies_file, and {} does not exist",
                path.display()
            ),
            put,
        ),
        (None, Kind::Cookies { needed: false }) => {}
        (Some((_, 0)), _) => check.fault(object, format!("{} is empty", path.display()), put),
        (Some((mode, _)), _) if mode & 0o077 != 0 => check.fault(
            object,
            format!("{} can be read by others (mode {mode:03o})", path.display()),
            format!("chmod 600 {}", shell(&path)),
        ),
        (Some(_), _) => {}
    }
    true
}

fn expiry(check: &mut Check, case: &Case, name: &str, entry: &CredentialEntry) {
    let Some(expires) = entry.expires else {
        return;
    };
    let object = format!("credential {name}");
    let renew = format!(
        "make a new one on the platform, put it where the old one is, and write its last day as expires under [credential.{name}]"
    );
    let today = local_date(case.now);
    if expires < today {
        check.fault(object, format!("its last day was {expires}"), renew);
    } else if expires - today <= SOON {
        let days = (expires - today).num_days();
        let s = if days == 1 { "" } else { "s" };
        check.warning(
            object,
            format!("its last day is {expires}, in {days} day{s}"),
            renew,
        );
    }
}

/// Cookies that a page is looked at with: a browser sends none that has ended.
fn cookies(check: &mut Check, case: &Case, config: &Config, name: &str) {
    // What does not read is told above.
    let Ok(cookies) = config.cookies(name, name) else {
        return;
    };
    let day = |at| DateTime::from_timestamp(at, 0).map(local_date);
    let Some(ends) = login::ends(&cookies).and_then(day) else {
        return;
    };
    let object = format!("credential {name}");
    let renew = "log in with a browser again, and export its cookies anew: docs/handbok.md";
    let today = local_date(case.now);
    if ends < today {
        check.fault(
            object,
            format!("the last of its cookies ended {ends}"),
            renew,
        );
    } else if ends - today <= SOON {
        check.warning(
            object,
            format!("the last of its cookies ends {ends}"),
            renew,
        );
    }
}

/// What the account names exists, and the platform took it the last time.
fn taken(check: &mut Check, config: &Config, state: &AccountState) {
    let id = &state.account.id;
    let name = state.account.credential.as_ref();
    if let Some(name) = name
        && !config.credentials.contains_key(name)
    {
        check.fault(
            format!("account {id}"),
            format!("it names credential {name:?}, which arkivd.toml does not have"),
            format!("add [credential.{name}] to arkivd.toml, or: arkivd account edit {id} --credential \"\""),
        );
        return;
    }
    let Some(last) = &state.last_tried else {
        return;
    };
    let refused = match &last.error {
        // As platform::Error::Unauthorised tells it.
        Some(error) => ["answers 401", "answers 403"]
            .iter()
            .any(|words| error.contains(words)),
        // Without a credential a part that needs one is known to be missing.
        None => {
            let mut gaps = last.coverage.rows.iter().flat_map(|row| &row.missing);
            name.is_some() && gaps.any(|gap| gap.reason == GapReason::NeedsCredential)
        }
    };
    if !refused {
        return;
    }
    match name {
        Some(name) => check.fault(
            format!("account {id}"),
            format!("the platform did not take credential {name} at the last snapshot"),
            format!("make a new one on the platform and put it where the old one is, then: arkivd snapshot {id}"),
        ),
        None => check.fault(
            format!("account {id}"),
            "the platform wants a credential, and the account names none",
            format!("add [credential.NAME] to arkivd.toml, then: arkivd account edit {id} --credential NAME"),
        ),
    }
}
