//! The site as a visitor sees it: start page, posts with their comments, pages.

use super::http::{Request, Response};
use super::site::{Comment, DESCRIPTION, NAME, Post, Site, escape};

const PER_PAGE: usize = 10;

const STYLE: &str = "body{font:18px/1.6 Georgia,serif;color:#22302b;background:#f6f4ee;margin:0}\
header{background:#1f5a4d;color:#fff;padding:28px max(24px,calc(50% - 360px))}header a{color:#fff;text-decoration:none;font-size:32px}\
main{max-width:720px;margin:0 auto;padding:24px}article{background:#fff;border-radius:10px;padding:8px 28px 20px;margin:0 0 28px;box-shadow:0 1px 4px #0002}\
img{max-width:100%;height:auto;border-radius:6px}h2 a{color:#1f5a4d;text-decoration:none}time,.by{color:#6b7772;font-size:15px}\
blockquote{border-left:4px solid #d9a441;margin:0;padding:2px 18px}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:4px 12px;text-align:left}\
.comment{border-left:3px solid #dfe6e2;padding:2px 0 2px 16px;margin:12px 0}nav{display:flex;justify-content:space-between}";

pub fn answer(site: &Site, request: &Request) -> Response {
    let path = request.path.trim_matches('/');
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let by_id = request.parameter("p").or(request.parameter("page_id"));
    match parts.as_slice() {
        [] | ["index.php"] => match by_id.map(|id| id.parse().ok()) {
            Some(id) => match id.and_then(|id| site.entry(id)) {
                Some(post) => single(site, post),
                None => not_found(site),
            },
            None => start(
                site,
                request.parameter("paged").and_then(|n| n.parse().ok()),
            ),
        },
        ["page", number] => start(site, number.parse().ok()),
        [_, _, slug] => found(site, site.posts.iter().find(|p| p.slug == *slug)),
        [slug] => found(site, site.pages.iter().find(|p| p.slug == *slug)),
        _ => not_found(site),
    }
}

fn found(site: &Site, post: Option<&Post>) -> Response {
    match post {
        Some(post) => single(site, post),
        None => not_found(site),
    }
}

fn start(site: &Site, page: Option<usize>) -> Response {
    let page = page.unwrap_or(1).max(1);
    let posts = site.posts.iter().rev();
    let shown: Vec<String> = posts
        .skip((page - 1).saturating_mul(PER_PAGE))
        .take(PER_PAGE)
        .map(|post| article(site, post))
        .collect();
    if shown.is_empty() && page > 1 {
        return not_found(site);
    }
    let mut body = shown.concat();
    body.push_str("<nav>");
    if page * PER_PAGE < site.posts.len() {
        body.push_str(&format!(
            "<a href=\"{}/page/{}/\">Äldre inlägg</a>",
            site.home,
            page + 1
        ));
    }
    if page > 1 {
        body.push_str(&format!(
            "<a href=\"{}/page/{}/\">Nyare inlägg</a>",
            site.home,
            page - 1
        ));
    }
    body.push_str("</nav>");
    whole(site, NAME, &body)
}

fn single(site: &Site, post: &Post) -> Response {
    let mut body = article(site, post);
    let comments: Vec<&Comment> = site.approved(post.id).collect();
    if !comments.is_empty() {
        body.push_str(&format!(
            "<section id=\"comments\"><h2>{} kommentarer</h2>",
            comments.len()
        ));
        thread(&comments, 0, &mut body);
        body.push_str("</section>");
    }
    whole(site, &format!("{} – {NAME}", post.title), &body)
}

fn thread(comments: &[&Comment], parent: u64, out: &mut String) {
    for comment in comments.iter().filter(|c| c.parent == parent) {
        out.push_str(&format!(
            "<div class=\"comment\" id=\"comment-{}\"><p class=\"by\"><strong>{}</strong> · {}</p><p>{}</p>",
            comment.id,
            escape(comment.said.who),
            comment.local.format("%Y-%m-%d %H:%M"),
            escape(comment.said.text)
        ));
        thread(comments, comment.id, out);
        out.push_str("</div>");
    }
}

fn article(site: &Site, post: &Post) -> String {
    let picture = post.picture.as_ref().map(|picture| {
        let (width, height) = picture.scene.size();
        format!(
            "<img src=\"{}\" alt=\"{}\" width=\"{width}\" height=\"{height}\">",
            site.picture_address(post, picture),
            escape(picture.alt)
        )
    });
    format!(
        "<article id=\"post-{}\"><h2><a href=\"{}\">{}</a></h2><p class=\"by\">{} · <time datetime=\"{}\">{}</time></p>{}{}</article>",
        post.id,
        site.address(post),
        escape(&post.title),
        site.author(post).name,
        post.local.format("%Y-%m-%dT%H:%M:%S"),
        post.local.format("%Y-%m-%d %H:%M"),
        picture.unwrap_or_default(),
        site.html(post)
    )
}

pub fn not_found(site: &Site) -> Response {
    let body = "<article><h2>Sidan finns inte</h2><p>Den kan ha flyttat, eller aldrig ha funnits.</p></article>";
    whole(site, &format!("Sidan finns inte – {NAME}"), body).status(404)
}

fn whole(site: &Site, title: &str, body: &str) -> Response {
    let home = &site.home;
    let menu: Vec<String> = site
        .pages
        .iter()
        .map(|page| {
            format!(
                "<a style=\"font-size:17px\" href=\"{}\">{}</a>",
                site.address(page),
                escape(&page.title)
            )
        })
        .collect();
    let menu = menu.join(" · ");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"sv-SE\"><head><meta charset=\"UTF-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <link rel=\"alternate\" type=\"application/rss+xml\" title=\"{NAME} &raquo; Webbflöde\" href=\"{home}/feed/\" />\
         <link rel=\"https://api.w.org/\" href=\"{home}/wp-json/\" />\
         <meta name=\"generator\" content=\"WordPress 6.8.3\" /><style>{STYLE}</style></head>\
         <body><header><a href=\"{home}/\">{NAME}</a><br>{DESCRIPTION}<br>{menu}</header><main>{body}</main></body></html>\n",
        escape(title)
    );
    Response::new("text/html; charset=UTF-8", html).header(
        "Link",
        format!("<{home}/wp-json/>; rel=\"https://api.w.org/\""),
    )
}
