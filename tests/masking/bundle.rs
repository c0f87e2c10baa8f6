//! What leaves the archive is opened to its last byte: bundles of random posts, by the command that a registrar runs.

use std::io::{Cursor, Read as _};
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::search::found;
use super::support::hostile::{http, serve};
use super::support::judges::judge_schema;
use super::support::{Archive, lines};
use super::written::{WAYS, address, name, written};

/// A post whose author must not be known.
#[derive(Debug, Clone)]
struct Post {
    name: String,
    ways: Vec<(usize, usize)>,
    by_author: bool,
    withheld: bool,
    region: (u32, u32, u32, u32),
}

fn post() -> impl Strategy<Value = Post> {
    let region = (0u32..90, 0u32..60, 5u32..40, 5u32..30);
    let ways = prop::collection::vec((0..WAYS, 0usize..8), 1..5);
    (name(), ways, any::<bool>(), any::<bool>(), region).prop_map(
        |(name, ways, by_author, withheld, region)| Post {
            name,
            ways,
            by_author,
            withheld,
            region,
        },
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\n', "<br>")
}

fn html(post: &Post, site: &str, n: usize) -> String {
    let mut body = String::from("<p>Till kommunen.</p>");
    for (way, place) in &post.ways {
        let words = escaped(&written(&post.name, *way));
        let link = escaped(&address(&post.name, *way));
        body.push_str(&match place {
            0 => format!("<h2>{words}</h2>"),
            1 => format!("<ul><li>ett</li><li>{words}</li></ul>"),
            2 => format!("<blockquote><p>sade {words}</p></blockquote>"),
            3 => format!("<table><tr><td>Namn</td><td>{words}</td></tr></table>"),
            4 => format!("<p>se <a href=\"{link}\">här</a></p>"),
            5 => format!("<p><a href=\"{link}\">{words}</a></p>"),
            6 => format!("<pre>x\n{}\ny</pre>", escaped(&post.name)),
            _ => format!("<p><b>{words}</b>, sade hon.</p>"),
        });
    }
    body.push_str(&format!(
        "<p><img src=\"{site}bild/{n}.png\" alt=\"Bild av {}\"></p>",
        escaped(&post.name)
    ));
    body
}

fn feed(posts: &[Post], site: &str) -> String {
    let mut all = String::new();
    for (n, post) in posts.iter().enumerate() {
        let name = escaped(&post.name);
        all.push_str(&format!(
            "<item><title>Fråga av {name}</title><link>{site}p/{}</link><guid>g{n}</guid><pubDate>Fri, {:02} Nov 2026 08:15:00 +0100</pubDate>
             <dc:creator>{name}</dc:creator><content:encoded><![CDATA[{}]]></content:encoded></item>",
            post.name.replace(' ', "-"),
            n + 1,
            html(post, site, n)
        ));
    }
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">
         <channel><title>Tibro</title><link>{site}</link><description>d</description>{all}</channel></rss>"
    )
}

/// A picture of noise whose file tells a name in a chunk of text, and after its end.
fn picture(name: &str) -> Vec<u8> {
    let mut state = 7u32;
    let image = RgbImage::from_fn(128, 96, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8 | 1, (state >> 16) as u8 | 1, 255])
    });
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    let plain = out.into_inner();
    let mut chunk = b"tEXtComment\0".to_vec();
    chunk.extend(name.as_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&chunk);
    let length = (chunk.len() - 4) as u32;
    // Behind the header, which takes 8 and 25 bytes.
    let mut told = plain[..33].to_vec();
    told.extend(length.to_be_bytes());
    told.extend(&chunk);
    told.extend(crc.sum().to_be_bytes());
    told.extend(&plain[33..]);
    told.extend(name.as_bytes());
    told
}

fn blank_in(zip: &Path, posts: &[&Post]) {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(zip).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
    let mut pictures: Vec<&String> = names.iter().filter(|n| n.contains("/bilder/")).collect();
    pictures.sort();
    assert_eq!(pictures.len(), posts.len());
    for (name, post) in pictures.iter().zip(posts) {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        let shown = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let (x, y, w, h) = post.region;
        for (px, py, pixel) in shown.enumerate_pixels() {
            let inside = (x..x + w).contains(&px) && (y..y + h).contains(&py);
            assert_eq!(pixel.0 == [0; 3], inside, "{px},{py} of {name}");
        }
    }
}

/// What a command reports, held against its schema.
fn judged(archive: &Archive, args: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(args);
    let told = archive.run(&all).expect(0);
    let file = archive.beside("judged.json");
    std::fs::write(&file, &told.stdout).unwrap();
    judge_schema(&file, "report.schema.json");
    told.data()
}

fn hand_out(posts: &[Post]) {
    let held = std::sync::Arc::new(std::sync::OnceLock::<(String, Vec<Vec<u8>>)>::new());
    let inner = std::sync::Arc::clone(&held);
    let site = serve(move |path| {
        let Some((feed, pictures)) = inner.get() else {
            return Vec::new();
        };
        let number = path
            .strip_prefix("/bild/")
            .and_then(|p| p.strip_suffix(".png"));
        match number.and_then(|n| pictures.get(n.parse::<usize>().ok()?)) {
            Some(picture) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    picture.len()
                );
                [head.into_bytes(), picture.clone()].concat()
            }
            None => http("200 OK", "application/rss+xml", feed),
        }
    });
    let pictures = posts.iter().map(|p| picture(&p.name)).collect();
    held.set((feed(posts, &site), pictures)).unwrap();
    let archive = Archive::new();
    archive.add_account("blogg", "feed", &format!("{site}feed.xml"), &[]);
    archive.snapshot("blogg");
    let mut records = lines(&archive.run(&["--json", "record", "list"]).expect(0));
    records.sort_by_key(|r| r["published"].as_str().unwrap().to_owned());
    let ids: Vec<&str> = records
        .iter()
        .map(|r| r["record"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), posts.len());
    let committee = archive.data(&["account", "show", "blogg"])["account"]["committee"]
        .as_str()
        .unwrap_or("Kommunstyrelsen")
        .to_owned();
    let mut open = vec![
        "disclosure",
        "open",
        "--scope",
        "allt",
        "--committee",
        &committee,
    ];
    open.extend(&ids);
    let case = archive.data(&open)["designation"]
        .as_str()
        .unwrap()
        .to_owned();
    for (id, post) in ids.iter().zip(posts) {
        if post.withheld {
            archive
                .run(&[
                    "disclosure",
                    "review",
                    &case,
                    id,
                    "--withhold",
                    "21:7",
                    "--reason",
                    "enskilds förhållanden",
                ])
                .expect(0);
            continue;
        }
        match post.by_author {
            true => judged(
                &archive,
                &["disclosure", "mask", &case, id, "--author", "--osl", "21:7"],
            ),
            false => {
                let reason = format!("{} är skyddad", post.name);
                let args = [
                    "disclosure",
                    "mask",
                    &case,
                    id,
                    "--words",
                    &post.name,
                    "--osl",
                    "21:7",
                ];
                judged(&archive, &[&args[..], &["--reason", &reason]].concat())
            }
        };
        let (x, y, w, h) = post.region;
        let region = format!("1:{x},{y},{w},{h}");
        archive
            .run(&[
                "disclosure",
                "mask",
                &case,
                id,
                "--region",
                &region,
                "--osl",
                "21:7",
            ])
            .expect(0);
    }
    let given: Vec<&Post> = posts.iter().filter(|p| !p.withheld).collect();
    let out = |name: &str| archive.beside(name).display().to_string();
    let forms = [
        ("papper", "a.pdf"),
        ("på-stället", "b.pdf"),
        ("digitalt", "c.zip"),
    ];
    if given.is_empty() {
        archive
            .run(&[
                "disclosure",
                "deliver",
                &case,
                "--form",
                "papper",
                "-o",
                &out("a.pdf"),
            ])
            .refuses(1, &[&case]);
        return;
    }
    let secrets: Vec<&str> = posts.iter().map(|p| p.name.as_str()).collect();
    for (form, file) in forms {
        let args = [
            "disclosure",
            "deliver",
            &case,
            "--form",
            form,
            "--versions",
            "-o",
            &out(file),
        ];
        let done = judged(&archive, &args);
        let bytes = std::fs::read(archive.beside(file)).unwrap();
        let told = found(file, &bytes, &secrets);
        assert!(told.is_empty(), "{form}: {told:#?}\n{posts:#?}");
        let export = done["export"].as_str().unwrap();
        let again = out(&format!("igen-{file}"));
        archive
            .run(&[
                "disclosure",
                "deliver",
                &case,
                "--again",
                export,
                "-o",
                &again,
            ])
            .expect(0);
        assert_eq!(
            std::fs::read(again).unwrap(),
            bytes,
            "the same export, the same bytes"
        );
    }
    blank_in(&archive.beside("c.zip"), &given);
    let preview = archive.beside("utkast.zip");
    let to = preview.display().to_string();
    judged(&archive, &["disclosure", "preview", &case, "-o", &to]);
    assert!(found("utkast.zip", &std::fs::read(preview).unwrap(), &secrets).is_empty());
    // Nothing that cannot be erased holds a word of it: neither events nor what is kept of an export.
    let catalog = rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap();
    let kept: String = catalog
        .query_row(
            "SELECT (SELECT group_concat(coalesce(before, '') || coalesce(after, '')) FROM event
                     WHERE verb LIKE 'disclosure%' OR verb = 'export')
                 || (SELECT group_concat(request) FROM export)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    for secret in &secrets {
        assert!(
            !kept.contains(secret),
            "an event or an export tells {secret}"
        );
    }
}

#[test]
fn no_bundle_tells_what_is_masked() {
    let cases = std::env::var("ARKIVD_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&prop::collection::vec(post(), 2..5), |posts| {
            hand_out(&posts);
            Ok(())
        })
        .unwrap();
}
