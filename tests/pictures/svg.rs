//! Drawings: drawn with the program's own fonts, and nothing read but the file itself.

use std::time::Instant;

use base64::Engine;

use super::made::*;
use super::shown::{refused, shown};

fn svg(body: &str) -> Vec<u8> {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \
         width='64' height='64' viewBox='0 0 64 64'>{body}</svg>"
    )
    .into_bytes()
}

fn hex(c: [u8; 3]) -> String {
    format!("#{:02x}{:02x}{:02x}", c[0], c[1], c[2])
}

fn quarters_svg() -> String {
    QUARTERS
        .iter()
        .enumerate()
        .map(|(n, c)| {
            let (x, y) = (n % 2 * 32, n / 2 * 32);
            format!(
                "<rect x='{x}' y='{y}' width='32' height='32' fill='{}'/>",
                hex(*c)
            )
        })
        .collect()
}

#[test]
fn shapes_gradients_clips_and_packed_drawings_are_drawn() {
    let drawn = shown("a.svg", svg(&quarters_svg()));
    drawn.assert_quarters(QUARTERS, 1, "svg");
    assert_eq!(drawn.number("Width"), 200, "as sharp as print");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut gzip, &svg(&quarters_svg())).unwrap();
    shown("a.svgz", gzip.finish().unwrap()).assert_quarters(QUARTERS, 1, "svgz");
    let clipped = "<clipPath id='c'><rect width='32' height='64'/></clipPath>\
        <linearGradient id='g'><stop stop-color='#dc1e28'/><stop offset='1' stop-color='#dc1e28'/></linearGradient>\
        <rect width='64' height='64' fill='url(#g)' clip-path='url(#c)'/>";
    let white = [255; 3];
    shown("b.svg", svg(clipped)).assert_quarters([RED, white, RED, white], 1, "clipped");
    let style = "<style>.r{fill:#dc1e28}</style><g opacity='1'><rect class='r' width='64' height='64'/></g>";
    shown("c.svg", svg(style)).assert_quarters([RED; 4], 1, "style");
}

/// Pixels of the drawing that are not white.
fn ink(bytes: Vec<u8>) -> usize {
    let shown = shown("text.svg", bytes);
    let mut dark = 0;
    for x in 1..60 {
        for y in 1..60 {
            let Some(c) = shown.at(f64::from(x) / 61.0, f64::from(y) / 61.0) else {
                return usize::MAX;
            };
            dark += usize::from(c[0] < 128);
        }
    }
    dark
}

#[test]
fn text_is_drawn_whatever_font_it_asks_for() {
    for family in ["Noto Sans", "Helvetica Neue", "monospace"] {
        let text = format!("<text x='2' y='45' font-size='44' font-family='{family}'>Åö</text>");
        assert!(ink(svg(&text)) > 200, "{family}");
    }
}

#[test]
fn a_picture_within_is_drawn_and_nothing_outside_is_read() {
    let png = super::sample::written(quarters(), image::ImageFormat::Png);
    let data = base64::engine::general_purpose::STANDARD.encode(&png);
    let within =
        format!("<image width='64' height='64' xlink:href='data:image/png;base64,{data}'/>");
    shown("inre.svg", svg(&within)).assert_quarters(QUARTERS, 2, "within");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hemlig.png");
    std::fs::write(&file, &png).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    for href in [
        format!("file://{}", file.display()),
        file.display().to_string(),
        format!("http://{address}/a.png"),
        "/etc/passwd".to_owned(),
    ] {
        let body = format!(
            "<image width='64' height='64' href='{href}'/><image width='64' height='64' xlink:href='{href}'/>\
             <use href='{href}#a'/><rect width='32' height='64' fill='#dc1e28'/>\
             <style>@import url({href}); @font-face {{ font-family: x; src: url({href}) }}</style>\
             <rect x='32' width='32' height='64' fill='url({href}#g)'/>"
        );
        let shown = shown("yttre.svg", svg(&body));
        let Some(left) = shown.at(0.25, 0.5) else {
            return;
        };
        assert_eq!(left, RED.map(i32::from), "{href}");
        let right = shown.at(0.75, 0.25).unwrap();
        assert_ne!(right, GREEN.map(i32::from), "{href} was read");
    }
    assert!(listener.accept().is_err(), "someone called");
    // A document type that names a file.
    let entity = format!(
        "<!DOCTYPE svg [<!ENTITY x SYSTEM '{}'>]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&x;</text></svg>",
        file.display()
    );
    refused("entitet.svg", entity.into_bytes());
}

pub const BOMBS: [&str; 18] = [
    "uses",
    "patterns",
    "masks",
    "by_class",
    "deep",
    "groups",
    "turbulence",
    "morphology",
    "many",
    "dashes",
    "markers",
    "zigzag",
    "tile",
    "entities",
    "long",
    "letters",
    "inner",
    "circle",
];

/// Drawings that would take hours or all memory: each is told, within seconds.
pub fn bomb(name: &str) -> Vec<u8> {
    let doubled = |kind: &dyn Fn(usize) -> String, last: &str| {
        let mut body = String::from("<defs>");
        for n in 0..40 {
            body.push_str(&kind(n));
        }
        body.push_str("</defs>");
        svg(&(body + last))
    };
    let uses = doubled(
        &|n| match n {
            0 => "<rect id='a0' width='9' height='9'/>".to_owned(),
            n => format!(
                "<g id='a{n}'><use href='#a{0}'/><use href='#a{0}'/></g>",
                n - 1
            ),
        },
        "<use href='#a39'/>",
    );
    let patterns = doubled(
        &|n| {
            let fill = if n == 0 {
                "red".to_owned()
            } else {
                format!("url(#p{})", n - 1)
            };
            let rect = format!("<rect width='5' height='5' fill='{fill}'/>").repeat(3);
            format!(
                "<pattern id='p{n}' width='5' height='5' patternUnits='userSpaceOnUse'>{rect}</pattern>"
            )
        },
        "<rect width='64' height='64' fill='url(#p39)'/>",
    );
    let masks = doubled(
        &|n| {
            let mask = if n == 0 {
                String::new()
            } else {
                format!("mask='url(#m{})'", n - 1)
            };
            let rect = format!("<rect width='64' height='64' fill='white' {mask}/>").repeat(3);
            format!("<mask id='m{n}'>{rect}</mask>")
        },
        "<rect width='64' height='64' mask='url(#m39)'/>",
    );
    let by_class = doubled(
        &|n| {
            let rect =
                format!("<rect class='c{}' width='64' height='64'/>", n.max(1) - 1).repeat(3);
            format!("<style>.c{n}{{mask:url(#n{n})}}</style><mask id='n{n}'>{rect}</mask>")
        },
        "<rect class='c39' width='64' height='64'/>",
    );
    let deep = svg(&("<g>".repeat(100_000) + &"</g>".repeat(100_000)));
    let groups = svg(&("<g opacity='.5'>".repeat(120)
        + "<rect width='64' height='64'/>"
        + &"</g>".repeat(120)));
    let wide = "<svg xmlns='http://www.w3.org/2000/svg' width='5000' height='7000'>".to_owned();
    let filters = |primitive: &str, count: usize| {
        format!(
            "{wide}<filter id='f' x='-9' y='-9' width='99' height='99'>{}</filter>{}</svg>",
            primitive,
            "<rect width='5000' height='7000' filter='url(#f)'/>".repeat(count)
        )
        .into_bytes()
    };
    let turbulence = filters("<feTurbulence baseFrequency='.01' numOctaves='9000'/>", 1);
    let morphology = filters("<feMorphology operator='dilate' radius='900'/>", 1);
    let many = filters("<feGaussianBlur stdDeviation='90'/>", 500);
    let dashes = svg(&"<path d='M0 0H1e7' stroke='red' stroke-dasharray='1e-3'/>".repeat(2_000));
    let markers = svg(&format!(
        "<marker id='k' markerWidth='9' markerHeight='9'>{}</marker><path marker-mid='url(#k)' d='M0 0{}'/>",
        "<rect width='9' height='9'/>".repeat(1_000),
        "L9 9L1 1".repeat(10_000)
    ));
    let zigzag: String = (0..400_000)
        .map(|n| if n % 2 == 0 { "L1 0" } else { "L2 64" })
        .collect();
    let zigzag = svg(&format!("<path d='M0 0{zigzag}' stroke='red'/>"));
    let tile = svg(
        "<pattern id='p' width='1e6' height='1e6' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern>\
         <rect width='64' height='64' fill='url(#p)'/>",
    );
    let mut entities =
        String::from("<!DOCTYPE svg [<!ENTITY e0 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>");
    for n in 1..9 {
        entities.push_str(&format!(
            "<!ENTITY e{n} '{}'>",
            format!("&e{};", n - 1).repeat(30)
        ));
    }
    entities.push_str("]><svg xmlns='http://www.w3.org/2000/svg'><text>&e8;</text></svg>");
    let long = format!("<!DOCTYPE svg [<!ENTITY e '{}'>]>", "a".repeat(1 << 20));
    let long = format!(
        "{long}<svg xmlns='http://www.w3.org/2000/svg'><text>{}</text></svg>",
        "&e;".repeat(50_000)
    );
    let letters = svg(&format!("<text>{}</text>", "ordet ".repeat(600_000)));
    let mut large = Png::new(2, 8);
    (large.width, large.height) = (30_000, 30_000);
    let inner =
        base64::engine::general_purpose::STANDARD.encode(large.around(&packed_zeros(1 << 24)));
    let inner = svg(&format!(
        "<image width='64' height='64' href='data:image/png;base64,{inner}'/>"
    ));
    let circle = svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>");
    match name {
        "uses" => uses,
        "patterns" => patterns,
        "masks" => masks,
        "by_class" => by_class,
        "deep" => deep,
        "groups" => groups,
        "turbulence" => turbulence,
        "morphology" => morphology,
        "many" => many,
        "dashes" => dashes,
        "markers" => markers,
        "zigzag" => zigzag,
        "tile" => tile,
        "entities" => entities.into_bytes(),
        "long" => long.into_bytes(),
        "letters" => letters,
        "inner" => inner,
        "circle" => circle,
        _ => panic!("{name}"),
    }
}

#[test]
fn a_giant_or_tiny_view_is_drawn_small() {
    for (size, what) in [
        ("width='1e9' height='1e9' viewBox='0 0 64 64'", "giant"),
        ("viewBox='0 0 64 64'", "view box alone"),
        (
            "width='1e9' height='1' preserveAspectRatio='none' viewBox='0 0 64 64'",
            "sliver",
        ),
        ("width='0.001' height='0.001' viewBox='0 0 64 64'", "dust"),
    ] {
        let file = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' {size}>{}</svg>",
            quarters_svg()
        );
        let began = Instant::now();
        let (told, part) = super::shown::typeset(&[("a.svg", file.into_bytes())]);
        super::shown::assert_sound(&part);
        assert_eq!(told.pictures_not_drawn, [], "{what}");
        assert!(began.elapsed().as_secs() < 20, "{what}");
    }
}

#[test]
fn another_encoding_than_utf_8_is_the_reason_and_a_cut_letter_is_damage() {
    let text = "<?xml version='1.0' encoding='ISO-8859-1'?>\
        <svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>å</text></svg>";
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    assert!(refused("latin.svg", latin).contains("teckenkodning"));
    let units = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    assert!(refused("le.svg", little).contains("teckenkodning"));
    assert!(refused("be.svg", big).contains("teckenkodning"));
    let cut = text.split_inclusive('å').next().unwrap().as_bytes();
    let why = refused("kapad.svg", cut[..cut.len() - 1].to_vec());
    assert!(why.contains("skadad"), "{why}");
}
