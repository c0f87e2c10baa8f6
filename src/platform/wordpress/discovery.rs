//! Where a site's REST interface is, and what the site says of itself.

use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use url::Url;

use super::super::client::Answer;
use super::super::{Error, Profile, html};
use super::item::number;
use super::{Access, Reading};

pub(super) const JSON: &str = "application/json";
const PAGE: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";
const RELATION: &str = "https://api.w.org/";

/// A site whose REST interface was found.
pub(super) struct Site {
    /// The interface's root, in either form: `.../wp-json/` or `...?rest_route=/`.
    pub(super) root: Url,
    pub(super) profile: Profile,
    /// What the site's own times are ahead of UTC, in minutes.
    pub(super) offset: i64,
}

impl Site {
    /// One that was found before.
    pub(super) fn known(root: Url, offset: i64) -> Self {
        Self {
            root,
            profile: Profile::default(),
            offset,
        }
    }

    /// The address of a route below the root, with its parameters.
    pub(super) fn route(&self, route: &str, parameters: &[(&str, &str)]) -> Url {
        under(&self.root, route, parameters)
    }
}

fn under(root: &Url, route: &str, parameters: &[(&str, &str)]) -> Url {
    let mut address = root.clone();
    let pairs: Vec<(String, String)> = root
        .query_pairs()
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let is_plain = pairs.iter().any(|(key, _)| key == "rest_route");
    if !is_plain {
        let path = format!("{}/{route}", root.path().trim_end_matches('/'));
        address.set_path(&path);
    }
    {
        let mut query = address.query_pairs_mut();
        query.clear();
        for (key, value) in &pairs {
            if key == "rest_route" {
                query.append_pair(key, &format!("{}/{route}", value.trim_end_matches('/')));
            } else {
                query.append_pair(key, value);
            }
        }
        query.extend_pairs(parameters);
    }
    if address.query() == Some("") {
        address.set_query(None);
    }
    address
}

/// Finds the interface as WordPress' handbook says: the Link header, the page's `<link>`, the usual places.
pub(super) async fn find(reading: &mut Reading<'_>) -> Result<Site, Error> {
    let address = reading.account.address.clone();
    let home = reading.ask(&address, PAGE, Access::Anonymous).await?;
    let refusal = reading.check(&home).err();
    let below = folder(&home.at);
    let told = told(&home);
    if refusal.is_some() {
        reading.requests.push(home.request);
    } else {
        reading.keep("home".to_owned(), "html", home)?;
    }
    if let Some(root) = told {
        let (answer, index) = ask_root(reading, &root).await?;
        return finish(reading, root, answer, &index?);
    }
    let guesses = [below.join("wp-json/").ok(), rest_route(&below)];
    for root in guesses.into_iter().flatten() {
        match ask_root(reading, &root).await? {
            (answer, Ok(index)) => return finish(reading, root, answer, &index),
            (answer, Err(error)) => {
                let asks_who = matches!(error, Error::Unauthorised { .. }) && is_json(&answer);
                if asks_who || matches!(error, Error::MalformedJson { .. }) {
                    return Err(error);
                }
                reading.requests.push(answer.request);
            }
        }
    }
    Err(refusal.unwrap_or(Error::NoRestInterface {
        address: address.into(),
    }))
}

async fn ask_root(
    reading: &mut Reading<'_>,
    root: &Url,
) -> Result<(Answer, Result<Value, Error>), Error> {
    const FIELDS: &str =
        "name,description,url,home,gmt_offset,timezone_string,namespaces,site_icon_url";
    let address = under(root, "", &[("_fields", FIELDS)]);
    let answer = reading.ask(&address, JSON, Access::Anonymous).await?;
    let index = reading.check(&answer).and_then(|()| json(&answer));
    let index = index.and_then(|index| {
        let spaces = index.get("namespaces").and_then(Value::as_array);
        if spaces.is_some_and(|all| all.iter().any(|s| s == "wp/v2")) {
            Ok(index)
        } else {
            Err(Error::WrongType {
                address: answer.request.address.clone(),
                detail: "it names no namespace wp/v2".to_owned(),
            })
        }
    });
    Ok((answer, index))
}

fn finish(
    reading: &mut Reading<'_>,
    root: Url,
    answer: Answer,
    index: &Value,
) -> Result<Site, Error> {
    let text = |key| {
        let text = html::line(index.get(key).and_then(Value::as_str)?);
        (!text.is_empty()).then_some(text)
    };
    let profile = Profile {
        name: text("name"),
        description: text("description"),
        home: text("home").or_else(|| text("url")),
        language: None,
        picture: text("site_icon_url"),
    };
    let hours = index.get("gmt_offset").and_then(number).unwrap_or_default();
    reading.keep("site".to_owned(), "json", answer)?;
    Ok(Site {
        root,
        profile,
        // Minutes of a zone fit any integer; what is no zone is none.
        offset: if hours.abs() <= 14.0 {
            (hours * 60.0) as i64
        } else {
            0
        },
    })
}

/// The root that the page itself names.
fn told(home: &Answer) -> Option<Url> {
    let page = String::from_utf8_lossy(&home.body);
    let linked = html::links(&page, &home.at)
        .into_iter()
        .filter(|link| link.rel.split_whitespace().any(|word| word == RELATION))
        .map(|link| link.to);
    let mut all = link_header(&home.headers, &home.at)
        .into_iter()
        .chain(linked);
    all.find(|to| matches!(to.scheme(), "http" | "https"))
}

/// Targets of `Link: <...>; rel="https://api.w.org/"` (RFC 8288).
fn link_header(headers: &HeaderMap, base: &Url) -> Vec<Url> {
    let mut found = Vec::new();
    for value in headers.get_all(LINK) {
        let value = String::from_utf8_lossy(value.as_bytes());
        for part in value.split('<').skip(1) {
            let Some((target, parameters)) = part.split_once('>') else {
                continue;
            };
            if parameters.contains(RELATION)
                && let Ok(to) = base.join(target)
            {
                found.push(to);
            }
        }
    }
    found
}

/// The folder that the address names: what stands below it belongs to the site.
fn folder(address: &Url) -> Url {
    let mut folder = address.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    let path = folder.path().to_owned();
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    if !is_file && !path.ends_with('/') {
        folder.set_path(&format!("{path}/"));
    } else if is_file && let Some((parent, _)) = path.rsplit_once('/') {
        folder.set_path(&format!("{parent}/"));
    }
    folder
}

fn rest_route(folder: &Url) -> Option<Url> {
    folder.join("?rest_route=/").ok()
}

fn is_json(answer: &Answer) -> bool {
    let media_type = answer.request.media_type.as_deref().unwrap_or_default();
    media_type.to_ascii_lowercase().contains("json")
}

/// The answer's JSON.
pub(in crate::platform) fn json(answer: &Answer) -> Result<Value, Error> {
    // A byte order mark is what a badly saved plugin file leaves.
    let body = answer
        .body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&answer.body);
    let address = || answer.request.address.clone();
    let media_type = answer.request.media_type.clone();
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'<') {
        return Err(Error::NotJson {
            address: address(),
            found: "a web page".to_owned(),
        });
    }
    serde_json::from_slice(body).map_err(|source| {
        if is_json(answer) {
            Error::MalformedJson {
                address: address(),
                source,
            }
        } else {
            Error::NotJson {
                address: address(),
                found: media_type.unwrap_or_else(|| "content of no named type".to_owned()),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(address: &str) -> Url {
        address.parse().unwrap()
    }

    #[test]
    fn routes_are_built_in_both_forms() {
        let parameters = [("page", "2"), ("_embed", "author")];
        for (root, expected) in [
            (
                "https://a.example/blogg/wp-json/",
                "https://a.example/blogg/wp-json/wp/v2/posts?page=2&_embed=author",
            ),
            (
                "https://a.example/?rest_route=/",
                "https://a.example/?rest_route=%2Fwp%2Fv2%2Fposts&page=2&_embed=author",
            ),
            (
                "https://a.example/index.php?lang=sv&rest_route=/",
                "https://a.example/index.php?lang=sv&rest_route=%2Fwp%2Fv2%2Fposts&page=2&_embed=author",
            ),
        ] {
            assert_eq!(
                under(&url(root), "wp/v2/posts", &parameters).as_str(),
                expected
            );
        }
    }

    #[test]
    fn the_root_is_read_from_the_link_header_among_others() {
        let mut headers = HeaderMap::new();
        let value = "<https://a.example/>; rel=shortlink, </wp-json/>; rel=\"https://api.w.org/\"";
        headers.insert(LINK, value.parse().unwrap());
        let found = link_header(&headers, &url("https://a.example/x"));
        assert_eq!(found, [url("https://a.example/wp-json/")]);
    }

    #[test]
    fn the_folder_of_an_address_is_where_the_site_lies() {
        for (address, expected) in [
            ("https://a.example", "https://a.example/"),
            ("https://a.example/blogg", "https://a.example/blogg/"),
            (
                "https://a.example/blogg/index.php?x=1",
                "https://a.example/blogg/",
            ),
        ] {
            assert_eq!(folder(&url(address)), url(expected), "{address}");
        }
    }
}
