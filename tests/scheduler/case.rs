//! An archive, a clock and a scheduler that a test holds in its hands.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use arkivd::catalog::TimetableRow;
use arkivd::daemon::{Scheduler, Settings};
use arkivd::workflow::{self, Archive, Surroundings};
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{NOON, at, support};

pub type Clock = (&'static AtomicI64, fn() -> DateTime<Utc>);

/// An archive with schedules of the test's own, and a scheduler that can be started and stopped.
pub struct Case {
    pub archive: support::Archive,
    pub clock: Clock,
}

/// A running scheduler.
pub struct Running {
    pub archive: Arc<Archive>,
    settings: watch::Sender<Arc<Settings>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), workflow::Error>>,
    around: Surroundings,
}

impl Case {
    pub fn new(clock: Clock) -> Self {
        Self::within(tempfile::tempdir().unwrap(), clock)
    }

    pub fn within(folder: tempfile::TempDir, clock: Clock) -> Self {
        let archive = support::Archive::within(folder);
        std::fs::remove_file(archive.path().join("schedules/tibro.toml")).unwrap();
        let case = Self { archive, clock };
        case.set(NOON);
        case
    }

    pub fn set(&self, rfc3339: &str) {
        self.clock
            .0
            .store(at(rfc3339).timestamp(), Ordering::SeqCst);
    }

    pub fn schedule(&self, id: &str, cron: &str, accounts: &str) {
        let file = self.archive.path().join(format!("schedules/{id}.toml"));
        std::fs::write(file, schedule(id, "snapshot", cron, accounts)).unwrap();
    }

    pub fn around(&self) -> Surroundings {
        Surroundings {
            organisation: String::new(),
            organisation_number: None,
            second_gate: None,
            pages: None,
            actor: "arkivd".into(),
            now: self.clock.1,
            new_id: Uuid::now_v7,
            salt: || Ok([7; 32]),
        }
    }

    /// Registers a feed, at the time that the clock shows.
    pub fn register(&self, archive: &Archive, id: &str, address: &str) {
        let text = std::fs::read_to_string(self.archive.path().join("policy.toml")).unwrap();
        let policy = arkivd::policy::Policy::parse(&text, "policy.toml").unwrap();
        let account = arkivd::record::Account {
            id: id.parse().unwrap(),
            platform: arkivd::record::Platform::Feed,
            address: address.parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into(), "Bo Lind".into()],
            substitute: Some("Cia Ström".into()),
            credential: None,
            parent: None,
        };
        workflow::add_account(archive, &policy, &account, &self.around()).unwrap();
    }

    #[track_caller]
    pub fn open(&self) -> Arc<Archive> {
        let around = self.around();
        let begun = Instant::now();
        loop {
            match Archive::open_to_write(self.archive.path(), &around) {
                Ok((archive, _)) => return Arc::new(archive),
                // A program that another test starts at this moment has the lock too, until it is a program of its own.
                Err(workflow::Error::Busy { .. }) if begun.elapsed() < Duration::from_secs(10) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub fn start(&self) -> Running {
        let around = self.around();
        let archive = self.open();
        let read = Settings::load(self.archive.path(), around.clone()).unwrap();
        let (settings, changed) = watch::channel(Arc::new(read));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Scheduler::new(Arc::clone(&archive), changed, stopped).run());
        Running {
            archive,
            settings,
            stop,
            task,
            around,
        }
    }
}

pub fn schedule(id: &str, what: &str, cron: &str, accounts: &str) -> String {
    format!(
        "[[schedule]]\nid = \"{id}\"\nwhat = \"{what}\"\ncron = \"{cron}\"\naccounts = {accounts}\nfull = false\n\
         requirement = \"X\"\nsource = \"x\"\nquote = \"x\"\nnote = \"x\"\n"
    )
}

impl Running {
    /// As at SIGHUP: the files are read again, and the scheduler looks at the clock.
    pub fn wake(&self, dir: &Path) {
        let read = Settings::load(dir, self.around.clone()).unwrap();
        self.settings.send_replace(Arc::new(read));
    }

    /// The rows, once they are as the test waits for.
    #[track_caller]
    pub fn until(&self, seen: impl Fn(&[TimetableRow]) -> bool) -> Vec<TimetableRow> {
        let begun = Instant::now();
        loop {
            let rows = self.archive.catalog().timetable().unwrap();
            if seen(&rows) {
                return rows;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "it never came: {rows:#?}"
            );
            assert!(!self.task.is_finished(), "the scheduler has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it ends by itself.
    pub async fn ended(self) -> Result<(), workflow::Error> {
        self.task.await.unwrap()
    }

    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap().unwrap();
    }
}
