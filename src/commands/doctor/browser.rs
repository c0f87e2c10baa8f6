//! The browser, where pages are to be captured as the screen shows them.

use super::program::{is_program, on_the_path};
use super::{Case, Check};
use crate::policy::Task;

/// What the browser's program is called on the systems we know.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("browser");
    let path = case
        .config
        .as_ref()
        .ok()
        .and_then(|c| c.browser.path.as_ref());
    let summary = match path {
        Some(path) if is_program(path) => path.display().to_string(),
        Some(path) => {
            let problem = match path.exists() {
                true => "it is no program that may be run",
                false => "it does not exist",
            };
            check.fault(
                path.display().to_string(),
                problem,
                "correct path under [browser] in arkivd.toml, or install it: apt install chromium",
            );
            return check;
        }
        None => match on_the_path(&NAMES) {
            Some(found) => found.display().to_string(),
            None => {
                let wanted = case.timetable.as_ref().ok().and_then(|t| {
                    let mut all = t.schedules().iter();
                    all.find(|s| s.what == Task::Page)
                });
                if let Some(schedule) = wanted {
                    check.warning(
                        NAMES[0],
                        format!("it is not installed, and schedule {} wants pages", schedule.id),
                        "apt install chromium, or name another as path under [browser] in arkivd.toml",
                    );
                }
                "none, and no schedule needs one".to_owned()
            }
        },
    };
    check.fine(summary)
}
