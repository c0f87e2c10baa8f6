//! Rows of pixels become pictures of a bounded size, for what cannot stand in the file as it is.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Compressed bytes after which a slice ends at the next calm row, and after which it ends anyway.
const ENOUGH: usize = 3 << 20;
const MOST: usize = 4 << 20;

/// A finished piece of the picture: zlib data with PNG's row filters.
pub struct Slice {
    pub data: Vec<u8>,
    /// For each row whether it is the same as the one above.
    pub same: Vec<bool>,
}

/// Takes rows of 8 bits a colour and packs them.
pub struct Slicer {
    /// Bytes of a pixel: 1 or 3.
    step: usize,
    /// Rows a slice may have.
    tallest: usize,
    above: Vec<u8>,
    trial: Vec<u8>,
    best: Vec<u8>,
    packed: ZlibEncoder<Vec<u8>>,
    same: Vec<bool>,
}

impl Slicer {
    pub fn new(step: usize, tallest: u64) -> Self {
        Self {
            step,
            tallest: usize::try_from(tallest).unwrap_or(usize::MAX).max(1),
            above: Vec::new(),
            trial: Vec::new(),
            best: Vec::new(),
            packed: encoder(),
            same: Vec::new(),
        }
    }

    /// Takes the next row; gives the slice that ended before it, if one did.
    pub fn row(&mut self, row: &[u8]) -> io::Result<Option<Slice>> {
        let same = self.above == row;
        let size = self.packed.get_ref().len();
        let rows = self.same.len();
        let calm = same && (size >= ENOUGH || rows >= self.tallest - self.tallest / 6);
        let full = size >= MOST || rows >= self.tallest;
        let done = if rows > 0 && (calm || full) {
            Some(self.take()?)
        } else {
            None
        };
        // The first row of a slice has none above it.
        if self.same.is_empty() {
            self.above.clear();
        }
        self.filter(row);
        self.packed.write_all(&self.best)?;
        self.same.push(same);
        self.above.clear();
        self.above.extend_from_slice(row);
        Ok(done)
    }

    /// The last slice.
    pub fn finish(mut self) -> io::Result<Option<Slice>> {
        if self.same.is_empty() {
            return Ok(None);
        }
        self.take().map(Some)
    }

    fn take(&mut self) -> io::Result<Slice> {
        let data = std::mem::replace(&mut self.packed, encoder()).finish()?;
        let same = std::mem::take(&mut self.same);
        Ok(Slice { data, same })
    }

    /// Leaves in `best` the row under the filter that makes the smallest numbers of it (PNG, 12.7).
    fn filter(&mut self, row: &[u8]) {
        self.best.clear();
        self.best.push(0);
        self.best.extend_from_slice(row);
        let mut least = weight(row);
        let mut before = vec![0; self.step];
        before.extend_from_slice(row.get(..row.len() - self.step).unwrap_or_default());
        let mut try_filter = |kind: u8, of: &mut dyn Iterator<Item = u8>| {
            self.trial.clear();
            self.trial.push(kind);
            self.trial.extend(of);
            let weight = weight(self.trial.get(1..).unwrap_or_default());
            if weight < least {
                least = weight;
                std::mem::swap(&mut self.best, &mut self.trial);
            }
        };
        let left = row.iter().zip(&before);
        try_filter(1, &mut left.map(|(x, a)| x.wrapping_sub(*a)));
        if self.above.len() == row.len() {
            let up = row.iter().zip(&self.above);
            try_filter(2, &mut up.map(|(x, b)| x.wrapping_sub(*b)));
            let mut corner = vec![0; self.step];
            corner.extend_from_slice(self.above.get(..row.len() - self.step).unwrap_or_default());
            let all = row.iter().zip(&before).zip(self.above.iter().zip(&corner));
            let paeth = all.map(|((x, a), (b, c))| x.wrapping_sub(paeth(*a, *b, *c)));
            try_filter(4, &mut { paeth });
        }
    }
}

fn encoder() -> ZlibEncoder<Vec<u8>> {
    ZlibEncoder::new(Vec::new(), Compression::new(6))
}

/// How far from nothing the bytes are, taken as signed.
fn weight(row: &[u8]) -> u64 {
    let sums = row.chunks(1 << 16).map(|some| {
        let sum: u32 = some
            .iter()
            .map(|b| u32::from(b.cast_signed().unsigned_abs()))
            .sum();
        u64::from(sum)
    });
    sums.sum()
}

/// PNG, 9.4.
fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let (left, up, corner) = (i16::from(a), i16::from(b), i16::from(c));
    let guess = left + up - corner;
    let (to_left, to_up, to_corner) = (
        (guess - left).abs(),
        (guess - up).abs(),
        (guess - corner).abs(),
    );
    if to_left <= to_up && to_left <= to_corner {
        a
    } else if to_up <= to_corner {
        b
    } else {
        c
    }
}

/// One colour laid on white: PDF/A-1 knows no transparency (ISO 19005-1, 6.4).
pub fn on_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Undoes the filters (PNG, 9.2) of three bytes a pixel.
    fn unpacked(slice: &Slice, row: usize) -> Vec<u8> {
        use std::io::Read as _;
        let mut data = Vec::new();
        let mut inflate = flate2::read::ZlibDecoder::new(slice.data.as_slice());
        inflate.read_to_end(&mut data).unwrap();
        let mut out: Vec<u8> = Vec::new();
        for filtered in data.chunks(row + 1) {
            let start = out.len();
            for (i, x) in filtered[1..].iter().enumerate() {
                let at = |back: usize| {
                    if back <= out.len() {
                        out[out.len() - back]
                    } else {
                        0
                    }
                };
                let left = if i >= 3 { at(3) } else { 0 };
                let up = if start > 0 { at(row) } else { 0 };
                let corner = if start > 0 && i >= 3 { at(row + 3) } else { 0 };
                let guess = match filtered[0] {
                    0 => 0,
                    1 => left,
                    2 => up,
                    4 => paeth(left, up, corner),
                    other => panic!("filter {other}"),
                };
                out.push(x.wrapping_add(guess));
            }
        }
        out
    }

    #[test]
    fn slices_hold_the_rows_they_were_given() {
        let rows: Vec<Vec<u8>> = (0..500_u32)
            .map(|y| {
                let y = if y % 11 > 6 { 0 } else { y };
                (0..60_u32).map(|x| (x * x * y / 7) as u8).collect()
            })
            .collect();
        let mut slicer = Slicer::new(3, 90);
        let mut slices = Vec::new();
        for row in &rows {
            slices.extend(slicer.row(row).unwrap());
        }
        slices.extend(slicer.finish().unwrap());
        assert!(slices.len() >= 6 && slices.iter().all(|s| s.same.len() <= 90));
        let all: Vec<u8> = slices.iter().flat_map(|s| unpacked(s, 60)).collect();
        assert!(all == rows.concat(), "pixels differ");
        let same: Vec<bool> = slices.iter().flat_map(|s| s.same.clone()).collect();
        let truly: Vec<bool> = (0..rows.len())
            .map(|y| y > 0 && rows[y] == rows[y - 1])
            .collect();
        assert_eq!(same, truly);
        // All but the last end where nothing is cut in two.
        for slice in &slices[1..] {
            assert!(slice.same[0], "a slice begins with a calm row");
        }
    }

    #[test]
    fn colours_are_laid_on_white() {
        assert_eq!(
            [on_white(7, 255), on_white(7, 0), on_white(0, 128)],
            [7, 255, 127]
        );
    }
}
