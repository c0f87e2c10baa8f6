//! Timetable: the schedules of an archive's files, and how far each account has come in them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::due::{Due, Pair, Plan, Standing, plan};
use super::{Archive, Error, Paths, io_error};
use crate::catalog::{self, Boost, Catalog, ScheduleChange, TimetableRow};
use crate::policy::{Accounts, Schedule, Schedules, Task};
use crate::record::{Account, AccountId, Platform};

/// The schedules of `ARCHIVE/schedules/*.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    schedules: Vec<Schedule>,
}

/// Each account of each schedule that can be taken, as the catalog knows them.
#[derive(Debug)]
pub struct Standings<'t> {
    timetable: &'t Timetable,
    pub accounts: Vec<Account>,
    /// By schedule in the order of the files, then by account.
    pub pairs: Vec<Pair<'t>>,
    /// When the last capture of a pair was finished.
    pub done: HashMap<(&'t str, AccountId), DateTime<Utc>>,
    /// Accounts that a schedule names and the register does not have.
    pub unknown: Vec<(&'t str, AccountId)>,
    /// Accounts that a schedule names and that have nothing for it to take.
    pub unfit: Vec<(&'t str, AccountId)>,
    /// Pairs that have no row yet.
    new: Vec<(&'t str, AccountId, DateTime<Utc>)>,
}

/// What a look is due by where no schedule watches the account.
const BOOST: &str = "boost";

/// True for what an account of the platform has: records by an interface, a page to look at.
pub fn fits(what: Task, platform: Platform) -> bool {
    match what {
        Task::Page => platform.has_page(),
        Task::Snapshot | Task::Watch => platform.has_records(),
    }
}

impl Timetable {
    /// The schedule files of an archive, by name.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub fn files(paths: &Paths) -> Result<Vec<PathBuf>, Error> {
        let folder = paths.schedules();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io_error(folder)(e)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(io_error(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // An editor's own files beside them are hidden, or end in something else.
            if !name.starts_with('.') && path.extension().is_some_and(|e| e == "toml") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Reads the schedule files of an archive.
    ///
    /// # Errors
    /// When a file cannot be read, and the file, line, column and key of what is wrong in one.
    pub fn load(paths: &Paths) -> Result<Self, Error> {
        let texts = Self::files(paths)?.into_iter().map(|path| {
            let text = fs::read_to_string(&path).map_err(io_error(&path))?;
            Ok((path.display().to_string(), text))
        });
        let texts = texts.collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            schedules: Schedules::parse_all(texts)?.schedules,
        })
    }

    /// All schedules, in the order of the files.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The schedule of that id.
    ///
    /// # Errors
    /// [`Error::NoSchedule`].
    pub fn schedule(&self, id: &str) -> Result<&Schedule, Error> {
        let schedule = self.schedules.iter().find(|s| s.id.as_str() == id);
        schedule.ok_or_else(|| Error::NoSchedule(id.to_owned()))
    }

    /// Takes the schedules over into the catalog, with an event for each that is new, changed or gone.
    ///
    /// # Errors
    /// When the catalog cannot be written.
    pub fn keep(
        &self,
        archive: &Archive,
        now: DateTime<Utc>,
    ) -> Result<Vec<ScheduleChange>, Error> {
        let current: Vec<(&str, &str)> = self
            .schedules
            .iter()
            .map(|s| (s.id.as_str(), s.cron.as_str()))
            .collect();
        Ok(archive.catalog().keep_schedules(&current, now)?)
    }

    /// Each account of each schedule, as the catalog knows them.
    ///
    /// A pair without a row counts from the later of when the schedule was first seen and when the account was
    /// registered; a schedule that is not kept yet, or kept with another cron line, counts from `now`.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub fn standings(&self, catalog: &Catalog, now: DateTime<Utc>) -> Result<Standings<'_>, Error> {
        let kept = catalog.schedules()?;
        let mut rows: HashMap<(String, AccountId), TimetableRow> = catalog
            .timetable()?
            .into_iter()
            .map(|row| ((row.schedule.clone(), row.account.clone()), row))
            .collect();
        let registered = catalog.registered_accounts()?;
        let closed = catalog.closed_accounts()?;
        let known: HashSet<&AccountId> = registered.iter().map(|(a, _)| &a.id).collect();
        let mut out = Standings {
            timetable: self,
            accounts: Vec::new(),
            pairs: Vec::new(),
            done: HashMap::new(),
            unknown: Vec::new(),
            unfit: Vec::new(),
            new: Vec::new(),
        };
        for schedule in &self.schedules {
            let id = schedule.id.as_str();
            let same = kept
                .iter()
                .find(|k| k.id == id && k.cron == schedule.cron.as_str());
            if let Accounts::These(named) = &schedule.accounts {
                let unknown = named.iter().filter(|a| !known.contains(*a));
                out.unknown.extend(unknown.map(|a| (id, a.clone())));
                let open = registered.iter().map(|(account, _)| account);
                let unfit = open.filter(|a| {
                    !closed.contains_key(&a.id)
                        && named.contains(&a.id)
                        && !fits(schedule.what, a.platform)
                });
                out.unfit.extend(unfit.map(|a| (id, a.id.clone())));
            }
            for (account, added) in &registered {
                let id_of = &account.id;
                if closed.contains_key(id_of)
                    || !schedule.accounts.has(id_of)
                    || !fits(schedule.what, account.platform)
                {
                    continue;
                }
                let row = rows.remove(&(id.to_owned(), account.id.clone()));
                let done = row.as_ref().and_then(|r| r.done);
                out.done
                    .extend(done.map(|at| ((id, account.id.clone()), at)));
                let standing = match (row, same) {
                    (Some(row), Some(_)) => Standing {
                        counted_from: row.counted_from,
                        open: row.open,
                    },
                    (_, None) => Standing {
                        counted_from: now,
                        open: None,
                    },
                    (None, Some(kept)) => {
                        let counted_from = kept.since.max(*added);
                        out.new.push((id, account.id.clone(), counted_from));
                        Standing {
                            counted_from,
                            open: None,
                        }
                    }
                };
                out.pairs.push(Pair {
                    schedule,
                    account: account.id.clone(),
                    standing,
                });
            }
        }
        let open = registered.into_iter().map(|(a, _)| a);
        out.accounts = open.filter(|a| !closed.contains_key(&a.id)).collect();
        Ok(out)
    }
}

impl Standings<'_> {
    /// Makes the rows that are missing. Without them nothing is lost: a capture makes its own.
    ///
    /// # Errors
    /// When the catalog cannot be written.
    pub fn enter(&self, catalog: &mut Catalog) -> Result<(), catalog::Error> {
        if self.new.is_empty() {
            return Ok(());
        }
        let new: Vec<_> = self.new.iter().map(|(s, a, from)| (*s, a, *from)).collect();
        catalog.enter(&new)
    }

    /// Adds the looks that are due by the accounts' own pace: of accounts that a schedule watches, or a boost.
    pub fn add_looks(
        &self,
        plan: &mut Plan,
        looks: &[(AccountId, DateTime<Utc>)],
        boosts: &[Boost],
        now: DateTime<Utc>,
    ) {
        let watched: HashMap<&AccountId, &str> = self
            .pairs
            .iter()
            .filter(|p| p.schedule.what == Task::Watch)
            .map(|p| (&p.account, p.schedule.id.as_str()))
            .collect();
        let readable = |id: &AccountId| {
            self.accounts
                .iter()
                .any(|a| a.id == *id && fits(Task::Watch, a.platform))
        };
        for (account, at) in looks {
            let schedule = match watched.get(account) {
                Some(schedule) => *schedule,
                None if boosts.iter().any(|b| b.account == *account) && readable(account) => BOOST,
                None => continue,
            };
            let comes = |d: &Due| {
                d.account == *account && watched.get(account) == Some(&d.schedule.as_str())
            };
            if *at > now {
                plan.look_at(Some(*at));
            } else if !plan.due.iter().any(comes) {
                plan.due.push(Due {
                    tick: *at,
                    account: account.clone(),
                    schedule: schedule.to_owned(),
                    missed: 0,
                    attempt: 1,
                    look: true,
                });
            }
        }
        plan.due.sort();
    }

    /// What is due at `now`, and when to look again: at the latest when a schedule ticks, which may have new accounts
    /// by then.
    pub fn plan(&self, now: DateTime<Utc>) -> Plan {
        let mut plan = plan(&self.pairs, now);
        for schedule in &self.timetable.schedules {
            plan.look_at(schedule.cron.after(now));
        }
        plan
    }
}
