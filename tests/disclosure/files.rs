//! Files that cannot be handed out for how they are made: they are told as that, and not as secret.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{Frame, RgbaImage};

use crate::desk::{Desk, KS, about};
use crate::support::Archive;
use crate::support::hostile::{http, serve};

/// A picture that moves.
fn gif() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = GifEncoder::new(&mut out);
    for shade in [10, 200] {
        let frame = RgbaImage::from_pixel(8, 8, image::Rgba([shade, shade, shade, 255]));
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    out.into_inner()
}

/// The head of one, which nothing here can draw.
fn avif() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B".to_vec();
    bytes.extend([0; 400]);
    bytes
}

fn answer(media_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Three posts: an AVIF with a description, a GIF that moves, and words alone.
fn desk() -> Desk {
    let site = serve(|path| match path {
        "/bild.avif" => answer("image/avif", &avif()),
        "/bild.gif" => answer("image/gif", &gif()),
        _ => {
            let bodies = [
                "<p>Ett</p><img src='/bild.avif' alt='Plogen i backen'>",
                "<p>Två</p><img src='/bild.gif' alt='x'>",
                "<p>Tre</p>",
            ];
            let items = bodies.iter().enumerate().map(|(n, body)| {
                format!(
                    "<item><guid>g{n}</guid><title>Nr {n}</title><pubDate>Tue, 0{} Sep 2026 10:00:00 GMT</pubDate>
                     <content:encoded><![CDATA[{body}]]></content:encoded></item>",
                    n + 1
                )
            });
            let items: String = items.collect();
            let text = format!(
                "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Nyheter</title>
                 <link>http://a.example/</link><description>x</description>{items}</channel></rss>"
            );
            http("200 OK", "application/rss+xml", &text)
        }
    });
    let archive = Archive::new();
    archive.configure("\n[network]\nretries = 0\n");
    archive.add_account("blogg", "feed", &site, &[]);
    archive.snapshot("blogg");
    Desk {
        archive,
        edited: std::sync::Arc::default(),
    }
}

#[test]
fn what_cannot_be_drawn_is_not_told_as_handed_out_whole() {
    let desk = desk();
    let records = desk.records("blogg", "post");
    let ids: Vec<&str> = records.iter().map(String::as_str).collect();
    let open = ["open", "--committee", KS, "--scope", "Allt om plogen"];
    let case = desk.done(&[&open[..], &ids].concat());
    let [avif, _gif, words] = <[String; 3]>::try_from(about(&case)).unwrap();
    desk.done(&["review", "U-2026-0001", "--rest", "--release"]);
    let out = |name: &str| desk.archive.beside(name).display().to_string();
    let pdf = out("ut.pdf");
    let deliver = ["deliver", "U-2026-0001", "--form", "papper", "-o", &pdf];
    let given = desk.judged(0, &deliver);
    let data = given.data();
    let left: Vec<_> = data["remarks"].as_array().unwrap().iter().collect();
    assert_eq!(left.len(), 2, "{given}");
    assert!(left.iter().all(|r| r["technical"] == true), "{given}");

    desk.done(&[
        "review",
        "U-2026-0001",
        &words,
        "--withhold",
        "21:7",
        "--reason",
        "x",
    ]);
    let letter = |step: &[&str]| {
        let args = [&["refuse", "U-2026-0001"], step].concat();
        desk.done(&args)["text"].as_str().unwrap().to_owned()
    };
    desk.configured();
    for letter in [
        letter(&["--answer"]),
        letter(&["--decision", "--delegate", "Anna Ek"]),
    ] {
        for told in [
            "2 handlingar lämnas ut, men inte med alla filer: de anges nedan.",
            "Bilden kan inte visas i den här formen",
            "Filen har fler bilder än den första, som visas här.",
            "inte på sekretess. Du har rätt att ta del av filerna på stället hos Kommunstyrelsen",
        ] {
            assert!(letter.contains(told), "{told}: {letter}");
        }
        assert!(!letter.contains("i sin helhet."), "{letter}");
    }
    // On the spot they are shown, and no letter tells that they are missing.
    let pdf = out("visa.pdf");
    desk.done(&["review", "U-2026-0001", &avif, "--release"]);
    let form = ["--form", "pa\u{30a}-sta\u{308}llet", "-o", &pdf];
    let told = desk.run(&[&["deliver", "U-2026-0001"], &form[..]].concat());
    assert!(told.stderr.contains("show the files"), "{told}");
    assert!(told.stdout.contains("2 records"), "{told}");
    let shown = letter(&["--answer"]);
    assert!(
        shown.contains("2 handlingar lämnas ut i sin helhet."),
        "{shown}"
    );

    let Ok(read) = std::process::Command::new("pdftotext")
        .args(["-layout", &out("ut.pdf"), "-"])
        .output()
    else {
        println!("SKIP: no pdftotext");
        return;
    };
    let text = String::from_utf8(read.stdout).unwrap();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "2 filer är inte med, eller bara delvis.",
        "på stället hos Kommunstyrelsen",
        "Bildbeskrivning: Plogen i backen",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}
