//! A JPEG's scans, walked code by code without computing a pixel: proves that all its data is there and makes sense.
//!
//! ITU-T T.81, annexes F (sequential) and G (progressive), Huffman coding.

use super::bits::{Bits, Table};

/// Blocks that all scans of one picture may have between them: 40 million pixels in ten scans and three colours.
const MAX_BLOCKS: u64 = 20_000_000;
/// Blocks of a progressive picture that are remembered from scan to scan: 64 MB.
const MAX_REMEMBERED: u64 = 8_000_000;
/// Colours that a picture may have.
const MAX_COMPONENTS: usize = 4;

/// What is wrong with a picture's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It ends before the picture does.
    Cut,
    /// It does not follow the coding.
    Corrupt,
    /// It asks for more work than a picture of its size has.
    Unreasonable,
}

/// One colour of the frame.
#[derive(Debug, Clone)]
pub struct Component {
    pub id: u8,
    pub across: u32,
    pub down: u32,
    /// Which coefficients of each block are not zero so far (progressive).
    set: Vec<u64>,
    seen: bool,
}

impl Component {
    /// Blocks it has in an MCU of the scan (T.81, A.2).
    fn blocks(&self, shares: &[Share]) -> u32 {
        match shares.len() {
            1 => 1,
            _ => self.across * self.down,
        }
    }
}

/// All that the scans of one picture share.
#[derive(Default)]
pub struct Walk {
    width: u32,
    height: u32,
    progressive: bool,
    components: Vec<Component>,
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    /// MCUs between restart markers; 0 for none.
    pub restart: u32,
    blocks: u64,
}

/// A component's part in a scan: its place in the frame, and its tables.
struct Share {
    component: usize,
    dc: usize,
    ac: usize,
}

/// The band of coefficients a progressive scan carries, and at which bit.
struct Band {
    from: u32,
    to: u32,
    first: bool,
}

impl Walk {
    /// `components` as the frame header lists them: id, sampling factors (across in the upper half), table.
    pub fn begin(
        &mut self,
        width: u32,
        height: u32,
        progressive: bool,
        components: &[u8],
    ) -> Option<()> {
        if components.len() > 3 * MAX_COMPONENTS {
            return None;
        }
        for listed in components.chunks_exact(3) {
            let (id, sampling) = (*listed.first()?, *listed.get(1)?);
            let (across, down) = (u32::from(sampling >> 4), u32::from(sampling & 15));
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
                return None;
            }
            self.components.push(Component {
                id,
                across,
                down,
                set: Vec::new(),
                seen: false,
            });
        }
        (self.width, self.height, self.progressive) = (width, height, progressive);
        Some(())
    }

    /// Whether every colour was in some scan.
    pub fn complete(&self) -> bool {
        !self.components.is_empty() && self.components.iter().all(|c| c.seen)
    }

    /// Takes in a DHT segment.
    pub fn tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = body.split_first() {
            let counts: &[u8; 16] = rest.first_chunk()?;
            let total = counts.iter().map(|c| usize::from(*c)).sum();
            let symbols = rest.get(16..)?.get(..total)?;
            body = rest.get(16 + total..)?;
            let table = Table::new(counts, symbols)?;
            match kind >> 4 {
                0 => *self.dc.get_mut(usize::from(kind & 15))? = Some(table),
                1 => *self.ac.get_mut(usize::from(kind & 15))? = Some(table),
                _ => return None,
            }
        }
        Some(())
    }

    /// Walks the scan whose header is `header` and whose data begins at `at`; where the marker after it stands, or
    /// the end of the data when the scan is whole but no marker follows.
    pub fn scan(&mut self, header: &[u8], data: &[u8], at: usize) -> Result<usize, Flaw> {
        let (shares, band) = self.shares(header).ok_or(Flaw::Corrupt)?;
        let (across, down) = self.mcus(&shares);
        let total = u64::from(across) * u64::from(down);
        self.blocks += total * shares.len() as u64;
        if self.blocks > MAX_BLOCKS {
            return Err(Flaw::Unreasonable);
        }
        if self.progressive && band.from > 0 {
            self.remember(&shares, total)?;
        }
        let interval = match self.restart {
            0 => total.max(1),
            n => u64::from(n),
        };
        let mut at = at;
        let mut done = 0;
        let mut restarts = 0_u8;
        loop {
            let until = total.min(done + interval);
            let mut bits = Bits::new(data, at);
            let walked = self.stretch(&shares, &band, done..until, &mut bits);
            if bits.beyond() {
                // Data that ends at another marker than the end was damaged, not cut.
                let next = bits.marker().and_then(|m| data.get(m + 1));
                return Err(match next {
                    None | Some(0xd9) => Flaw::Cut,
                    Some(_) => Flaw::Corrupt,
                });
            }
            walked.ok_or(Flaw::Corrupt)?;
            done = until;
            let marker = bits.marker();
            if done == total {
                for share in &shares {
                    if let Some(c) = self.components.get_mut(share.component) {
                        c.seen = true;
                    }
                }
                return match marker {
                    // A restart marker after the last stretch is of no use, and does no harm.
                    Some(m) if matches!(data.get(m + 1), Some(0xd0..=0xd7)) => Ok(m + 2),
                    Some(m) => Ok(m),
                    None => Ok(data.len()),
                };
            }
            let Some(m) = marker else {
                return Err(Flaw::Cut);
            };
            if data.get(m + 1) != Some(&(0xd0 | restarts & 7)) {
                return Err(Flaw::Corrupt);
            }
            restarts = restarts.wrapping_add(1);
            at = m + 2;
        }
    }

    fn shares(&self, header: &[u8]) -> Option<(Vec<Share>, Band)> {
        let count = usize::from(*header.first()?);
        let listed = header.get(1..1 + 2 * count)?;
        let mut shares = Vec::with_capacity(4);
        for pair in listed.chunks_exact(2) {
            let (id, tables) = (*pair.first()?, *pair.get(1)?);
            shares.push(Share {
                component: self.components.iter().position(|c| c.id == id)?,
                dc: usize::from(tables >> 4),
                ac: usize::from(tables & 15),
            });
        }
        let tail: &[u8; 3] = header.get(1 + 2 * count..)?.first_chunk()?;
        let band = Band {
            from: u32::from(tail[0]),
            to: u32::from(tail[1]),
            first: tail[2] >> 4 == 0,
        };
        let fits = if !self.progressive {
            true
        } else if band.from == 0 {
            band.to == 0
        } else {
            count == 1 && band.from <= band.to && band.to <= 63
        };
        ((1..=4).contains(&count) && fits).then_some((shares, band))
    }

    /// Makes room for what a band's scans leave set in each of their `blocks`, which are as many in each of them.
    fn remember(&mut self, shares: &[Share], blocks: u64) -> Result<(), Flaw> {
        let held: u64 = self.components.iter().map(|c| c.set.len() as u64).sum();
        let component = shares.first().map(|s| s.component);
        let component = component.and_then(|i| self.components.get_mut(i));
        let set = &mut component.ok_or(Flaw::Corrupt)?.set;
        if set.is_empty() {
            if held + blocks > MAX_REMEMBERED {
                return Err(Flaw::Unreasonable);
            }
            let blocks = usize::try_from(blocks).map_err(|_| Flaw::Unreasonable)?;
            *set = vec![0; blocks];
        }
        Ok(())
    }

    /// MCUs across and down; a scan of one colour has its blocks alone, without padding (T.81, A.2).
    fn mcus(&self, shares: &[Share]) -> (u32, u32) {
        let most = |of: fn(&Component) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        let (h, v) = (most(|c| c.across), most(|c| c.down));
        match shares {
            [one] => {
                let c = self.components.get(one.component);
                let (ch, cv) = c.map_or((1, 1), |c| (c.across, c.down));
                (
                    (self.width * ch).div_ceil(h).div_ceil(8),
                    (self.height * cv).div_ceil(v).div_ceil(8),
                )
            }
            _ => (self.width.div_ceil(8 * h), self.height.div_ceil(8 * v)),
        }
    }

    fn stretch(
        &mut self,
        shares: &[Share],
        band: &Band,
        mcus: std::ops::Range<u64>,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        if !self.progressive {
            return self.sequential(shares, mcus, bits);
        }
        if band.from == 0 {
            return self.averages(shares, band, mcus, bits);
        }
        let share = shares.first()?;
        let table = self.ac.get(share.ac)?.as_ref()?;
        let set = &mut self.components.get_mut(share.component)?.set;
        let mut run = 0;
        for n in mcus {
            let set = set.get_mut(usize::try_from(n).ok()?)?;
            if band.first {
                first_pass(table, band, &mut run, set, bits)?;
            } else {
                refining_pass(table, band, &mut run, set, bits)?;
            }
            if bits.beyond() {
                return None;
            }
        }
        (run == 0).then_some(())
    }

    fn sequential(
        &self,
        shares: &[Share],
        mcus: std::ops::Range<u64>,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        let mut order = Vec::with_capacity(10);
        for share in shares {
            let component = self.components.get(share.component)?;
            let dc = self.dc.get(share.dc)?.as_ref()?;
            let ac = self.ac.get(share.ac)?.as_ref()?;
            let blocks = component.blocks(shares);
            for _ in 0..blocks {
                order.push((dc, ac));
            }
        }
        for _ in mcus {
            for (dc, ac) in &order {
                bits.block(dc, ac)?;
            }
            if bits.beyond() {
                return None;
            }
        }
        Some(())
    }

    /// A progressive picture's first coefficients, which may be interleaved (T.81, G.1.2.1).
    fn averages(
        &self,
        shares: &[Share],
        band: &Band,
        mcus: std::ops::Range<u64>,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        let mut order = Vec::with_capacity(10);
        for share in shares {
            let component = self.components.get(share.component)?;
            let table = match band.first {
                true => Some(self.dc.get(share.dc)?.as_ref()?),
                false => None,
            };
            let blocks = component.blocks(shares);
            for _ in 0..blocks {
                order.push(table);
            }
        }
        for _ in mcus {
            for table in &order {
                match table {
                    Some(table) => {
                        bits.step(table)?;
                    }
                    None => {
                        bits.take(1);
                    }
                }
            }
            if bits.beyond() {
                return None;
            }
        }
        Some(())
    }
}

/// One block of a band's first scan (T.81, G.1.2.2); `run` is how many blocks are still known to have nothing.
fn first_pass(
    table: &Table,
    band: &Band,
    run: &mut u32,
    set: &mut u64,
    bits: &mut Bits<'_>,
) -> Option<()> {
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    let mut at = band.from;
    while at <= band.to {
        let symbol = bits.symbol(table)?;
        let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size > 0 {
            at += zeros;
            if at > band.to {
                return None;
            }
            bits.take(size);
            *set |= 1 << at;
            at += 1;
        } else if zeros == 15 {
            at += 16;
        } else {
            *run = (1 << zeros) + bits.take(zeros) - 1;
            break;
        }
    }
    Some(())
}

/// One block of a band's later scans (T.81, G.1.2.3): a bit for each coefficient that is known, and new ones between.
fn refining_pass(
    table: &Table,
    band: &Band,
    run: &mut u32,
    set: &mut u64,
    bits: &mut Bits<'_>,
) -> Option<()> {
    let mut at = band.from;
    while *run == 0 && at <= band.to {
        let symbol = bits.symbol(table)?;
        let (mut zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size > 0 {
            bits.take(1);
        } else if zeros < 15 {
            *run = (1 << zeros) + bits.take(zeros);
            break;
        }
        let from = at;
        while at <= band.to {
            if *set & 1 << at == 0 {
                if zeros == 0 {
                    break;
                }
                zeros -= 1;
            }
            at += 1;
        }
        corrections(*set, from, at, bits);
        if size > 0 {
            if at > band.to {
                return None;
            }
            *set |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        corrections(*set, at, band.to + 1, bits);
        *run -= 1;
    }
    Some(())
}

/// A bit for each coefficient from `from` to before `to` that is known.
fn corrections(set: u64, from: u32, to: u32, bits: &mut Bits<'_>) {
    let below = |n: u32| 1_u64.checked_shl(n).map_or(u64::MAX, |bit| bit - 1);
    let known = (set & below(to) & !below(from)).count_ones();
    bits.take(known.min(32));
    bits.take(known.saturating_sub(32));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks a band's scan of each component in turn, in a file whose blocks are all empty.
    fn walked(sampling: &[u8]) -> (Walk, Result<usize, Flaw>) {
        let mut walk = Walk::default();
        let listed = sampling.iter().zip(1..).flat_map(|(s, id)| [id, *s, 0]);
        let listed: Vec<u8> = listed.collect();
        walk.begin(65_500, 65_500, true, &listed).unwrap();
        // One code, `0`: the end of the band in 16,384 blocks and as many more as the 14 bits behind it say.
        let mut table = vec![0x10, 1];
        table.extend([0; 15]);
        table.push(0xe0);
        walk.tables(&table).unwrap();
        let mut last = Ok(0);
        for id in 2..=sampling.len() as u8 {
            let data = [vec![0; 600], vec![0xff, 0xd9]].concat();
            last = walk.scan(&[1, id, 0, 1, 63, 0], &data, 0);
            if last == Err(Flaw::Unreasonable) {
                break;
            }
        }
        (walk, last)
    }

    #[test]
    fn a_small_file_of_a_huge_picture_takes_little_memory() {
        let (walk, _) = walked(&[0x44, 0x11]);
        let side = 65_500_usize.div_ceil(4).div_ceil(8);
        assert_eq!(walk.components[1].set.len(), side * side);
        let (walk, last) = walked(&[0x44, 0x11, 0x11, 0x11]);
        assert_eq!(last, Err(Flaw::Unreasonable));
        let held: usize = walk.components.iter().map(|c| c.set.len()).sum();
        assert!(held as u64 <= MAX_REMEMBERED);
    }

    #[test]
    fn more_than_four_colours_are_no_picture() {
        let listed = [1, 0x11, 0].repeat(5);
        assert!(Walk::default().begin(8, 8, true, &listed).is_none());
    }
}
