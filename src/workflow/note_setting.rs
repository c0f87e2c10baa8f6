//! What the archive's files say that an auditor asks for later: each change is an event.

use serde::Serialize;

use super::{Archive, Error, Surroundings};

/// Keeps what a setting says now. When it said something else before, that is an event `configure` with both.
///
/// # Errors
/// When the catalog cannot be written.
pub fn note_setting(
    archive: &Archive,
    name: &str,
    says: &impl Serialize,
    around: &Surroundings,
) -> Result<(), Error> {
    let json = serde_json::to_string(says).map_err(|source| Error::Json {
        what: format!("setting {name}"),
        source,
    })?;
    archive
        .catalog()
        .note_setting(name, &json, &around.actor, (around.now)())?;
    Ok(())
}
