//! Daemon: the archive held open for years, what is due taken by itself, and commands served beside it.

mod scheduler;
mod settings;

pub use scheduler::Scheduler;
pub use settings::Settings;

/// Why the daemon cannot go by its files.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    #[error(transparent)]
    Platform(#[from] crate::platform::Error),
    #[error(transparent)]
    Workflow(#[from] crate::workflow::Error),
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(e) => e.hint(),
            Self::Platform(e) => e.hint(),
            Self::Workflow(e) => e.hint(),
        }
    }
}
