//! What the daemon reads from the archive's files when it starts, and again on SIGHUP.

use std::path::Path;

use super::Error;
use crate::config::Config;
use crate::platform::Client;
use crate::workflow::Surroundings;

/// The settings of one reading. A new reading is a new value: what runs goes on with its own.
pub struct Settings {
    pub config: Config,
    pub client: Client,
    /// The daemon's own, for what nobody asked for.
    pub around: Surroundings,
}

impl Settings {
    /// Reads the configuration of the archive in `dir`.
    ///
    /// # Errors
    /// When a file cannot be read or says what cannot be.
    pub fn load(dir: &Path, around: Surroundings) -> Result<Self, Error> {
        let config = Config::load(dir)?;
        Ok(Self {
            client: Client::new(&config.network)?,
            around: Surroundings {
                organisation: config.organisation.clone(),
                ..around
            },
            config,
        })
    }
}
