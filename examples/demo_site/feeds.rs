//! RSS 2.0 and Atom as WordPress writes them, ten entries a page, 404 past the last.

use super::http::{Request, Response};
use super::pages;
use super::site::{DESCRIPTION, NAME, Post, Site, escape, utc};

const PER_PAGE: usize = 10;
const GENERATOR: &str = "https://wordpress.org/?v=6.8.3";

pub fn answer(site: &Site, kind: &str, request: &Request) -> Response {
    let page = request.parameter("paged").and_then(|n| n.parse().ok());
    let page: usize = page.unwrap_or(1).max(1);
    let shown: Vec<&Post> = site
        .posts
        .iter()
        .rev()
        .skip((page - 1).saturating_mul(PER_PAGE))
        .take(PER_PAGE)
        .collect();
    if shown.is_empty() && page > 1 {
        return pages::not_found(site);
    }
    match kind {
        "atom" => Response::new("application/atom+xml; charset=UTF-8", atom(site, &shown)),
        _ => Response::new("application/rss+xml; charset=UTF-8", rss(site, &shown)),
    }
}

fn rss(site: &Site, posts: &[&Post]) -> String {
    let home = &site.home;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"\n\
         \txmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n\
         \txmlns:wfw=\"http://wellformedweb.org/CommentAPI/\"\n\
         \txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\
         \txmlns:atom=\"http://www.w3.org/2005/Atom\"\n\
         \txmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"\n\
         \txmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\"\n\t>\n\n<channel>\n\
         \t<title>{NAME}</title>\n\
         \t<atom:link href=\"{home}/feed/\" rel=\"self\" type=\"application/rss+xml\" />\n\
         \t<link>{home}</link>\n\t<description>{DESCRIPTION}</description>\n"
    );
    if let Some(newest) = posts.first() {
        let date = utc(newest.modified).to_rfc2822();
        out.push_str(&format!("\t<lastBuildDate>{date}</lastBuildDate>\n"));
    }
    out.push_str(&format!(
        "\t<language>sv-SE</language>\n\t<generator>{GENERATOR}</generator>\n"
    ));
    for post in posts {
        let link = site.address(post);
        out.push_str(&format!(
            "\t<item>\n\t\t<title>{}</title>\n\t\t<link>{link}</link>\n\
             \t\t<comments>{link}#comments</comments>\n\
             \t\t<dc:creator><![CDATA[{}]]></dc:creator>\n\t\t<pubDate>{}</pubDate>\n\
             \t\t<guid isPermaLink=\"false\">{home}/?p={}</guid>\n\
             \t\t<description><![CDATA[{}]]></description>\n\
             \t\t<content:encoded><![CDATA[{}]]></content:encoded>\n\
             \t\t<slash:comments>{}</slash:comments>\n\t</item>\n",
            escape(&post.title),
            site.author(post).name,
            utc(post.local).to_rfc2822(),
            post.id,
            excerpt(site, post),
            illustrated(site, post),
            site.approved(post.id).count(),
        ));
    }
    out.push_str("</channel>\n</rss>\n");
    out
}

fn atom(site: &Site, posts: &[&Post]) -> String {
    let home = &site.home;
    let updated = posts.first().map(|post| utc(post.modified).to_rfc3339());
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"sv-SE\">\n\
         \t<title type=\"text\">{NAME}</title>\n\t<subtitle type=\"text\">{DESCRIPTION}</subtitle>\n\
         \t<updated>{}</updated>\n\
         \t<link rel=\"alternate\" type=\"text/html\" href=\"{home}\" />\n\t<id>{home}/feed/atom/</id>\n\
         \t<link rel=\"self\" type=\"application/atom+xml\" href=\"{home}/feed/atom/\" />\n\
         \t<generator uri=\"https://wordpress.org/\" version=\"6.8.3\">WordPress</generator>\n",
        updated.unwrap_or_default()
    );
    for post in posts {
        let link = site.address(post);
        out.push_str(&format!(
            "\t<entry>\n\t\t<author>\n\t\t\t<name>{}</name>\n\t\t</author>\n\
             \t\t<title type=\"html\"><![CDATA[{}]]></title>\n\
             \t\t<link rel=\"alternate\" type=\"text/html\" href=\"{link}\" />\n\
             \t\t<id>{home}/?p={}</id>\n\t\t<updated>{}</updated>\n\t\t<published>{}</published>\n\
             \t\t<summary type=\"html\"><![CDATA[{}]]></summary>\n\
             \t\t<content type=\"html\" xml:base=\"{link}\"><![CDATA[{}]]></content>\n\t</entry>\n",
            site.author(post).name,
            escape(&post.title),
            post.id,
            utc(post.modified).to_rfc3339(),
            utc(post.local).to_rfc3339(),
            excerpt(site, post),
            illustrated(site, post),
        ));
    }
    out.push_str("</feed>\n");
    out
}

/// The first paragraph.
fn excerpt(site: &Site, post: &Post) -> String {
    let html = site.html(post);
    html.split("</p>")
        .next()
        .map(|p| format!("{p}</p>"))
        .unwrap_or_default()
}

/// Feeds know no featured picture: themes put it into the content.
fn illustrated(site: &Site, post: &Post) -> String {
    let html = site.html(post);
    match &post.picture {
        Some(picture) => format!(
            "<figure class=\"wp-block-image\"><img src=\"{}\" alt=\"{}\" /></figure>\n{html}",
            site.picture_address(post, picture),
            escape(picture.alt)
        ),
        None => html,
    }
}
