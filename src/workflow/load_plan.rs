//! Loading a committee's plan: checked, copied into plans/, kept as a version. What was decided under older versions
//! stays with them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{Archive, Error, Surroundings, io_error};
use crate::calendar::local_date;
use crate::catalog::{Catalog, NewPlan};
use crate::policy::{Policy, Profile};
use crate::record::Digest;
use crate::retention::{Decided, Fault, Faults, Plan, PlanFile, Position, Weight};
use crate::store::sync_dir;

/// A plan's file that was judged.
#[derive(Debug)]
pub struct JudgedPlan {
    pub plan: Plan,
    /// By line.
    pub faults: Vec<Fault>,
}

/// What an archive knows that a plan may name.
#[derive(Debug)]
pub struct Names {
    pub organisation: String,
    /// Ids of accounts, with their committees.
    pub accounts: Vec<(String, String)>,
    /// Of forbidden content: the policy's and the law's.
    pub categories: Vec<String>,
}

/// That a plan was loaded.
#[derive(Debug)]
pub struct LoadedNow {
    pub number: i64,
    /// False: the same bytes were loaded before, and nothing was done.
    pub new: bool,
    pub committee: String,
    /// Where the archive's copy stands.
    pub copy: PathBuf,
    pub plan: Plan,
    pub decided: Decided,
    /// Warnings and notes.
    pub faults: Vec<Fault>,
}

impl Names {
    /// # Errors
    /// Those of the catalog.
    pub fn of(catalog: &Catalog, policy: &Policy, organisation: &str) -> Result<Self, Error> {
        let accounts = catalog.accounts()?.into_iter();
        let law = Profile::statutory_categories()?;
        let categories = policy.removal_category.iter().chain(&law);
        let mut categories: Vec<String> = categories.map(|c| c.id.to_string()).collect();
        categories.sort();
        categories.dedup();
        Ok(Self {
            organisation: organisation.to_owned(),
            accounts: accounts.map(|a| (a.id.to_string(), a.committee)).collect(),
            categories,
        })
    }
}

/// Reads and judges a plan; with what the archive knows, where there is one. `committee` is whose plan it is to be, where
/// that is said beside the file.
///
/// # Errors
/// All faults of a file that cannot be read as a plan.
pub fn judge_plan(
    text: &str,
    file: &str,
    committee: Option<&str>,
    names: Option<&Names>,
    around: &Surroundings,
) -> Result<JudgedPlan, Faults> {
    let read = PlanFile::parse(text, file)?;
    let mut faults = read.check(local_date((around.now)()));
    let header = &read.plan.header;
    let ours = header.committee.as_deref().or(committee);
    let warning = |key: &str, problem: String| Fault {
        weight: Weight::Warning,
        at: read.place_of(".plan", key),
        key: format!("plan.{key}"),
        problem,
    };
    if let (Some(said), Some(asked)) = (header.committee.as_deref(), committee)
        && said != asked
    {
        let problem = format!("the plan is {said:?}'s, and is to be loaded as {asked:?}'s");
        faults.push(Fault {
            weight: Weight::Error,
            ..warning("committee", problem)
        });
    }
    if let Some(names) = names {
        faults.extend(read.check_names(&names.accounts, &names.categories, ours));
        if let Some(municipality) = &header.municipality
            && *municipality != names.organisation
        {
            let ours = &names.organisation;
            let problem = format!("the plan is of {municipality:?}, and the archive of {ours:?}");
            faults.push(warning("municipality", problem));
        }
        let mut committees: Vec<&str> = names.accounts.iter().map(|(_, c)| c.as_str()).collect();
        committees.sort_unstable();
        committees.dedup();
        if let Some(ours) = ours
            && !committees.is_empty()
            && !committees.contains(&ours)
        {
            let problem = format!(
                "no account is of committee {ours:?}: there are {}",
                committees.join(", ")
            );
            faults.push(warning("committee", problem));
        }
    }
    faults.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    Ok(JudgedPlan {
        plan: read.plan,
        faults,
    })
}

/// The committee that a plan is loaded for.
///
/// # Errors
/// [`Error::Plan`] when neither the plan nor `committee` names one.
pub fn committee_of(plan: &Plan, file: &str, committee: Option<&str>) -> Result<String, Error> {
    let committee = plan.header.committee.as_deref().or(committee);
    committee.map(str::to_owned).ok_or_else(|| {
        Error::Plan(Faults {
            file: file.to_owned(),
            all: vec![Fault {
                weight: Weight::Error,
                at: Position { line: 1, column: 1 },
                key: "plan.committee".to_owned(),
                problem: "no committee stands in the plan, and none is given".to_owned(),
            }],
        })
    })
}

/// Loads a plan for a committee. A draft, without a decision, classifies and destroys nothing.
///
/// # Errors
/// [`Error::Plan`] with all faults when one of them is an error; those of the disk and the catalog.
pub fn load_plan(
    archive: &Archive,
    text: &str,
    file: &str,
    committee: Option<&str>,
    names: &Names,
    around: &Surroundings,
) -> Result<LoadedNow, Error> {
    let JudgedPlan { plan, faults } =
        judge_plan(text, file, committee, Some(names), around).map_err(Error::Plan)?;
    if faults.iter().any(|fault| fault.weight == Weight::Error) {
        return Err(Error::Plan(Faults {
            file: file.to_owned(),
            all: faults,
        }));
    }
    let committee = committee_of(&plan, file, committee)?;
    let now = (around.now)();
    let digest = Digest::of(text.as_bytes());
    let folder = archive.paths().archive().join("plans");
    let name = copy_name(&committee, &digest);
    let mut catalog = archive.catalog();
    keep_copy(&folder, &name, text)?;
    let (number, new) = catalog.add_plan(&NewPlan {
        committee: &committee,
        plan: &plan,
        text,
        copy: &name,
        at: now,
        actor: &around.actor,
    })?;
    Ok(LoadedNow {
        number,
        new,
        committee,
        copy: folder.join(name),
        decided: plan.header.decided(local_date(now)),
        plan,
        faults,
    })
}

/// `kommunstyrelsen-1f2e3d4c5b6a7988.toml`: the same for the same bytes, so that a crash before the row leaves nothing odd.
fn copy_name(committee: &str, digest: &Digest) -> String {
    let lower = committee.to_lowercase();
    let plain = lower.chars().map(|c| match c {
        'å' | 'ä' => 'a',
        'ö' => 'o',
        'é' => 'e',
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    });
    let plain: String = plain.take(60).collect();
    let digest: String = digest.to_string().chars().take(16).collect();
    format!("{}-{digest}.toml", plain.trim_matches('-'))
}

/// Writes the copy whole, or finds it there.
fn keep_copy(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    let path = folder.join(name);
    if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let building = folder.join(format!(".{name}"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(&building)
        .map_err(io_error(&building))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io_error(&building))?;
    fs::rename(&building, &path).map_err(io_error(&path))?;
    Ok(sync_dir(folder)?)
}
