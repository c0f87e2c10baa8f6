//! Media types of the files of a bag: what records.json says of each medium, else by the file's ending.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::workflow::{Error, io_error};

pub(super) struct MediaTypes(HashMap<String, String>);

/// records.json, without what the records say.
#[derive(Deserialize)]
struct Media {
    media: Vec<Medium>,
}

#[derive(Deserialize)]
struct Medium {
    file: Option<String>,
    media_type: Option<String>,
}

/// Of the bag in that folder.
pub(super) fn of_bag(folder: &Path) -> Result<MediaTypes, Error> {
    let path = folder.join("data/records.json");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Ok(MediaTypes(HashMap::new()));
        }
        Err(source) => return Err(io_error(path)(source)),
    };
    let read: Media =
        serde_json::from_reader(BufReader::new(file)).map_err(|source| Error::Json {
            what: path.display().to_string(),
            source,
        })?;
    let told = read.media.into_iter();
    Ok(MediaTypes(
        told.filter_map(|m| Some((m.file?, m.media_type?)))
            .collect(),
    ))
}

impl MediaTypes {
    /// Of the file at a path in the bag.
    pub(super) fn of(&self, path: &str) -> String {
        if let Some(told) = self.0.get(path) {
            // Parameters such as a charset are left out: METS wants the type alone.
            return told.split(';').next().unwrap_or(told).trim().to_owned();
        }
        by_ending(path).to_owned()
    }
}

fn by_ending(path: &str) -> &'static str {
    let ending = Path::new(path).extension().and_then(|e| e.to_str());
    match ending.unwrap_or_default() {
        "pdf" => "application/pdf",
        "json" => "application/json",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "xml" => "application/xml",
        "html" => "text/html",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "mhtml" => "multipart/related",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
