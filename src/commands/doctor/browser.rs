//! The browser, where pages are to be captured as the screen shows them.

use std::fs;
use std::path::Path;

use super::{Case, Check};
use crate::browser::launch;
use crate::browser::remote::Way;
use crate::policy::Task;

/// What is there on a machine where arkivd is a service.
const UNITS: [&str; 2] = [
    "/run/systemd/system",
    "/etc/systemd/system/multi-user.target.wants/arkivd.service",
];

/// Settings of the system that take user namespaces away where they are 0, and a value that gives them back.
const NAMESPACES: [(&str, &str); 2] = [
    ("user.max_user_namespaces", "15000"),
    ("kernel.unprivileged_userns_clone", "1"),
];

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("browser");
    let Ok(config) = &case.config else {
        return check.not_looked_at("arkivd.toml does not read");
    };
    if !config.browser.pages {
        return check.fine("pages = false: no pages are captured".to_owned());
    }
    if config.browser.without_sandbox {
        check.warning(
            "without_sandbox",
            "the browser runs without its sandbox: whoever takes it over by a page is its user",
            "take the line away under [browser] in arkivd.toml, and allow user namespaces: sysctl user.max_user_namespaces",
        );
    }
    let service = match config.pages() {
        Ok(pages) => pages.and_then(|pages| match pages.way {
            Way::Service(socket) => Some(socket),
            Way::Child { .. } => None,
        }),
        Err(error) => {
            check.fault(
                "browser",
                error.to_string(),
                error
                    .hint()
                    .unwrap_or_else(|| "correct it under [browser] in arkivd.toml".to_owned()),
            );
            None
        }
    };
    if let Some(socket) = &service
        && !socket.exists()
    {
        check.fault(
            socket.display().to_string(),
            "the browser's service does not listen there",
            "systemctl enable --now arkivd-browser.socket, or take service away under [browser] in arkivd.toml",
        );
    }
    if service.is_none() && UNITS.iter().all(|unit| Path::new(unit).exists()) {
        check.warning(
            "arkivd-browser.socket",
            "arkivd runs as a service, which may start no browser itself, and the browser's own service does not listen",
            "systemctl enable --now arkivd-browser.socket",
        );
    }
    if !config.browser.without_sandbox {
        for (name, good) in NAMESPACES {
            let file = format!("/proc/sys/{}", name.replace('.', "/"));
            if fs::read_to_string(file).is_ok_and(|text| text.trim() == "0") {
                check.fault(
                    name,
                    "it is 0: the browser finds no way to make its sandbox",
                    format!(
                        "sysctl -w {name}={good}, and {name} = {good} in a file of /etc/sysctl.d/"
                    ),
                );
            }
        }
    }
    let found = launch::find(config.browser.path.as_deref());
    let summary = match found {
        Ok(program) => told(&program, service.as_deref()),
        Err(error) => {
            let object = config.browser.path.as_ref();
            let object = object.map_or("chromium".to_owned(), |path| path.display().to_string());
            let hint = error.hint().unwrap_or_default();
            let wanted = case.timetable.as_ref().ok().and_then(|t| {
                let mut all = t.schedules().iter();
                all.find(|s| s.what == Task::Page)
            });
            let without = match wanted {
                Some(schedule) => format!("{error}, and schedule {} wants pages", schedule.id),
                None => format!("{error}: snapshots are taken without the page"),
            };
            match config.browser.path {
                Some(_) => check.fault(object, error.to_string(), hint),
                None => check.warning(object, without, hint),
            }
            "none".to_owned()
        }
    };
    check.fine(summary)
}

fn told(program: &Path, service: Option<&Path>) -> String {
    match service {
        Some(socket) => format!(
            "{}, by the service at {}",
            program.display(),
            socket.display()
        ),
        None => program.display().to_string(),
    }
}
