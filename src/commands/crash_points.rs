//! The points at which crash tests end the process; none are armed in a release build.

use std::io::Write as _;

use super::Error;
use super::output::Exit;

pub(super) fn run() -> Result<Exit, Error> {
    let mut out = std::io::stdout().lock();
    let points = crate::store::CRASH_POINTS
        .iter()
        .chain(&["workflow::committed"])
        .chain(crate::ledger::CRASH_POINTS)
        .chain(crate::workflow::GALLRING_CRASH_POINTS);
    for point in points {
        writeln!(out, "{point}")?;
    }
    Ok(if crate::store::CRASH_POINTS_BUILT_IN {
        Exit::Done
    } else {
        Exit::Failed
    })
}
