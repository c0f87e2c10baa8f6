//! The municipality's account as a social network shows it: it grows as it is read, and asks for consent first.

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::pages;
use super::pictures;
use super::site::{Comment, DESCRIPTION, NAME, Post, Site, escape};

const POSTS: usize = 60;
const MOST: usize = 5_000;
const AT_ONCE: usize = 10;

pub fn answer(site: &Site, path: &str, request: &Request) -> Response {
    let number = |name: &str| {
        request
            .parameter(name)
            .and_then(|n| n.parse::<usize>().ok())
    };
    let posts = number("n").unwrap_or(POSTS).min(MOST);
    match path.trim_matches('/') {
        "" => page(posts),
        "inlagg" => some(site, posts, number("fran").unwrap_or(0)),
        "stil.css" => Response::new("text/css; charset=utf-8", include_str!("account/style.css")),
        "skript.js" => Response::new(
            "text/javascript; charset=utf-8",
            include_str!("account/script.js"),
        ),
        "vapen.svg" => Response::new("image/svg+xml", include_str!("account/arms.svg")),
        file => match file.strip_prefix("bild/") {
            Some(file) => pictures::sized(site, file, 2),
            None => pages::not_found(site),
        },
    }
}

fn page(posts: usize) -> Response {
    let html = include_str!("account/page.html")
        .replace("{name}", NAME)
        .replace("{description}", DESCRIPTION)
        .replace("{posts}", &posts.to_string());
    Response::new("text/html; charset=utf-8", html)
}

/// The posts from that one on, newest first, as the page's script asks for them.
fn some(site: &Site, posts: usize, from: usize) -> Response {
    let to = from.saturating_add(AT_ONCE).min(posts);
    let shown: Vec<Value> = (from..to).filter_map(|n| one(site, n)).collect();
    let answer = json!({"inlagg": shown, "nasta": (to < posts).then_some(to)});
    Response::new("application/json; charset=utf-8", answer.to_string())
}

/// More posts than the site has are its posts again, each time some years older.
fn one(site: &Site, n: usize) -> Option<Value> {
    let all = site.posts.len();
    let post = site.posts.iter().rev().nth(n.checked_rem(all)?)?;
    let years = i32::try_from(n / all).ok()? * all.div_ceil(40) as i32;
    let html = site.html(post);
    let (first, rest) = match html.split_once("</p>") {
        Some((first, rest)) => (format!("{first}</p>"), rest),
        None => (html.clone(), ""),
    };
    let comments: Vec<Value> = site
        .approved(post.id)
        .filter(|c| c.parent == 0)
        .map(|c| comment(site, post, c))
        .collect();
    let date = post.local.format("%m-%d %H:%M");
    Some(json!({
        "id": n, "rubrik": post.text.title, "inledning": first, "resten": rest,
        "tid": format!("{}-{date}", post.local.format("%Y").to_string().parse::<i32>().unwrap_or(2026) - years),
        "bilder": images(site, post, n), "gillar": 7 + (n * 37) % 211, "kommentarer": comments,
    }))
}

fn comment(site: &Site, post: &Post, of: &Comment) -> Value {
    let replies: Vec<Value> = site
        .approved(post.id)
        .filter(|c| c.parent == of.id)
        .map(|c| comment(site, post, c))
        .collect();
    json!({"vem": of.said.who, "text": escape(of.said.text), "tid": of.local.format("%Y-%m-%d %H:%M").to_string(), "svar": replies})
}

/// Its own picture or another's, and a second one with every third: an account's posts have pictures.
fn images(site: &Site, post: &Post, n: usize) -> Vec<Value> {
    let pictured: Vec<&Post> = site.posts.iter().filter(|p| p.picture.is_some()).collect();
    let other = |n: usize| pictured.get(n.checked_rem(pictured.len())?).copied();
    let mut found: Vec<&Post> = Vec::new();
    found.extend(if post.picture.is_some() {
        Some(post)
    } else {
        other(n)
    });
    found.extend((n.is_multiple_of(3)).then(|| other(n + 5)).flatten());
    let image = |(at, post): (usize, &Post)| {
        let picture = post.picture?;
        let (width, height) = picture.scene.size();
        let file = site.picture_address(post, &picture);
        let file = file.rsplit('/').next()?;
        Some(
            json!({"src": format!("/konto/bild/{file}?{n}-{at}"), "alt": picture.alt, "width": width / 2, "height": height / 2}),
        )
    };
    found.into_iter().enumerate().filter_map(image).collect()
}
