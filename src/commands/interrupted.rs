//! A command that is ended by Ctrl-C, by a closed terminal or by the system takes its unfinished file with it.

use std::{fs, process, thread};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::output::Output;
use super::{Error, Sink};
use crate::export;

/// Looks out for the signals from now on. Those that the process was started to ignore (`nohup`) stay so.
///
/// # Errors
/// [`Error::Runtime`] when they cannot be had.
pub(super) fn watch(json: bool, command: &'static str) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let inside = runtime.enter();
    let ignored = ignored();
    let [hup, int, term] = [
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::terminate(),
    ]
    .map(|kind| match ignored >> (kind.as_raw_value() - 1) & 1 {
        0 => signal(kind).map(Some),
        _ => Ok(None),
    });
    let (mut hup, mut int, mut term) = (
        hup.map_err(Error::Runtime)?,
        int.map_err(Error::Runtime)?,
        term.map_err(Error::Runtime)?,
    );
    drop(inside);
    let wait = move || {
        let kind = runtime.block_on(async {
            tokio::select! {
                () = next(&mut hup) => SignalKind::hangup(),
                () = next(&mut int) => SignalKind::interrupt(),
                () = next(&mut term) => SignalKind::terminate(),
            }
        });
        let told = match export::give_up() {
            0 => "interrupted",
            _ => "interrupted: the file that was not finished is removed",
        };
        Output::new(json, command, Sink::Process).error(told, &[], None);
        // As shells tell a signal.
        process::exit(128 + kind.as_raw_value());
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait)
        .map_err(Error::Runtime)?;
    Ok(())
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The signals that the process ignores, a bit each from the first (proc(5), SigIgn).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
