//! With the real Chromium, its sandbox on; where there is none or no user namespaces, they say so and are skipped.

pub(in crate::browser) mod processes;
mod site;

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::*;
use crate::browser::proxy::{self, Proxy, Rules, Unreached};
use crate::platform::Network;
use processes::{alive, data_limit, family, kill, status};
use site::{silent, site};

/// Chromium starts slowly on a busy machine; what is tested here is never that it is quick.
const PATIENCE: Duration = Duration::from_secs(300);

/// Two browsers at once, as arkivd itself has it: two cores are shared.
pub(in crate::browser) static TURN: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

const NOBODY: User = User {
    uid: 65534,
    gid: 65534,
};

pub(in crate::browser) fn user() -> Option<User> {
    rustix::process::geteuid().is_root().then_some(NOBODY)
}

/// The browser's program, if it can run here with its sandbox.
pub(in crate::browser) fn program() -> Option<PathBuf> {
    let program = match find(None) {
        Ok(program) => program,
        Err(error) => {
            println!("SKIP: {error}");
            return None;
        }
    };
    let mut asking = Command::new("setpriv");
    asking.arg("--no-new-privs");
    if user().is_some() {
        asking.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let namespaces = asking.args(["unshare", "--user", "true"]).status();
    if !namespaces.is_ok_and(|s| s.success()) {
        println!("SKIP: no user namespaces for the browser's sandbox");
        return None;
    }
    Some(program)
}

struct Ready {
    browser: Browser,
    proxy: Proxy,
    port: u16,
    family: Vec<(u32, String)>,
    _turn: tokio::sync::SemaphorePermit<'static>,
}

async fn ready() -> Option<Ready> {
    ready_with(|_| ()).await
}

async fn ready_with(set: impl FnOnce(&mut Launch)) -> Option<Ready> {
    let program = program()?;
    let turn = TURN.acquire().await.unwrap();
    let port = site().await;
    let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let rules = Rules::new(&address, &Network::default()).unwrap();
    let runs_as = Launch::runs_as(user()).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as)
        .await
        .unwrap();
    let mut launch = Launch::new(program, user(), proxy.address());
    launch.patience = PATIENCE;
    launch.limits.call = PATIENCE;
    set(&mut launch);
    let begun = Instant::now();
    let browser = launch.start().await.unwrap();
    println!("launch: {} ms", begun.elapsed().as_millis());
    Some(Ready {
        browser,
        proxy,
        port,
        family: Vec::new(),
        _turn: turn,
    })
}

impl Ready {
    /// Opens the site's page at `path` and waits until its title is `title`.
    async fn open(&mut self, path: &str, title: &str) -> cdp::Session {
        let page = self.browser.page().await.unwrap();
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let gone = page
            .call("Page.navigate", json!({"url": url}))
            .await
            .unwrap();
        assert_eq!(gone.get("errorText"), None, "{gone}");
        let begun = Instant::now();
        while evaluate(&page, "document.title").await != title {
            assert!(begun.elapsed() < PATIENCE);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.family = family(self.browser.process_id());
        page
    }

    /// Ends it and sees that nothing is left.
    async fn close(self) -> Vec<Unreached> {
        let folder = self.browser.folder().unwrap().to_owned();
        assert!(
            self.family.len() >= 3 && folder.exists(),
            "{:?}",
            self.family
        );
        let begun = Instant::now();
        self.browser.close().await.unwrap();
        println!(
            "end: {} ms, {} processes",
            begun.elapsed().as_millis(),
            self.family.len()
        );
        assert_eq!(alive(&self.family), Vec::<u32>::new());
        assert!(!folder.exists());
        self.proxy.unreached()
    }
}

async fn evaluate(page: &cdp::Session, expression: &str) -> String {
    let answer = page
        .call("Runtime.evaluate", json!({"expression": expression}))
        .await
        .unwrap();
    answer["result"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_page_is_opened_with_the_sandbox_on() {
    let Some(mut ready) = ready().await else {
        return;
    };
    println!("version: {}", ready.browser.version());
    assert!(
        ready.browser.version().contains('/'),
        "{}",
        ready.browser.version()
    );
    let page = ready.open("/", "Räksmörgås").await;
    assert_eq!(evaluate(&page, "navigator.language").await, "sv-SE");
    // Every process: no new privileges, no root, its memory bounded; the renderers behind a filter of system calls.
    let uid = Launch::runs_as(user()).unwrap().to_string();
    let mut filtered = 0;
    for (process, _) in &ready.family {
        assert_eq!(status(*process, "NoNewPrivs:"), "1", "{process}");
        let uids = status(*process, "Uid:");
        assert!(
            uids.split_whitespace().all(|u| u == uid),
            "{process}: {uids}"
        );
        assert_eq!(status(*process, "Groups:"), "", "{process}");
        assert!(data_limit(*process) <= 4 << 30, "{process}");
        filtered += usize::from(status(*process, "Seccomp:") == "2");
    }
    assert!(filtered >= 1);
    ready.close().await;
}

#[tokio::test]
async fn a_hostile_page_reaches_nothing_inside() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let (silent, datagrams, inside) = silent();
    let refused = |unreached: &[Unreached]| -> u64 {
        let port = format!("127.0.0.1:{inside}");
        let rows = unreached.iter();
        rows.filter(|u| u.to == port && u.why == proxy::Why::Inside)
            .map(|u| u.times)
            .sum()
    };
    ready.open(&format!("/?inside={inside}"), "tried").await;
    // On a busy machine the page may have given up waiting before the browser has tried all.
    let begun = Instant::now();
    while refused(&ready.proxy.unreached()) < 5 && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let unreached = ready.close().await;
    println!("unreached: {}", serde_json::to_string(&unreached).unwrap());
    assert_eq!(silent.accept().map(|(_, from)| from).ok(), None);
    assert_eq!(datagrams.recv_from(&mut [0; 100]).ok(), None);
    assert!(refused(&unreached) >= 5, "{unreached:?}");
    assert!(unreached.iter().all(|u| u.why != proxy::Why::OtherUser));
}

#[tokio::test]
async fn a_crashed_page_is_named_and_the_next_one_works() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    let error = page.call("Page.crash", json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "Page.crash: the page crashed");
    let error = page
        .call("Runtime.evaluate", json!({"expression": "1"}))
        .await;
    assert!(matches!(error, Err(Error::Crashed { .. })), "{error:?}");
    ready.open("/", "Räksmörgås").await;
    ready.close().await;
}

#[tokio::test]
async fn a_killed_renderer_is_a_crash() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    let line = |n: u32| fs::read(format!("/proc/{n}/cmdline")).unwrap_or_default();
    let renderers = ready
        .family
        .iter()
        .filter(|(n, _)| String::from_utf8_lossy(&line(*n)).contains("--type=renderer"));
    let mut killed = 0;
    let hanging = page.clone();
    let waiting = tokio::spawn(async move {
        let forever = json!({"expression": "new Promise(() => 0)", "awaitPromise": true});
        hanging.call("Runtime.evaluate", forever).await
    });
    evaluate(&page, "1").await;
    for (n, _) in renderers {
        kill(*n);
        killed += 1;
    }
    assert!(killed > 0);
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "Runtime.evaluate: the page crashed");
    ready.close().await;
}

#[tokio::test]
async fn a_page_that_wants_all_memory_crashes_alone() {
    let Some(mut ready) = ready_with(|launch| launch.memory = 1 << 30).await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    let all = "let a = []; for (;;) a.push(new Array(1e6).fill(a.length + 0.5))";
    let error = page
        .call("Runtime.evaluate", json!({"expression": all}))
        .await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "Runtime.evaluate: the page crashed"
    );
    ready.open("/", "Räksmörgås").await;
    ready.close().await;
}

#[tokio::test]
async fn a_page_that_never_ends_is_given_up_by_time() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    let time = Duration::from_millis(500);
    let forever = json!({"expression": "for (;;);"});
    let error = page.call_within("Runtime.evaluate", forever, time).await;
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "Runtime.evaluate: no answer within 500 ms");
    ready.open("/", "Räksmörgås").await;
    ready.close().await;
}

#[tokio::test]
async fn a_killed_browser_is_gone_at_once() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    let leader = ready.browser.process_id();
    let waiting = tokio::spawn(async move {
        let forever = json!({"expression": "new Promise(() => 0)", "awaitPromise": true});
        page.call("Runtime.evaluate", forever).await
    });
    ready
        .browser
        .connection()
        .call("Browser.getVersion", json!({}))
        .await
        .unwrap();
    let begun = Instant::now();
    kill(leader);
    let error = waiting.await.unwrap().unwrap_err();
    println!("seen: {} ms after the kill", begun.elapsed().as_millis());
    assert_eq!(error.to_string(), "Runtime.evaluate: the browser is gone");
    ready.close().await;
}

/// As when arkivd itself is killed: nobody is there to end the browser but itself.
#[tokio::test]
async fn a_browser_whose_pipe_ends_goes_by_itself() {
    let Some(mut ready) = ready().await else {
        return;
    };
    let page = ready.open("/", "Räksmörgås").await;
    drop(page);
    let Browser {
        mut process,
        connection,
        ..
    } = ready.browser;
    let mut events = connection.events(&["Target."]);
    drop(connection);
    let gone = async { while events.next().await.is_ok() {} };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let begun = Instant::now();
    while !alive(&ready.family).is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{:?}", alive(&ready.family));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    process.end().unwrap();
}

#[tokio::test]
async fn dropped_in_the_midst_it_leaves_nothing() {
    let Some(mut ready) = ready().await else {
        return;
    };
    ready.open("/", "Räksmörgås").await;
    let folder = ready.browser.folder().unwrap().to_owned();
    drop(ready.browser);
    assert_eq!(alive(&ready.family), Vec::<u32>::new());
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_program_that_is_no_browser_is_named_with_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
        path
    };
    // Where nobody may look into it, the program could not be started at all.
    fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let start = async |program: &Path| {
        let mut launch = Launch::new(program.to_owned(), user(), "127.0.0.1:9".parse().unwrap());
        launch.folder = folder.path().to_owned();
        launch.start().await.unwrap_err()
    };
    let words = script("words", "#!/bin/sh\necho no such display >&2\nexit 3\n");
    let error = start(&words).await.to_string();
    assert!(
        error.contains("words ended before it could be used: no such display"),
        "{error}"
    );
    let sandbox = script(
        "sandbox",
        "#!/bin/sh\necho 'No usable sandbox! Update your kernel' >&2\nexit 1\n",
    );
    let error = start(&sandbox).await;
    assert!(matches!(&error, Error::NoSandbox { .. }), "{error}");
    assert!(error.hint().unwrap().contains("user namespaces"));
    // Nothing of the attempts is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn root_is_never_what_it_runs_as() {
    let root = User { uid: 0, gid: 0 };
    assert!(matches!(
        Launch::runs_as(Some(root)),
        Err(Error::WouldBeRoot)
    ));
    if rustix::process::geteuid().is_root() {
        assert!(matches!(Launch::runs_as(None), Err(Error::WouldBeRoot)));
        assert_eq!(Launch::runs_as(Some(NOBODY)).unwrap(), 65534);
    } else {
        assert!(matches!(
            Launch::runs_as(Some(NOBODY)),
            Err(Error::OtherUser { uid: 65534 })
        ));
    }
}
