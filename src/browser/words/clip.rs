//! What of a text can be seen.

/// In pixels; empty when it has no inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Lines of which less is seen are not there for who reads: texts for screen readers stand in a box of one pixel.
const SEEN: f64 = 2.0;

impl Rect {
    pub(super) fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            left: x,
            top: y,
            right: x + width,
            bottom: y + height,
        }
    }

    pub(super) fn within(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        !(self.right > self.left && self.bottom > self.top)
    }

    /// The part of `text`, which stands in `line`, that this clip lets be seen, and where.
    pub(super) fn cut(self, text: &str, line: Rect) -> Option<(&str, Rect)> {
        let seen = line.within(self);
        let (width, height) = (line.right - line.left, line.bottom - line.top);
        let (wide, high) = (seen.right - seen.left, seen.bottom - seen.top);
        // Narrower letters than two pixels are none; a line of which half the height is cut is not read.
        if !(wide >= SEEN.min(width) && high >= SEEN.min(height))
            || wide <= 0.0
            || high * 2.0 < height
        {
            return None;
        }
        if wide * 10.0 >= width * 9.0 {
            return Some((text, seen));
        }
        // Letters are taken to be of one width: what is cut away is not seen, so that a little more or less is right.
        let letters = text.chars().count() as f64;
        let before = ((seen.left - line.left) / width * letters).round() as usize;
        let kept = (wide / width * letters).round() as usize;
        let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let from = ends.nth(before)?;
        let to = match kept {
            0 => return None,
            n => ends.nth(n - 1).unwrap_or(text.len()),
        };
        text.get(from..to).map(|text| (text, seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_what_is_seen() {
        let clip = Rect::new(0.0, 0.0, 100.0, 100.0);
        let cut = |x, y, w, h| clip.cut("räksmörgås", Rect::new(x, y, w, h));
        assert_eq!(cut(10.0, 10.0, 80.0, 20.0).unwrap().0, "räksmörgås");
        let (text, rect) = cut(50.0, 10.0, 100.0, 20.0).unwrap();
        assert_eq!((text, rect), ("räksm", Rect::new(50.0, 10.0, 50.0, 20.0)));
        assert_eq!(cut(-50.0, 10.0, 100.0, 20.0).unwrap().0, "örgås");
        assert_eq!(cut(-9999.0, 10.0, 100.0, 20.0), None);
        assert_eq!(cut(10.0, 95.0, 80.0, 20.0), None);
        // A box of one pixel, as texts for screen readers have.
        let pixel = Rect::new(10.0, 10.0, 1.0, 1.0);
        assert_eq!(pixel.cut("dold", Rect::new(10.0, 10.0, 30.0, 20.0)), None);
        assert_eq!(
            clip.cut("i", Rect::new(1.0, 1.0, 1.5, 10.0)).unwrap().0,
            "i"
        );
        assert_eq!(cut(f64::NAN, 10.0, 80.0, 20.0), None);
    }
}
