//! Settings: what the daemon reads from its files at start, and again at SIGHUP. All of it holds, or none.

use std::path::Path;

use super::Error;
use crate::config::Config;
use crate::platform::Client;
use crate::workflow::{Paths, Surroundings, Timetable};

/// What the files say, read together.
pub struct Settings {
    pub config: Config,
    pub client: Client,
    pub timetable: Timetable,
    pub around: Surroundings,
}

impl Settings {
    /// Reads configuration and schedules of the archive in `dir`. The organisation is the one that arkivd.toml names.
    ///
    /// # Errors
    /// When a file cannot be read, or something in it does not hold.
    pub fn load(dir: &Path, around: Surroundings) -> Result<Self, Error> {
        let config = Config::load(dir)?;
        config.check_persons()?;
        Ok(Self {
            client: Client::new(&config.network)?,
            timetable: Timetable::load(&Paths::new(dir))?,
            around: Surroundings {
                organisation: config.organisation.clone(),
                organisation_number: config.organisation_number(),
                second_gate: config.second_gate(),
                pages: config.pages()?.map(Ok),
                ..around
            },
            config,
        })
    }
}
