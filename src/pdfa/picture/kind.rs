//! What kind of picture a file is, by its first bytes, and whether it moves.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Gif,
    WebP,
    Bmp,
    Ico,
    Tiff,
    Svg,
    /// An SVG in gzip.
    Svgz,
    /// A format with a name that is not drawn.
    Named(&'static str),
    Unknown,
}

pub fn kind(bytes: &[u8]) -> Kind {
    let from = |at: usize| bytes.get(at..).unwrap_or_default();
    match bytes {
        [0xff, 0xd8, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => Kind::Png,
        [b'G', b'I', b'F', b'8', ..] => Kind::Gif,
        [b'R', b'I', b'F', b'F', ..] if from(8).starts_with(b"WEBP") => Kind::WebP,
        [b'B', b'M', ..] => Kind::Bmp,
        [0, 0, 1, 0, ..] => Kind::Ico,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Kind::Tiff,
        [0xff, 0x0a, ..] => Kind::Named("JPEG XL"),
        [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Kind::Named("JPEG XL"),
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => Kind::Named("JPEG 2000"),
        [0xff, 0x4f, 0xff, 0x51, ..] => Kind::Named("JPEG 2000"),
        [b'8', b'B', b'P', b'S', ..] => Kind::Named("Photoshop"),
        [b'%', b'P', b'D', b'F', ..] => Kind::Named("PDF"),
        [0x1f, 0x8b, ..] => Kind::Svgz,
        _ if from(4).starts_with(b"ftyp") => match from(8).first_chunk::<4>() {
            Some(b"avif" | b"avis") => Kind::Named("AVIF"),
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
                Kind::Named("HEIC")
            }
            _ => Kind::Unknown,
        },
        _ if is_svg(bytes) => Kind::Svg,
        _ => Kind::Unknown,
    }
}

/// XML with an `svg` element within its first 64 kB.
fn is_svg(bytes: &[u8]) -> bool {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        // UTF-16: of its letters here, each has one byte that is not 0.
        let head = bytes
            .get(2..128 << 10)
            .unwrap_or(bytes.get(2..).unwrap_or_default());
        let letters: Vec<u8> = head.iter().copied().filter(|b| *b != 0).collect();
        return is_svg(&letters);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    let head = text.get(..64 << 10).unwrap_or(text);
    text.starts_with(b"<") && head.windows(4).any(|w| w == b"<svg" || w == b":svg")
}

/// Whether a GIF has more frames than one.
pub fn gif_moves(bytes: &[u8]) -> bool {
    gif_frames(bytes).1 > 1
}

/// Walks the blocks of a GIF (GIF89a, appendix A); where it stops, and how many frames were met, two at most.
fn gif_frames(bytes: &[u8]) -> (Option<()>, u32) {
    let mut frames = 0;
    let mut walk = || -> Option<()> {
        let table = |flags: u8| match flags >> 7 {
            0 => 0,
            _ => 3 << ((flags & 7) + 1),
        };
        let mut at = 13 + table(*bytes.get(10)?);
        while frames < 2 {
            match bytes.get(at)? {
                0x21 => at += 2,
                0x2c => {
                    frames += 1;
                    at += 10 + table(*bytes.get(at + 9)?) + 1;
                }
                _ => return None,
            }
            while let length @ 1.. = usize::from(*bytes.get(at)?) {
                at += 1 + length;
            }
            at += 1;
        }
        Some(())
    };
    (walk(), frames)
}

/// Whether a WebP has more frames than one.
pub fn webp_moves(bytes: &[u8]) -> bool {
    riff_chunks(bytes)
        .filter(|c| *c == *b"ANMF")
        .nth(1)
        .is_some()
}

/// Whether a WebP keeps every pixel: its picture, or its first frame, is coded so.
pub fn webp_lossless(bytes: &[u8]) -> bool {
    let mut kinds = riff_chunks(bytes).filter(|c| matches!(c, b"VP8 " | b"VP8L" | b"ANMF"));
    match kinds.next() {
        Some(kind) if kind == *b"ANMF" => {
            // The frame's own chunks follow its header; alpha may stand before the picture.
            let at = bytes.windows(4).position(|w| w == b"ANMF");
            let frame = at.and_then(|at| bytes.get(at + 24..)).unwrap_or_default();
            frame.starts_with(b"VP8L")
        }
        kind => kind == Some(*b"VP8L"),
    }
}

fn riff_chunks(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let head = bytes.get(at..)?.first_chunk::<8>()?;
        let [kind @ .., l0, l1, l2, l3] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        at = at
            .checked_add(8)?
            .checked_add(length)?
            .checked_add(length & 1)?;
        Some(kind)
    })
}

/// Whether a TIFF has more pages than one: its first directory names another (TIFF 6.0, section 2).
pub fn tiff_pages(bytes: &[u8]) -> bool {
    let next = || -> Option<u32> {
        let little = bytes.starts_with(b"II");
        let word = |at: usize| {
            let b = *bytes.get(at..)?.first_chunk::<4>()?;
            Some(if little {
                u32::from_le_bytes(b)
            } else {
                u32::from_be_bytes(b)
            })
        };
        let first = word(4)? as usize;
        let b = *bytes.get(first..)?.first_chunk::<2>()?;
        let entries = if little {
            u16::from_le_bytes(b)
        } else {
            u16::from_be_bytes(b)
        };
        word(first + 2 + 12 * usize::from(entries))
    };
    next().is_some_and(|offset| offset != 0)
}
