//! The disk: room for what is to come. The archive makes none by itself.

use rustix::fs::{StatVfs, statvfs};

use super::super::output::size;
use super::{Case, Check, shell};

/// Part of the disk, in per cent, below which room is told to be short.
const LEAST_PER_CENT: u64 = 5;
const LEAST: u64 = 2 << 30;
/// Below this a capture can hardly be sealed.
const NEXT_TO_NOTHING: u64 = 64 << 20;

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("disk");
    let disk = match statvfs(&case.dir) {
        Ok(disk) => disk,
        Err(error) => {
            check.fault(
                "the archive's disk",
                format!("it does not tell its size: {error}"),
                format!("df {}", shell(&case.dir)),
            );
            return check;
        }
    };
    let condition = case.catalog.as_ref().ok().and_then(|c| c.condition().ok());
    let largest = condition.map_or(0, |c| c.largest_bag);
    judge(
        &mut check,
        &disk,
        largest,
        &format!(
            "make room, or a larger disk; what takes it: du -xsh {}/*",
            shell(&case.dir)
        ),
    );
    let (free, whole) = room(&disk);
    check.fine(format!("{} free of {}", size(free), size(whole)))
}

/// Bytes that the archive's owner may still write, and all there are.
fn room(disk: &StatVfs) -> (u64, u64) {
    let block = disk.f_frsize;
    (
        disk.f_bavail.saturating_mul(block),
        disk.f_blocks.saturating_mul(block),
    )
}

fn judge(check: &mut Check, disk: &StatVfs, largest: u64, hint: &str) {
    let (free, whole) = room(disk);
    let short = if free < whole / 100 * LEAST_PER_CENT {
        Some(format!("less than {LEAST_PER_CENT} %"))
    } else if free < LEAST {
        Some("less than 2 GiB".to_owned())
    } else if free < largest.saturating_mul(2) {
        Some(format!(
            "less than two bags as large as the largest, {}",
            size(largest)
        ))
    } else {
        None
    };
    if let Some(short) = short {
        let problem = format!("{} free of {}: {short}", size(free), size(whole));
        if free < NEXT_TO_NOTHING {
            check.fault("the archive's disk", problem, hint);
        } else {
            check.warning("the archive's disk", problem, hint);
        }
    }
    // Some file systems have no fixed number of files, and tell none.
    let (left, all) = (disk.f_favail, disk.f_files);
    if all > 0 && left < all / 100 * LEAST_PER_CENT {
        check.warning(
            "the archive's disk",
            format!("room for {left} more files (inodes) of {all}: less than {LEAST_PER_CENT} %"),
            hint,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(free: u64, whole: u64, files: u64, largest: u64) -> Vec<String> {
        let mut disk = statvfs("/").unwrap();
        (disk.f_frsize, disk.f_bavail, disk.f_blocks) = (1 << 20, free, whole);
        (disk.f_favail, disk.f_files) = (files, 1000);
        let mut check = Check::new("disk");
        judge(&mut check, &disk, largest, "");
        check.findings.into_iter().map(|f| f.problem).collect()
    }

    #[test]
    fn room_is_short_by_its_part_its_size_and_the_largest_bag() {
        const MB: u64 = 1 << 20;
        assert!(found(50_000, 200_000, 900, 0).is_empty());
        assert!(found(9_000, 200_000, 900, 0)[0].contains("less than 5 %"));
        assert!(found(2_000, 10_000, 900, 0)[0].contains("less than 2 GiB"));
        assert!(found(50_000, 200_000, 900, 26_000 * MB)[0].contains("27.3 GB"));
        assert!(found(50_000, 200_000, 40, 0)[0].contains("inodes"));
    }
}
