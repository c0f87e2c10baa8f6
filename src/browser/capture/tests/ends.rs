//! Looks that are cut short from outside: a process killed or stopped in the middle.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::super::super::launch::tests::processes::{alive, family, status};
use super::*;

/// The browser that was started with this mark, while it is there: other tests have theirs at the same time.
fn leader(mark: &str) -> Option<u32> {
    let own = std::process::id().to_string();
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let mut numbers = numbers.filter_map(|e| e.file_name().to_string_lossy().parse::<u32>().ok());
    numbers.find(|n| status(*n, "PPid:") == own && line(*n).contains(mark))
}

fn line(process: u32) -> String {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

fn send(signal: Signal, process: u32) {
    let process = Pid::from_raw(process.try_into().unwrap()).unwrap();
    // One that has just ended by itself is as good as killed.
    let _ = kill_process(process, signal);
}

/// Every renderer of the browser's.
fn renderers(family: &[(u32, String)]) -> Vec<u32> {
    let mut found: Vec<u32> = family.iter().map(|(n, _)| *n).collect();
    found.retain(|n| line(*n).contains("--type=renderer"));
    found
}

/// Looks at the tall page, and does `deed` to the browser's processes when a file of this name is there.
/// Sees that no process is left.
async fn look_until(
    file: &str,
    seconds: u64,
    deed: impl FnOnce(u32, &[(u32, String)]),
) -> Option<Looked> {
    let program = program()?;
    let turn = TURN.acquire().await.unwrap();
    let port = site().await;
    let mut job = job(&format!("http://127.0.0.1:{port}/tall"));
    job.limits.seconds = seconds;
    let mark = format!("--mark-of-{port}");
    let scripts = tempfile::tempdir().unwrap();
    job.program = Some(wrapper(scripts.path(), &program, &mark));
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(file);
    let waiting = async {
        while !is_there(&path) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let leader = leader(&mark).unwrap();
        let family = family(leader);
        deed(leader, &family);
        family
    };
    let looking = capture(&job, user(), folder.path(), &Utc::now);
    let (page, family) = tokio::join!(looking, async {
        // A look that ends before the file is there has no deed done to it.
        tokio::time::timeout(Duration::from_secs(seconds + 20), waiting).await
    });
    let page = page.unwrap();
    println!("{}: {:?}", page.outcome, page.detail);
    let family = family.unwrap_or_default();
    assert_eq!(alive(&family), Vec::<u32>::new());
    assert_eq!(leader(&mark), None);
    drop(turn);
    Some(Looked { page, folder })
}

fn is_there(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.len() > 0)
}

#[tokio::test]
async fn a_page_whose_process_is_killed_has_crashed() {
    let kill = |_, family: &[(u32, String)]| {
        let renderers = renderers(family);
        assert!(!renderers.is_empty());
        renderers.into_iter().for_each(|n| send(Signal::KILL, n));
    };
    let Some(looked) = look_until("tile-0002.png", 100, kill).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::Crashed);
    let detail = looked.page.detail.unwrap();
    assert!(detail.contains("the page crashed"), "{detail}");
}

#[tokio::test]
async fn a_browser_that_is_killed_is_gone_and_the_next_look_works() {
    let kill = |leader, _: &[(u32, String)]| send(Signal::KILL, leader);
    let Some(looked) = look_until("tile-0001.png", 100, kill).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::BrowserGone);
    assert_eq!(
        look_at("/").await.unwrap().page.outcome,
        PageOutcome::Captured
    );
}

/// The page's process answers nothing from the second tile on: what was taken until then is kept, and says how far it goes.
#[tokio::test]
async fn what_was_taken_when_the_time_is_over_is_kept() {
    for seconds in [12, 60] {
        let stop = |_, family: &[(u32, String)]| {
            renderers(family)
                .into_iter()
                .for_each(|n| send(Signal::STOP, n));
        };
        let Some(looked) = look_until("tile-0002.png", seconds, stop).await else {
            return;
        };
        let page = &looked.page;
        if page.outcome == PageOutcome::TimedOut {
            // So busy a machine that it did not come to the second tile; given more time it does.
            continue;
        }
        assert_eq!(page.outcome, PageOutcome::Partial, "{page:?}");
        assert!(
            page.height >= 2 * 8192 && page.height % 8192 == 0,
            "{page:?}"
        );
        let timed_out = |what: &str| {
            let reason = GapReason::TimedOut { seconds };
            page.gaps
                .iter()
                .any(|g| g.what.contains(what) && g.reason == reason)
        };
        assert!(
            timed_out("print") && timed_out(&format!("below {} pixels", page.height)),
            "{page:?}"
        );
        assert!(looked.lines().iter().all(|l| l.y < f64::from(page.height)));
        assert!(looked.lines().len() > 5);
        assert_eq!(looked.pixel(1000, 4_005), [4, 100, 200]);
        assert!(!looked.names().contains(&"print.pdf".to_owned()));
        return;
    }
    panic!("not even 60 s were enough for two tiles");
}
