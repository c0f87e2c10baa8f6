//! The pages that are printed, on loopback.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use image::{DynamicImage, ImageFormat, RgbaImage};
use jpeg_encoder::{ColorType, Encoder};

use crate::made;

pub fn page(name: &str) -> Option<&'static str> {
    Some(match name {
        "article" => include_str!("pages/article.html"),
        "without_alt" => include_str!("pages/without_alt.html"),
        "hostile" => include_str!("pages/hostile.html"),
        "wordpress" => include_str!("pages/wordpress.html"),
        "rtl" => include_str!("pages/rtl.html"),
        "extremes" => include_str!("pages/extremes.html"),
        "empty" => include_str!("pages/empty.html"),
        "pictures" => include_str!("pages/pictures.html"),
        "layers" => include_str!("pages/layers.html"),
        "damaged" => include_str!("pages/damaged.html"),
        "plain" => include_str!("pages/plain.html"),
        _ => return None,
    })
}

/// Serves until the test ends; the port.
pub fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let asked = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let path = asked.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let found: Option<(&str, Vec<u8>)> = match path.as_str() {
        "posts" => Some(("text/html; charset=utf-8", posts(40).into_bytes())),
        "table" => Some(("text/html; charset=utf-8", table().into_bytes())),
        "quarters.png" => Some(("image/png", png(made::quarters().into()))),
        "alpha.png" => Some(("image/png", png(alpha().into()))),
        "cmyk.jpg" => Some(("image/jpeg", include_bytes!("../screens/cmyk.jpg").to_vec())),
        "grey.jpg" => Some(("image/jpeg", jpeg(ColorType::Luma, &[]))),
        "badicc.jpg" => Some(("image/jpeg", jpeg(ColorType::Rgb, b"no profile at all"))),
        "p3.jpg" => {
            let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
            Some(("image/jpeg", jpeg(ColorType::Rgb, &profile)))
        }
        "cut.jpg" | "noise.jpg" | "tail.jpg" | "turned.jpg" | "progressive.jpg" | "odd.jpg" => {
            Some(("image/jpeg", damaged(&path)))
        }
        "cut.png" => {
            let mut whole = png(made::quarters().into());
            whole.truncate(whole.len() - 40);
            Some(("image/png", whole))
        }
        "deep.png" => Some((
            "image/png",
            png(DynamicImage::ImageRgb16(
                DynamicImage::ImageRgb8(made::quarters()).to_rgb16(),
            )),
        )),
        "drawn.svg" => Some(("image/svg+xml", SVG.to_vec())),
        name if name.starts_with("photo") => Some(("image/jpeg", photo(name))),
        name => page(name).map(|html| ("text/html; charset=utf-8", html.as_bytes().to_vec())),
    };
    let (status, kind, body) = match found {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><circle cx='5' cy='5' r='4' fill='teal' opacity='.5'/><text x='1' y='6' font-size='4'>svg</text></svg>";

fn png(image: DynamicImage) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

fn alpha() -> RgbaImage {
    RgbaImage::from_fn(64, 64, |x, y| {
        image::Rgba([200, 40, (y * 4) as u8, (x * 4) as u8])
    })
}

fn jpeg(colour: ColorType, profile: &[u8]) -> Vec<u8> {
    let grey = matches!(colour, ColorType::Luma);
    let quarters = made::quarters();
    let pixels: Vec<u8> = quarters
        .pixels()
        .flat_map(|p| p.0.into_iter().take(if grey { 1 } else { 3 }))
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 90);
    if !profile.is_empty() {
        encoder.add_icc_profile(profile).unwrap();
    }
    encoder.encode(&pixels, 64, 64, colour).unwrap();
    out
}

/// JPEGs that browsers show all the same.
fn damaged(name: &str) -> Vec<u8> {
    let whole = photo("photo");
    let middle = whole.len() / 2;
    match name {
        "cut.jpg" => whole[..middle].to_vec(),
        "noise.jpg" => {
            let mut noise = whole;
            for at in (middle..noise.len() - 100).step_by(97) {
                noise[at] = noise[at].wrapping_add(77);
            }
            noise
        }
        "tail.jpg" => [whole, b"and more".repeat(200)].concat(),
        "turned.jpg" => {
            let mut exif = b"Exif\0\0".to_vec();
            exif.extend(made::exif(6));
            made::with_segment(&whole, 0xe1, &exif)
        }
        "progressive.jpg" => {
            let mut out = Vec::new();
            let mut encoder = Encoder::new(&mut out, 80);
            encoder.set_progressive(true);
            let pixels = made::quarters().into_raw();
            encoder.encode(&pixels, 64, 64, ColorType::Rgb).unwrap();
            out
        }
        // Its header says that it is higher than its data reach.
        _ => {
            let mut odd = whole;
            let frame = made::segment(&odd, 0xc0);
            odd[frame + 5] = 8;
            odd
        }
    }
}

/// A picture of the size that posts have, different for each name.
fn photo(name: &str) -> Vec<u8> {
    let seed = name.bytes().fold(7_u32, |sum, b| {
        sum.wrapping_mul(31).wrapping_add(u32::from(b))
    });
    let (width, height) = (640_u32, 400_u32);
    let mut noise = seed;
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = |k: u32| ((x * k + y * (k + seed % 5)) / 4 + (noise >> 28)) as u8;
            pixels.extend([wave(1), wave(2), wave(3)]);
        }
    }
    let mut out = Vec::new();
    let encoder = Encoder::new(&mut out, 85);
    encoder
        .encode(&pixels, width as u16, height as u16, ColorType::Rgb)
        .unwrap();
    out
}

/// A page of that many posts, each with two pictures and two comments.
pub fn posts(count: usize) -> String {
    let mut html = "<!doctype html><html lang=sv><meta charset=utf-8><title>Räksmörgås kommun – inlägg</title>\
        <style>body{font:16px sans-serif;max-width:700px;margin:auto}.p{border:1px solid #ccc;border-radius:8px;\
        padding:12px;margin:12px 0;box-shadow:0 2px 4px #0003}.p img{width:48%}</style><h1>Räksmörgås kommun</h1>"
        .to_owned();
    for n in 1..=count {
        let text = "Nu öppnar vi ansökan till höstens kurser i kulturskolan, med dans, måleri och slagverk. ".repeat(4);
        let _ = write!(
            html,
            "<div class=p><h2>Inlägg {n}</h2><p>{text}😀 <a href=https://www.example.se/{n}>Läs mer</a></p>\
             <img src=/photo{n}a.jpg alt='Bild {n} a'><img src=/photo{n}b.jpg alt='Bild {n} b'>\
             <ul><li><b>Åsa</b> Vad bra! 👍</li><li><b>Örjan</b> När då?</li></ul></div>"
        );
    }
    html
}

/// A table of 600 rows.
fn table() -> String {
    let mut html = "<!doctype html><html lang=sv><meta charset=utf-8><title>Tabell</title><h1>Tabell</h1><table border=1><thead><tr>"
        .to_owned();
    for c in 1..=8 {
        let _ = write!(html, "<th scope=col>Kolumn {c}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for r in 1..=600 {
        html.push_str("<tr>");
        for c in 1..=8 {
            let _ = write!(html, "<td>{r}:{c}</td>");
        }
        html.push_str("</tr>");
    }
    html
}
