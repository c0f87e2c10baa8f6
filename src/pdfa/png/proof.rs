//! The proof that the image data of a PNG are whole, without holding the picture.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Fault, Png};

/// A row may have this many bytes: a million pixels of four colours.
const MAX_ROW: usize = 4 << 20;
/// Rows are inflated into a buffer of about this size.
const BUFFER: usize = 128 << 10;

/// Proves image data whole as they go by: they inflate, their checksum holds, and they are as many rows of the right
/// length as the header says, each with a filter that there is. A buffer of rows is all it holds.
///
/// For pictures that are not interlaced.
pub struct Proof {
    inflate: Decompress,
    /// A row before the ones that come, then rows as they come, filters first.
    buffer: Vec<u8>,
    filled: usize,
    /// Where the row that is not looked at yet begins.
    next: usize,
    /// Bytes of a row with its filter.
    stride: usize,
    rows: u64,
    height: u64,
    ended: bool,
}

/// PNG's row filters (PNG, 9.2).
const SUB: u8 = 1;
const UP: u8 = 2;
const PAETH: u8 = 4;

impl Proof {
    /// # Errors
    /// Rows longer than the limit.
    pub fn new(png: &Png) -> Result<Self, Fault> {
        let row = usize::try_from(png.row()).unwrap_or(usize::MAX);
        if row > MAX_ROW {
            return Err(Fault::Wide(png.width));
        }
        let stride = row + 1;
        Ok(Self {
            inflate: Decompress::new(true),
            buffer: vec![0; stride * (1 + (BUFFER / stride).max(1))],
            filled: stride,
            next: stride,
            stride,
            rows: 0,
            height: u64::from(png.height),
            ended: false,
        })
    }

    /// Takes more of the data. `row` is told of each row, whether it is the same as the one above; where only the
    /// pixels could tell, it is told that they differ.
    ///
    /// # Errors
    /// Damaged data, or more than the header says.
    pub fn take(&mut self, mut data: &[u8], row: &mut dyn FnMut(bool)) -> Result<(), Fault> {
        loop {
            // What stands behind the end is no part of the picture, and readers pass over it.
            if self.ended {
                return Ok(());
            }
            let (read, wrote) = (self.inflate.total_in(), self.inflate.total_out());
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let status = self
                .inflate
                .decompress(data, room, FlushDecompress::None)
                .map_err(|_| Fault::Row(self.rows + 1))?;
            let read = (self.inflate.total_in() - read) as usize;
            let wrote = (self.inflate.total_out() - wrote) as usize;
            data = data.get(read..).unwrap_or_default();
            self.filled += wrote;
            self.look(row)?;
            self.ended = status == Status::StreamEnd;
            if read == 0 && wrote == 0 && !self.ended {
                return if data.is_empty() {
                    Ok(())
                } else {
                    Err(Fault::Row(self.rows + 1))
                };
            }
        }
    }

    fn look(&mut self, row: &mut dyn FnMut(bool)) -> Result<(), Fault> {
        while self.filled - self.next >= self.stride {
            let both = self
                .buffer
                .get(self.next - self.stride..self.next + self.stride);
            let (above, this) = both.unwrap_or_default().split_at(self.stride);
            let filter = this.first().copied().unwrap_or_default();
            if filter > PAETH || self.rows == self.height {
                return Err(Fault::Row(self.rows + 1));
            }
            let same = match filter {
                UP | PAETH => this.iter().skip(1).all(|b| *b == 0),
                0 | SUB => self.rows > 0 && above == this,
                _ => false,
            };
            row(same && self.rows > 0);
            self.rows += 1;
            self.next += self.stride;
        }
        // The last row that was looked at goes first, and what is begun of the next one behind it.
        if self.filled == self.buffer.len() {
            let from = self.next - self.stride;
            self.buffer.copy_within(from..self.filled, 0);
            self.filled -= from;
            self.next = self.stride;
        }
        Ok(())
    }

    /// # Errors
    /// Less than the header says, or no end.
    pub fn done(&self) -> Result<(), Fault> {
        if self.ended && self.rows == self.height && self.filled == self.next {
            return Ok(());
        }
        Err(Fault::Row(self.rows + 1))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use flate2::Crc;

    use super::super::Data;
    use super::super::tests::sample;
    use super::*;

    fn prove(bytes: &[u8], step: usize) -> Result<Vec<bool>, Fault> {
        let png = Png::read(&mut Cursor::new(bytes))?;
        let mut proof = Proof::new(&png)?;
        let mut data = Data::of(Cursor::new(bytes))?;
        let (mut rows, mut buffer) = (Vec::new(), vec![0; step]);
        loop {
            match data.read(&mut buffer)? {
                0 => break,
                n => proof.take(&buffer[..n], &mut |same| rows.push(same))?,
            }
        }
        proof.done().map(|()| rows)
    }

    #[test]
    fn rows_that_are_the_same_as_the_one_above_are_found_in_steps_of_any_size() {
        for (width, height) in [(1, 1), (60, 400), (2_000, 120), (50_000, 3)] {
            let bytes = sample(width, height);
            for step in [1, 13, 70_000] {
                let rows = prove(&bytes, step).unwrap();
                assert_eq!(rows.len(), height as usize);
                let truly = |y: &usize| y % 50 > 21 || (width == 1 && *y > 0);
                for y in rows.iter().enumerate().filter(|r| *r.1).map(|r| r.0) {
                    assert!(truly(&y), "row {y} of {width}x{height}");
                }
                let found = rows.iter().filter(|same| **same).count();
                let all = (0..rows.len()).filter(truly).count();
                assert!(found * 3 >= all * 2, "{found} of {all}");
            }
        }
    }

    #[test]
    fn a_cut_or_altered_picture_is_not_whole() {
        let bytes = sample(40, 24);
        for cut in 0..bytes.len() {
            assert!(prove(&bytes[..cut], 100).is_err(), "{cut}");
        }
        let data = bytes.windows(4).position(|w| w == b"IDAT").unwrap() + 4;
        let end = bytes.windows(4).position(|w| w == b"IEND").unwrap() - 8;
        for at in (16..33).chain(data + 2..end) {
            let mut altered = bytes.clone();
            altered[at] ^= 0x10;
            // A bit that fills up the last byte before the checksum says nothing.
            let says_nothing = at + 5 == end;
            assert!(prove(&altered, 100).is_err() || says_nothing, "{at}");
        }
    }

    #[test]
    fn a_picture_of_other_rows_than_its_header_says_is_not_whole() {
        for (height, good) in [(23, false), (24, true), (25, false)] {
            let mut bytes = sample(40, 24);
            bytes[23] = height;
            let mut crc = Crc::new();
            crc.update(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
            assert_eq!(prove(&bytes, 100).is_ok(), good, "{height}");
        }
    }
}
