//! A document of one picture, judged and rendered, so that a test can ask what colour stands where.

use std::process::Command;

use arkivd::pdfa::{Options, Part, SystemFonts, Thread, Typeset, check_all};
use arkivd::record::MediumKind;
use image::RgbImage;
use lopdf::{Document, Object, Stream};

use super::sample::{Files, attach, empty_document, entry, made};

const DPI: f64 = 220.0;

pub fn typeset(pictures: &[(&str, Vec<u8>)]) -> (Typeset, Part) {
    let mut doc = empty_document();
    let mut files = Files::new();
    let mut post = entry(1, 0, vec![]);
    for (name, bytes) in pictures {
        attach(
            &mut post,
            &mut files,
            name,
            MediumKind::Picture,
            bytes.clone(),
            Some("En bild"),
            None,
        );
    }
    doc.threads.push(Thread {
        context: None,
        entries: vec![post],
    });
    let options = Options {
        system_fonts: SystemFonts::none().into(),
        ..Options::default()
    };
    let (typeset, mut parts) = made(&doc, &files, &options);
    assert_eq!(parts.len(), 1);
    (typeset, parts.remove(0))
}

/// What poppler reads, on one line; `None` without it.
pub fn words(part: &Part) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &part.bytes).unwrap();
    let Ok(out) = Command::new("pdftotext").arg(&file).arg("-").output() else {
        println!("SKIP: pdftotext is not installed");
        return None;
    };
    let words = String::from_utf8_lossy(&out.stdout).into_owned();
    Some(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The gate's and qpdf's word on it.
pub fn assert_sound(part: &Part) {
    for (level, violations) in check_all(&part.bytes, part.levels).unwrap() {
        assert!(violations.is_empty(), "{level}: {violations:?}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &part.bytes).unwrap();
    let Ok(out) = Command::new("qpdf").arg("--check").arg(&file).output() else {
        println!("SKIP: no qpdf");
        return;
    };
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Why a picture is not drawn.
pub fn refused(name: &str, bytes: Vec<u8>) -> String {
    let (typeset, part) = typeset(&[(name, bytes)]);
    assert_sound(&part);
    assert_eq!(typeset.pictures_not_drawn.len(), 1, "{name} was drawn");
    typeset.pictures_not_drawn[0].1.clone()
}

/// The page that shows the picture, and where on it.
pub struct Shown {
    page: Option<RgbImage>,
    /// Left, top, right, bottom in pixels of the page.
    rect: [f64; 4],
    /// The image as it stands in the file.
    pub stream: Stream,
}

pub fn shown(name: &str, bytes: Vec<u8>) -> Shown {
    let (typeset, part) = typeset(&[(name, bytes)]);
    assert_eq!(typeset.pictures_not_drawn, [], "{name}");
    assert_sound(&part);
    let pdf = Document::load_mem(&part.bytes).unwrap();
    for (number, page) in pdf.get_pages() {
        let content = lopdf::content::Content::decode(&pdf.get_page_content(page)).unwrap();
        let mut outer = Vec::new();
        let mut matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        for op in &content.operations {
            match op.operator.as_str() {
                "q" => outer.push(matrix),
                "Q" => matrix = outer.pop().unwrap(),
                "cm" => {
                    let mut by = [0.0; 6];
                    for (to, from) in by.iter_mut().zip(&op.operands) {
                        *to = f64::from(from.as_float().unwrap());
                    }
                    let ([a, b, c, d, e, f], m) = (by, matrix);
                    matrix = [
                        a * m[0] + b * m[2],
                        a * m[1] + b * m[3],
                        c * m[0] + d * m[2],
                        c * m[1] + d * m[3],
                        e * m[0] + f * m[2] + m[4],
                        e * m[1] + f * m[3] + m[5],
                    ];
                }
                "Do" => {
                    let [a, b, c, d, e, f] = matrix;
                    let (xs, ys) = ([e, e + a + c], [f, f + b + d]);
                    let height = 841.89;
                    let scale = DPI / 72.0;
                    let rect = [
                        xs[0].min(xs[1]) * scale,
                        (height - ys[0].max(ys[1])) * scale,
                        xs[0].max(xs[1]) * scale,
                        (height - ys[0].min(ys[1])) * scale,
                    ];
                    let name = op.operands[0].as_name().unwrap();
                    let resources = pdf.get_page_resources(page).unwrap();
                    let own = resources
                        .0
                        .cloned()
                        .unwrap_or_else(|| pdf.get_dictionary(resources.1[0]).unwrap().clone());
                    let objects = own.get(b"XObject").unwrap();
                    let objects = match objects {
                        Object::Reference(id) => pdf.get_dictionary(*id).unwrap(),
                        other => other.as_dict().unwrap(),
                    };
                    let id = objects.get(name).unwrap().as_reference().unwrap();
                    let stream = pdf.get_object(id).unwrap().as_stream().unwrap().clone();
                    return Shown {
                        page: rendered(&part, number),
                        rect,
                        stream,
                    };
                }
                _ => {}
            }
        }
    }
    panic!("{name} is on no page");
}

fn rendered(part: &Part, page: u32) -> Option<RgbImage> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &part.bytes).unwrap();
    if let Some(folder) = std::env::var_os("ARKIVD_KEEP") {
        let name = std::thread::current()
            .name()
            .unwrap_or("x")
            .replace("::", "-");
        std::fs::write(
            std::path::Path::new(&folder).join(format!("{name}.pdf")),
            &part.bytes,
        )
        .unwrap();
    }
    let out = Command::new("pdftoppm")
        .args(["-png", "-singlefile", "-r"])
        .arg(DPI.to_string())
        .args(["-f", &page.to_string()])
        .arg(&file)
        .arg(dir.path().join("page"))
        .output();
    let Ok(out) = out else {
        println!("SKIP: no pdftoppm");
        return None;
    };
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && said.is_empty(), "{said}");
    Some(
        image::open(dir.path().join("page.png"))
            .unwrap()
            .into_rgb8(),
    )
}

impl Shown {
    /// The colour at a place of the picture, from 0 to 1 across and down; the mean of a few pixels.
    pub fn at(&self, u: f64, v: f64) -> Option<[i32; 3]> {
        let page = self.page.as_ref()?;
        let [left, top, right, bottom] = self.rect;
        let x = (left + u * (right - left)) as u32;
        let y = (top + v * (bottom - top)) as u32;
        let mut sum = [0; 3];
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let pixel = page.get_pixel(x + dx, y + dy).0;
            for (sum, c) in sum.iter_mut().zip(pixel) {
                *sum += i32::from(c);
            }
        }
        Some(sum.map(|s| (s + 2) / 4))
    }

    /// Holds the four quarters (row by row) against colours.
    pub fn assert_quarters(&self, wanted: [[u8; 3]; 4], tolerance: i32, what: &str) {
        for ((u, v), wanted) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
            .into_iter()
            .zip(wanted)
        {
            let Some(found) = self.at(u, v) else { return };
            let near = found
                .iter()
                .zip(wanted)
                .all(|(a, b)| (a - i32::from(b)).abs() <= tolerance);
            assert!(near, "{what} at {u},{v}: {found:?} is not {wanted:?}");
        }
    }

    pub fn filter(&self) -> String {
        String::from_utf8_lossy(self.stream.dict.get(b"Filter").unwrap().as_name().unwrap())
            .into_owned()
    }

    pub fn number(&self, key: &str) -> i64 {
        self.stream
            .dict
            .get(key.as_bytes())
            .unwrap()
            .as_i64()
            .unwrap()
    }
}
