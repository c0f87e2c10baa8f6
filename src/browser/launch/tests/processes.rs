//! What /proc says of the browser's processes.

use std::fs;

/// Number, parent, group and start of every process that is more than a dead entry.
fn processes() -> Vec<(u32, u32, u32, String)> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|e| e.file_name().to_string_lossy().parse::<u32>().ok());
    numbers
        .filter_map(|n| {
            let stat = fs::read_to_string(format!("/proc/{n}/stat")).ok()?;
            let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let alive = !matches!(words[0], "Z" | "X");
            alive.then(|| {
                (
                    n,
                    words[1].parse().unwrap(),
                    words[2].parse().unwrap(),
                    words[19].to_owned(),
                )
            })
        })
        .collect()
}

/// The browser's processes: its group, and all that come from it.
pub(in crate::browser) fn family(leader: u32) -> Vec<(u32, String)> {
    let all = processes();
    let mut found = vec![leader];
    loop {
        let more: Vec<u32> = all
            .iter()
            .filter(|(n, parent, group, _)| {
                !found.contains(n) && (found.contains(parent) || *group == leader)
            })
            .map(|(n, ..)| *n)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    let of_it = all.into_iter().filter(|(n, ..)| found.contains(n));
    of_it.map(|(n, _, _, start)| (n, start)).collect()
}

pub(in crate::browser) fn alive(family: &[(u32, String)]) -> Vec<u32> {
    let all = processes();
    let same = |n: u32, start: &str| all.iter().any(|(m, _, _, s)| *m == n && s == start);
    family
        .iter()
        .filter(|(n, s)| same(*n, s))
        .map(|(n, _)| *n)
        .collect()
}

pub(in crate::browser) fn status(process: u32, key: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(key));
    line.unwrap_or_default().trim().to_owned()
}

pub(in crate::browser) fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

/// Bytes of private memory it may have; none for one that has ended.
pub(in crate::browser) fn data_limit(process: u32) -> u64 {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap_or_default();
    let line = limits.lines().find_map(|l| l.strip_prefix("Max data size"));
    let hard = line.and_then(|l| l.split_whitespace().nth(1));
    hard.map_or(0, |bytes| bytes.parse().unwrap_or(u64::MAX))
}
