//! Schedules: what should have been taken by now, and what nothing takes.

use super::{Case, Check};
use crate::calendar::local_time;
use crate::catalog::Catalog;
use crate::policy::Task;
use crate::workflow::{self, Timetable, is_watched, told};

pub(super) fn look(case: &Case) -> Check {
    let check = Check::new("schedules");
    let (timetable, catalog) = match (&case.timetable, &case.catalog) {
        (Err(_), _) => return check.not_looked_at("their files do not read"),
        (_, Err(_)) => return check.not_looked_at("the catalog does not open"),
        (Ok(timetable), Ok(catalog)) => (timetable, catalog),
    };
    let mut found = check;
    match judge(&mut found, case, timetable, catalog) {
        Ok(summary) => found.fine(summary),
        Err(error) => {
            found.fault("catalog.sqlite", told(&error), "arkivd verify tells more");
            found
        }
    }
}

fn judge(
    check: &mut Check,
    case: &Case,
    timetable: &Timetable,
    catalog: &Catalog,
) -> Result<String, workflow::Error> {
    let states = timetable.states(catalog, case.now)?;
    for state in &states {
        let id = &state.schedule.id;
        for attention in state.needs_a_person(case.now).chain(state.misnamed()) {
            check.fault(
                format!("schedule {id}"),
                attention.to_string(),
                attention.hint(),
            );
        }
    }
    let accounts = catalog.open_accounts()?;
    for account in &accounts {
        let covered = states
            .iter()
            // A watch reads only what is newest.
            .any(|state| {
                state.schedule.what != Task::Watch && state.accounts.contains(&account.id)
            });
        if !covered {
            check.warning(
                format!("account {}", account.id),
                "no schedule takes it",
                "name it under accounts in a file of schedules/, or write \"all\" there",
            );
        }
    }
    // No guideline but Lilla Edet's asks for it, so it is told and no fault.
    let unwatched = accounts.iter().filter(|a| a.platform.has_records());
    let unwatched = unwatched.filter(|a| !is_watched(timetable, &a.id)).count();
    let unwatched = match unwatched {
        0 => String::new(),
        1 => "; 1 account is not watched between its snapshots: schedules/ shows how".to_owned(),
        n => {
            format!("; {n} accounts are not watched between their snapshots: schedules/ shows how")
        }
    };
    let upcoming = timetable.upcoming(catalog, case.now, 1)?;
    Ok(match upcoming.first() {
        Some(next) => {
            let tick = local_time(next.tick);
            format!("next {tick} ({}){unwatched}", next.schedule.id)
        }
        None if accounts.is_empty() => "no account is registered".to_owned(),
        None => format!("nothing is to come{unwatched}"),
    })
}
