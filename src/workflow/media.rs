//! Media of a snapshot: what the picked items show, downloaded into the bags they go to.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::comparison::Comparison;
use super::snapshot_report::Progress;
use super::staging::Staging;
use crate::platform::{self, Client, DownloadError};
use crate::record::{
    Account, BagKind, Coverage, CoverageRow, Covered, Gap, GapReason, MediumHeld, MediumKind,
    Request,
};
use crate::store;

/// Media of each bag kind, by address.
pub(super) type Media = HashMap<BagKind, HashMap<Url, MediumHeld>>;

/// Downloads what is wanted, each address once a bag; what cannot be had is a gap, and the snapshot goes on.
pub(super) async fn download_media(
    client: &Client,
    account: &Account,
    comparison: &Comparison,
    staging: &mut Staging<'_>,
    blocked: &(dyn Fn(&Url) -> bool + Sync),
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Media, store::Error> {
    let mut wanted: Vec<(BagKind, Url, MediumKind)> = Vec::new();
    let mut listed = HashSet::new();
    for seen in comparison.seen.iter().filter(|s| s.picked) {
        let bag = seen.bag();
        for medium in &seen.item.content.media {
            if listed.insert((bag, medium.address.clone())) {
                wanted.push((bag, medium.address.clone(), medium.kind));
            }
        }
    }
    let mut media = Media::new();
    let of = wanted.len();
    for (got, (kind, address, medium_kind)) in wanted.into_iter().enumerate() {
        progress(Progress::Media { got, of });
        if blocked(&address) {
            let detail = "an emergency lets nobody fetch it".to_owned();
            let missing = GapReason::NotCaptured { detail };
            let held = MediumHeld::Missing { missing };
            media.entry(kind).or_default().insert(address, held);
            continue;
        }
        let draft = staging.draft(kind)?;
        let mut file = draft.medium(&address, medium_kind)?;
        let held = match platform::download(client, account, &address, &mut file).await {
            Ok(download) => {
                let stored = file.finish()?;
                draft.requests.push(Request {
                    file: Some(stored.path.clone()),
                    ..download.request
                });
                MediumHeld::Held {
                    file: stored.path,
                    bytes: stored.bytes,
                    sha256: stored.sha256,
                    media_type: download.media_type.unwrap_or_default(),
                }
            }
            Err(DownloadError::Gap(missing)) => {
                drop(file);
                draft.forget_medium()?;
                MediumHeld::Missing { missing }
            }
            Err(DownloadError::Write(source)) => return Err(file.failed(source)),
        };
        media.entry(kind).or_default().insert(address, held);
    }
    Ok(media)
}

/// What was picked only to try again is dropped unless all its media came: else each snapshot would seal it anew.
pub(super) fn drop_vain_retries(comparison: &mut Comparison, media: &Media) {
    for seen in comparison.seen.iter_mut().filter(|s| s.retry) {
        let bag = media.get(&seen.bag());
        seen.picked = seen.item.content.media.iter().all(|m| {
            let held = bag.and_then(|b| b.get(&m.address));
            matches!(held, Some(MediumHeld::Held { .. }))
        });
    }
}

/// The coverage of one bag's media; `None` when its records show none.
pub(super) fn media_row(
    comparison: &Comparison,
    kind: BagKind,
    held: &HashMap<Url, MediumHeld>,
) -> Option<CoverageRow> {
    let mut addresses: Vec<&Url> = comparison
        .picked(kind)
        .flat_map(|s| s.item.content.media.iter().map(|m| &m.address))
        .collect();
    addresses.sort();
    addresses.dedup();
    if addresses.is_empty() {
        return None;
    }
    let missing: Vec<Gap> = addresses
        .iter()
        .filter_map(|address| match held.get(address) {
            Some(MediumHeld::Missing { missing }) => Some(Gap {
                what: address.to_string(),
                reason: missing.clone(),
            }),
            _ => None,
        })
        .collect();
    Some(CoverageRow {
        what: Covered::Media,
        expected: Some(addresses.len() as u64),
        captured: (addresses.len() - missing.len()) as u64,
        missing,
    })
}

/// Adds a bag's media to the capture's.
pub(super) fn add_media(coverage: &mut Coverage, row: Option<CoverageRow>) {
    let Some(row) = row else { return };
    match coverage.rows.iter_mut().find(|r| r.what == Covered::Media) {
        None => coverage.rows.push(row),
        Some(all) => {
            all.expected = all.expected.zip(row.expected).map(|(a, b)| a + b);
            all.captured += row.captured;
            all.missing.extend(row.missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{
        Change, Content, Digest, Item, Kind, Medium, NativeId, RecordId, Visibility,
    };
    use crate::workflow::comparison::Seen;
    use uuid::Uuid;

    fn address(name: &str) -> Url {
        format!("https://blogg.example/{name}.jpg").parse().unwrap()
    }

    fn seen(visibility: Visibility, retry: bool, media: &[&str]) -> Seen {
        let medium = |name: &&str| Medium {
            address: address(name),
            kind: MediumKind::Picture,
            alt: None,
            caption: None,
        };
        Seen {
            matched: crate::workflow::matching::Match::None,
            record: RecordId(Uuid::nil()),
            digest: Digest::of(b""),
            version: 1,
            change: Change::New,
            picked: true,
            retry,
            item: Item {
                native_id: NativeId("post:1".into()),
                kind: Kind::Post,
                parent: None,
                permalink: None,
                published: None,
                edited: None,
                visibility,
                content: Content {
                    media: media.iter().map(medium).collect(),
                    ..Content::default()
                },
            },
        }
    }

    fn held() -> MediumHeld {
        MediumHeld::Held {
            file: "data/media/0001-a.jpg".into(),
            bytes: 1,
            sha256: Digest::of(b"a"),
            media_type: "image/jpeg".into(),
        }
    }

    fn missing() -> MediumHeld {
        MediumHeld::Missing {
            missing: GapReason::Refused { status: 404 },
        }
    }

    fn comparison(seen: Vec<Seen>) -> Comparison {
        Comparison {
            seen,
            not_seen: vec![],
        }
    }

    #[test]
    fn each_bag_counts_its_own_media_once() {
        let all = comparison(vec![
            seen(Visibility::Public, false, &["a", "b"]),
            seen(Visibility::Public, false, &["a"]),
            seen(Visibility::Held, false, &["c"]),
        ]);
        let public = HashMap::from([(address("a"), held()), (address("b"), missing())]);
        let row = media_row(&all, BagKind::Records, &public).unwrap();
        assert_eq!((row.expected, row.captured), (Some(2), 1));
        assert_eq!(row.missing[0].what, address("b").to_string());
        let restricted = HashMap::from([(address("c"), held())]);
        let own = media_row(&all, BagKind::RecordsRestricted, &restricted).unwrap();
        assert_eq!((own.expected, own.captured), (Some(1), 1));
        let mut whole = Coverage::default();
        add_media(&mut whole, Some(row));
        add_media(&mut whole, Some(own));
        add_media(&mut whole, None);
        assert_eq!(
            (whole.rows[0].expected, whole.rows[0].captured),
            (Some(3), 2)
        );
    }

    #[test]
    fn records_without_media_have_no_row() {
        let all = comparison(vec![seen(Visibility::Public, false, &[])]);
        assert_eq!(media_row(&all, BagKind::Records, &HashMap::new()), None);
    }

    #[test]
    fn a_second_try_counts_only_when_all_came() {
        let mut all = comparison(vec![
            seen(Visibility::Public, true, &["a", "b"]),
            seen(Visibility::Public, true, &["a"]),
            seen(Visibility::Public, false, &["b"]),
        ]);
        let public = HashMap::from([(address("a"), held()), (address("b"), missing())]);
        drop_vain_retries(&mut all, &Media::from([(BagKind::Records, public)]));
        let picked: Vec<bool> = all.seen.iter().map(|s| s.picked).collect();
        assert_eq!(picked, [false, true, true]);
    }
}
