//! ICC profiles against what the file says of them (ISO 19005-1, 6.2.3.2; ISO 32000-1, 8.6.5.5 and 14.11.5).

use lopdf::ObjectId;

use super::subject::{Stop, Subject, dictionary};
use super::violation::Fault;
use super::{Level, Scope};

/// The profiles of output intents. They are unpacked at every level, so that a damaged one is found at each.
pub fn check(
    subject: &Subject<'_>,
    levels: &[Level],
) -> Result<Vec<(Option<ObjectId>, Fault, Scope)>, Stop> {
    let intents = subject
        .catalog()
        .and_then(|c| subject.array(c, b"OutputIntents"))
        .unwrap_or_default();
    let profiles = intents
        .iter()
        .filter_map(|i| subject.resolve(i).and_then(dictionary))
        .filter_map(|i| i.get(b"DestOutputProfile").ok());
    // PDF/A-2 says this of ICCBased colour spaces alone, which page_validation looks at.
    let saying = || {
        let asks = |level: &&Level| matches!(level, Level::A1a | Level::A1b);
        levels.iter().filter(asks)
    };
    let mut faults = Vec::new();
    for profile in profiles.take(16) {
        let Some(stream) = subject.resolve(profile).and_then(|p| p.as_stream().ok()) else {
            continue;
        };
        // A profile that does not unpack, or is none, is found by page_validation.
        let Some(data) = subject.unpack(stream)? else {
            continue;
        };
        let Some(space) = data.get(16..20) else {
            continue;
        };
        let n = subject.integer(&stream.dict, b"N");
        let fits = matches!(
            (n, space),
            (Some(1), b"GRAY") | (Some(3), b"RGB " | b"Lab ") | (Some(4), b"CMYK")
        );
        if !fits {
            let space = String::from_utf8_lossy(space).trim().to_owned();
            let fault = Fault::IccComponents { n, space };
            let id = profile.as_reference().ok();
            faults.extend(saying().map(|level| (id, fault.clone(), Scope::One(*level))));
        }
    }
    Ok(faults)
}
