//! One post, page or comment as the REST interface gives it, read leniently: plugins bend every field.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use serde_json::Value;
use url::Url;

use super::super::html;
use super::discovery::Site;
use crate::record::{
    Author, Block, Content, GapReason, Item, Kind, Medium, MediumKind, NativeId, Visibility,
};

/// Why an entry of a list became no item.
pub(super) struct Unread(pub(super) GapReason);

/// A number, also written as a string.
pub(super) fn number(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// An id, also written as a string.
pub(super) fn id(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// True for what asks for a password.
pub(super) fn is_protected(value: &Value) -> bool {
    let protected = value.pointer("/content/protected");
    protected.and_then(Value::as_bool) == Some(true)
}

pub(super) fn post(value: &Value, site: &Site, hidden: bool) -> Result<Item, Unread> {
    entry(value, site, hidden, Kind::Post)
}

pub(super) fn page(value: &Value, site: &Site, hidden: bool) -> Result<Item, Unread> {
    entry(value, site, hidden, Kind::Page)
}

fn entry(value: &Value, site: &Site, hidden: bool, kind: Kind) -> Result<Item, Unread> {
    let id = named(value)?;
    if is_protected(value) {
        return Err(Unread(GapReason::PasswordProtected));
    }
    let rendered = rendered(value, "content").ok_or_else(|| {
        Unread(GapReason::Malformed {
            detail: "without content".to_owned(),
        })
    })?;
    let permalink = text(value, "link");
    let base = base(permalink.as_deref(), site);
    let body = html::body(rendered, &base);
    let mut content = Content {
        title: line(self::rendered(value, "title")),
        author: embedded(value, "author").and_then(|author| {
            Some(Author {
                name: line(author.get("name").and_then(Value::as_str))?,
                address: text(author, "link"),
            })
        }),
        language: html::language(rendered),
        body: body.blocks,
        media: body.media,
    };
    if let Some(picture) = embedded(value, "wp:featuredmedia").and_then(|m| featured(m, &base)) {
        put_first(&mut content, picture);
    }
    let published = time(value, "date", site);
    let edited = time(value, "modified", site);
    Ok(Item {
        native_id: NativeId(format!("{kind}:{id}")),
        kind,
        parent: None,
        permalink,
        published,
        edited: edited.filter(|edited| Some(*edited) != published),
        visibility: if hidden {
            Visibility::Hidden
        } else {
            Visibility::Public
        },
        content,
    })
}

pub(super) fn comment(
    value: &Value,
    site: &Site,
    pages: &BTreeSet<NativeId>,
    visibility: Visibility,
) -> Result<Item, Unread> {
    let id = named(value)?;
    let above = value.get("parent").and_then(self::id).filter(|n| *n > 0);
    let under = value.get("post").and_then(self::id).filter(|n| *n > 0);
    let parent = match (above, under) {
        (Some(comment), _) => Some(NativeId(format!("comment:{comment}"))),
        (None, Some(on)) => {
            let page = NativeId(format!("page:{on}"));
            let is_page = pages.contains(&page);
            Some(if is_page {
                page
            } else {
                NativeId(format!("post:{on}"))
            })
        }
        (None, None) => None,
    };
    let permalink = text(value, "link");
    let base = base(permalink.as_deref(), site);
    let rendered = rendered(value, "content").unwrap_or_default();
    let body = html::body(rendered, &base);
    let author = line(value.get("author_name").and_then(Value::as_str)).map(|name| Author {
        name,
        address: text(value, "author_url"),
    });
    Ok(Item {
        native_id: NativeId(format!("comment:{id}")),
        kind: Kind::Comment,
        parent,
        permalink,
        published: time(value, "date", site),
        edited: None,
        visibility,
        content: Content {
            title: None,
            author,
            language: html::language(rendered),
            body: body.blocks,
            media: body.media,
        },
    })
}

fn named(value: &Value) -> Result<u64, Unread> {
    value.get("id").and_then(id).ok_or_else(|| {
        Unread(GapReason::Malformed {
            detail: "without an id".to_owned(),
        })
    })
}

/// `{"rendered": ...}`, or the bare text that some plugins make of it.
fn rendered<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    let field = value.get(key)?;
    field.get("rendered").unwrap_or(field).as_str()
}

fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn line(html: Option<&str>) -> Option<String> {
    let text = html::line(html?);
    (!text.is_empty()).then_some(text)
}

fn base(permalink: Option<&str>, site: &Site) -> Url {
    permalink
        .and_then(|link| site.root.join(link).ok())
        .unwrap_or_else(|| site.root.clone())
}

/// The first embedded object of that relation; an error in its place has a code and is none.
fn embedded<'v>(value: &'v Value, relation: &str) -> Option<&'v Value> {
    let first = value.get("_embedded")?.get(relation)?.get(0)?;
    first.get("code").is_none().then_some(first)
}

fn featured(media: &Value, base: &Url) -> Option<Medium> {
    let address = base.join(media.get("source_url")?.as_str()?).ok()?;
    if !matches!(address.scheme(), "http" | "https") {
        return None;
    }
    let media_type = text(media, "mime_type").unwrap_or_default();
    let kind = match media_type.split('/').next() {
        Some("video") => MediumKind::Film,
        Some("audio") => MediumKind::Sound,
        Some("application" | "text") => MediumKind::Document,
        _ => MediumKind::Picture,
    };
    Some(Medium {
        address,
        kind,
        alt: text(media, "alt_text"),
        caption: line(rendered(media, "caption")),
    })
}

/// Puts the featured picture before all else, unless the body shows the same.
fn put_first(content: &mut Content, picture: Medium) {
    if content.media.iter().any(|m| m.address == picture.address) {
        return;
    }
    for block in &mut content.body {
        if let Block::Medium { medium } = block {
            *medium += 1;
        }
    }
    content.media.insert(0, picture);
    content.body.insert(0, Block::Medium { medium: 0 });
}

/// `date_gmt` where it is set, else `date` in the site's own zone.
pub(super) fn time(value: &Value, key: &str, site: &Site) -> Option<DateTime<Utc>> {
    let read = |key: &str| {
        let text = value.get(key)?.as_str()?.trim();
        if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
            return Some((zoned.to_utc(), true));
        }
        let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
        Some((naive.and_utc(), false))
    };
    if let Some((at, _)) = read(&format!("{key}_gmt")) {
        return Some(at);
    }
    let (at, zoned) = read(key)?;
    if zoned {
        return Some(at);
    }
    at.checked_sub_signed(Duration::minutes(site.offset))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::Profile;
    use super::*;

    fn site() -> Site {
        Site {
            root: "https://a.example/wp-json/".parse().unwrap(),
            profile: Profile::default(),
            offset: 60,
        }
    }

    #[test]
    fn a_post_is_read_with_string_ids_entities_and_bare_dates() {
        let value = json!({
            "id": "12", "date_gmt": "2026-01-02T03:04:05", "modified_gmt": "2026-01-02T03:04:05",
            "link": "https://a.example/sno/", "title": {"rendered": "R&#038;D &#8211; <em>nytt</em>"},
            "content": {"rendered": "<p>Hej</p>", "protected": false},
            "_embedded": {
                "author": [{"code": "rest_user_invalid_id", "message": "Invalid user ID."}],
                "wp:featuredmedia": [{"source_url": "/b.jpg", "alt_text": "Snö", "mime_type": "image/jpeg",
                    "caption": {"rendered": "<p>Foto: A &amp; B</p>"}}]
            }
        });
        let item = post(&value, &site(), false).ok().unwrap();
        assert_eq!(item.native_id.0, "post:12");
        assert_eq!(item.content.title.as_deref(), Some("R&D – nytt"));
        assert_eq!(
            item.published.unwrap().to_rfc3339(),
            "2026-01-02T03:04:05+00:00"
        );
        assert_eq!((item.edited, item.content.author), (None, None));
        assert_eq!(
            item.content.media[0].address.as_str(),
            "https://a.example/b.jpg"
        );
        assert_eq!(
            item.content.media[0].caption.as_deref(),
            Some("Foto: A & B")
        );
        assert_eq!(item.content.body[0], Block::Medium { medium: 0 });
    }

    #[test]
    fn a_missing_gmt_date_is_reckoned_from_the_sites_zone() {
        for empty in [json!(null), json!("0000-00-00T00:00:00"), json!("")] {
            let value = json!({"date_gmt": empty, "date": "2026-01-02T03:04:05"});
            let at = time(&value, "date", &site()).unwrap();
            assert_eq!(at.to_rfc3339(), "2026-01-02T02:04:05+00:00");
        }
        assert_eq!(time(&json!({"date": false}), "date", &site()), None);
    }

    #[test]
    fn a_protected_post_is_a_gap_and_no_item() {
        let value = json!({"id": 4, "content": {"rendered": "", "protected": true}});
        let Err(Unread(reason)) = post(&value, &site(), false) else {
            panic!("an item without content");
        };
        assert_eq!(reason, GapReason::PasswordProtected);
    }

    #[test]
    fn a_comment_answers_the_comment_above_else_the_page_or_post() {
        let pages = BTreeSet::from([NativeId("page:3".into())]);
        for (value, expected) in [
            (json!({"id": 1, "post": 3, "parent": 0}), Some("page:3")),
            (json!({"id": 1, "post": "9", "parent": "0"}), Some("post:9")),
            (json!({"id": 1, "post": 9, "parent": 7}), Some("comment:7")),
            (json!({"id": 1}), None),
        ] {
            let item = comment(&value, &site(), &pages, Visibility::Public)
                .ok()
                .unwrap();
            assert_eq!(item.parent.map(|p| p.0).as_deref(), expected);
        }
    }
}
