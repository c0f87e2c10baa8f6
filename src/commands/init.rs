//! `arkivd init`: a new archive.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::surroundings;
use super::output::{Exit, Output};
use super::{Caller, Error, owner};
use crate::config;
use crate::policy::Profile;
use crate::workflow::{NewArchive, create_archive};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The archive's folder; it must not exist, or be empty
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The municipality, as it stands in documents: "Tibro kommun"
    #[arg(long, value_name = "NAME", value_parser = organisation)]
    organisation: String,
    /// Whose guideline to start from: falkoping, lilla-edet, tibro, vara, hallstahammar or standard
    #[arg(long, value_name = "PROFILE", default_value = "standard")]
    profile: String,
}

fn organisation(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err("a name of 1 to 200 characters on one line".to_owned());
    }
    Ok(name.to_owned())
}

pub(super) fn run(args: &Init, output: &Output) -> Result<Exit, Error> {
    // What an archive holds is for its owner and group, whatever the shell says.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o027));
    let profile = Profile::named(&args.profile)?;
    let around = surroundings(args.organisation.clone(), Caller::here().actor(None));
    // A folder that was made for another user is theirs, and so is the archive in it.
    owner::step_down(&args.dir)?;
    let origin = format!(
        "arkivd/{}/{}",
        slug(&args.organisation),
        short((around.new_id)())
    );
    create_archive(
        &NewArchive {
            dir: &args.dir,
            profile: &profile,
            configuration: &config::template(&args.organisation, &args.profile),
            origin: &origin,
        },
        &around,
    )?;
    let data = json!({ "archive": args.dir, "organisation": args.organisation, "profile": args.profile, "origin": origin });
    output.report(&data, &[], |out| {
        writeln!(out, "archive   {}", args.dir.display())?;
        writeln!(out, "for       {}", args.organisation)?;
        writeln!(
            out,
            "profile   {} ({})",
            args.profile,
            profile.policy.guideline().title
        )?;
        writeln!(out, "ledger    {origin}")?;
        writeln!(
            out,
            "key       {}",
            args.dir.join("keys/ledger.key").display()
        )
    })?;
    output.hint("keep a copy of the key apart from the archive: it signs the ledger's checkpoints");
    output.hint(&format!(
        "next: arkivd --archive {} account add ID --platform …",
        args.dir.display()
    ));
    output.hint(&format!(
        "nothing is destroyed until a committee has decided its plan; a template to start from: {}",
        args.dir
            .join(format!("plans/mall-{}.toml", profile.name))
            .display()
    ));
    Ok(Exit::Done)
}

/// The random end of an id, so that two archives of one name have ledgers of different names.
fn short(id: uuid::Uuid) -> String {
    let text = id.simple().to_string();
    text[text.len() - 8..].to_owned()
}

fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'å' | 'ä' => out.push('a'),
            'ö' => out.push('o'),
            'é' => out.push('e'),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ if !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_municipality_gets_a_plain_slug() {
        assert_eq!(
            super::slug("Falköpings kommun (öst)"),
            "falkopings-kommun-ost"
        );
    }
}
