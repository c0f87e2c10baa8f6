//! WordPress' REST interface wp/v2 as its handbook documents it: routes, headers, errors, and PHP's JSON.

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::site::{Author, Comment, DESCRIPTION, NAME, Post, Site, escape, utc};

/// Basic authorisation of `redaktor` with the application password, with its spaces and without.
const EDITOR: [&str; 2] = [
    "Basic cmVkYWt0b3I6ZGVtbyBkZW1vIGRlbW8gZGVtbw==",
    "Basic cmVkYWt0b3I6ZGVtb2RlbW9kZW1vZGVtbw==",
];

pub fn answer(site: &Site, route: &str, request: &Request) -> Response {
    let editor = match &request.authorization {
        None => false,
        Some(value) if EDITOR.contains(&value.as_str()) => true,
        Some(_) => {
            let message = "Lösenordet du angav är inte ett giltigt programlösenord.";
            return error(401, "incorrect_password", message);
        }
    };
    let parts: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
    let response = match parts.as_slice() {
        [] => index(site),
        ["wp", "v2", "posts"] => entries(site, &site.posts, request),
        ["wp", "v2", "pages"] => entries(site, &site.pages, request),
        ["wp", "v2", "comments"] => comments(site, request, editor),
        ["wp", "v2", "posts", id] => one(site, &site.posts, id, request),
        ["wp", "v2", "pages", id] => one(site, &site.pages, id, request),
        ["wp", "v2", "comments", id] => one_comment(site, id, editor),
        _ => error(
            404,
            "rest_no_route",
            "Ingen rutt hittades som matchar URL och begärd metod.",
        ),
    };
    response
        .header("X-Robots-Tag", "noindex")
        .header("X-Content-Type-Options", "nosniff")
        .header("Allow", "GET")
        .header(
            "Access-Control-Expose-Headers",
            "X-WP-Total, X-WP-TotalPages, Link",
        )
}

fn index(site: &Site) -> Response {
    respond(&json!({
        "name": NAME, "description": DESCRIPTION, "url": site.home, "home": site.home,
        "gmt_offset": "1", "timezone_string": "Europe/Stockholm",
        "namespaces": ["oembed/1.0", "wp/v2", "wp-site-health/v1"],
        "site_icon_url": "", "routes": {}
    }))
}

fn entries(site: &Site, all: &[Post], request: &Request) -> Response {
    let mut found: Vec<&Post> = all.iter().collect();
    found.sort_by_key(|post| match request.parameter("orderby") {
        Some("id") => (post.id as i64, 0),
        _ => (post.local.and_utc().timestamp(), post.id),
    });
    paged(site, request, found, |post| entry(site, post, request))
}

fn comments(site: &Site, request: &Request, editor: bool) -> Response {
    let status = request.parameter("status").unwrap_or("approve");
    let kind = request.parameter("type").unwrap_or("comment");
    for (name, value, open) in [("status", status, "approve"), ("type", kind, "comment")] {
        if value != open && !editor {
            let message = format!("Frågeparameter är inte tillåten: {name}");
            return error(401, "rest_forbidden_param", &message);
        }
    }
    let post: Option<u64> = request.parameter("post").and_then(|id| id.parse().ok());
    let mut found: Vec<&Comment> = site
        .comments
        .iter()
        .filter(|c| c.held == (status == "hold") && kind != "pings")
        .filter(|c| post.is_none_or(|id| c.post == id))
        .collect();
    found.sort_by_key(|c| c.id);
    paged(site, request, found, |c| comment(site, c))
}

/// One page of a list that is sorted ascending, turned where it is asked for the other way.
fn paged<T>(
    site: &Site,
    request: &Request,
    mut found: Vec<&T>,
    show: impl Fn(&T) -> Value,
) -> Response {
    let number = |name, otherwise: usize| match request.parameter(name) {
        Some(text) => text.parse::<usize>().ok().filter(|n| *n > 0),
        None => Some(otherwise),
    };
    let (Some(per_page), Some(page)) = (number("per_page", 10), number("page", 1)) else {
        return error(
            400,
            "rest_invalid_param",
            "Ogiltig parameter: per_page, page",
        );
    };
    if per_page > 100 {
        return error(400, "rest_invalid_param", "Ogiltig parameter: per_page");
    }
    if request.parameter("order") != Some("asc") {
        found.reverse();
    }
    let total = found.len();
    let pages = total.div_ceil(per_page);
    if page > pages && page > 1 {
        let message = "Sidnumret som begärdes är större än antalet tillgängliga sidor.";
        return error(400, "rest_post_invalid_page_number", message);
    }
    let skipped = (page - 1).saturating_mul(per_page);
    let shown: Vec<Value> = found
        .iter()
        .skip(skipped)
        .take(per_page)
        .map(|t| show(t))
        .collect();
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!(
            "<{}>; rel=\"prev\"",
            beside(site, request, page - 1)
        ));
    }
    if page < pages {
        links.push(format!(
            "<{}>; rel=\"next\"",
            beside(site, request, page + 1)
        ));
    }
    let response = respond(&Value::Array(shown))
        .header("X-WP-Total", total.to_string())
        .header("X-WP-TotalPages", pages.to_string());
    if links.is_empty() {
        response
    } else {
        response.header("Link", links.join(", "))
    }
}

/// The same request for another page.
fn beside(site: &Site, request: &Request, page: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let kept = request.query.iter().filter(|(key, _)| key != "page");
    query
        .extend_pairs(kept)
        .append_pair("page", &page.to_string());
    format!("{}{}?{}", site.home, request.path, query.finish())
}

fn one(site: &Site, all: &[Post], id: &str, request: &Request) -> Response {
    let found = id
        .parse()
        .ok()
        .and_then(|id: u64| all.iter().find(|p| p.id == id));
    match found {
        Some(post) => respond(&entry(site, post, request)),
        None => error(404, "rest_post_invalid_id", "Ogiltigt inläggs-ID."),
    }
}

fn one_comment(site: &Site, id: &str, editor: bool) -> Response {
    let found = id
        .parse()
        .ok()
        .and_then(|id: u64| site.comments.iter().find(|c| c.id == id));
    match found {
        Some(c) if c.held && !editor => {
            let message = "Du har inte behörighet att läsa denna kommentar.";
            error(401, "rest_cannot_read", message)
        }
        Some(c) => respond(&comment(site, c)),
        None => error(404, "rest_comment_invalid_id", "Ogiltigt kommentars-ID."),
    }
}

fn entry(site: &Site, post: &Post, request: &Request) -> Value {
    let author = site.author(post);
    let kind = if post.is_page { "page" } else { "post" };
    let address = site.address(post);
    let mut value = json!({
        "id": post.id,
        "date": post.local.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "date_gmt": utc(post.local).format("%Y-%m-%dT%H:%M:%S").to_string(),
        "guid": {"rendered": format!("{}/?p={}", site.home, post.id)},
        "modified": post.modified.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "modified_gmt": utc(post.modified).format("%Y-%m-%dT%H:%M:%S").to_string(),
        "slug": post.slug, "status": "publish", "type": kind, "link": address,
        "title": {"rendered": escape(&post.title).replace(" – ", " &#8211; ")},
        "content": {"rendered": site.html(post), "protected": false},
        "author": author.id,
        "featured_media": post.picture.map_or(0, |picture| picture.id),
        "comment_status": "open", "ping_status": "closed", "template": "", "meta": []
    });
    let embed = request.parameter("_embed");
    if let (Some(_), Some(object)) = (embed, value.as_object_mut()) {
        let mut embedded = json!({"author": [person(site, author)]});
        if let (Some(picture), Some(embedded)) = (&post.picture, embedded.as_object_mut()) {
            let (width, height) = picture.scene.size();
            let file = json!([{
                "id": picture.id, "type": "attachment", "slug": post.slug, "link": address,
                "title": {"rendered": escape(&post.title)}, "caption": {"rendered": ""},
                "alt_text": picture.alt, "media_type": "image", "mime_type": picture.scene.media_type(),
                "media_details": {"width": width, "height": height},
                "source_url": site.picture_address(post, picture)
            }]);
            embedded.insert("wp:featuredmedia".to_owned(), file);
        }
        object.insert("_embedded".to_owned(), embedded);
    }
    value
}

fn person(site: &Site, author: &Author) -> Value {
    json!({
        "id": author.id, "name": author.name, "url": "", "description": "",
        "link": format!("{}/author/{}/", site.home, author.slug), "slug": author.slug
    })
}

fn comment(site: &Site, comment: &Comment) -> Value {
    let on = site.entry(comment.post).map(|post| site.address(post));
    let is_editor = comment.said.who == NAME;
    json!({
        "id": comment.id, "post": comment.post, "parent": comment.parent,
        "author": if is_editor { 4 } else { 0 },
        "author_name": comment.said.who,
        "author_url": if is_editor { site.home.as_str() } else { "" },
        "date": comment.local.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "date_gmt": utc(comment.local).format("%Y-%m-%dT%H:%M:%S").to_string(),
        "content": {"rendered": format!("<p>{}</p>\n", escape(comment.said.text))},
        "link": format!("{}#comment-{}", on.unwrap_or_else(|| site.home.clone()), comment.id),
        "status": if comment.held { "hold" } else { "approved" },
        "type": "comment", "author_avatar_urls": {}, "meta": []
    })
}

fn error(status: u16, code: &str, message: &str) -> Response {
    respond(&json!({"code": code, "message": message, "data": {"status": status}})).status(status)
}

/// JSON as PHP's `json_encode` writes it: slashes and all beyond ASCII escaped.
fn respond(value: &Value) -> Response {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Response::new("application/json; charset=UTF-8", out)
}
