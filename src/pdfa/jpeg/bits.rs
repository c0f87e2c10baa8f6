//! The bits of one stretch of entropy-coded data, and the Huffman codes in them (ITU-T T.81, annexes C and F).

/// Codes this short are found in one step.
const FAST: u32 = 12;
/// Three entries of a table take no more bits than are held.
const MOST: u8 = 18;

/// What a symbol asks of the walk; the default is for a code that is too long for the table.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Bits of the code alone.
    code: u8,
    /// Bits of the code and of what follows it.
    bits: u8,
    /// Coefficients it stands for; [`END`] for the end of the block.
    advance: u8,
    symbol: u8,
}

/// One or two symbols found in one step: all their bits, all their coefficients.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    bits: u8,
    advance: u8,
}

/// More than any block holds.
const END: u8 = 128;
/// Up to here two symbols (16 coefficients at most for the first) stay within the block.
const PAIRED: u32 = 48;

pub struct Table {
    fast: Box<[Step; 1 << FAST]>,
    pairs: Box<[Pair; 1 << FAST]>,
    /// By length from 1: the first code left-aligned in 16 bits beyond those of this length, and how far the place
    /// of a symbol is from its code.
    limits: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// From a DHT segment: how many codes of each length, and their symbols. `None` for an impossible table.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut limits = [(0, 0); 17];
        let mut fast = Box::new([Step::default(); 1 << FAST]);
        let (mut code, mut first) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let count = usize::from(*count);
            for symbol in symbols.get(first..first + count)? {
                if length <= FAST {
                    let from = (code << (FAST - length)) as usize;
                    let to = from + (1 << (FAST - length));
                    let step = step(*symbol, length as u8);
                    fast.get_mut(from..to)?.fill(step);
                }
                code += 1;
            }
            if code > 1 << length {
                return None;
            }
            let offset = (first + count) as i32 - code as i32;
            *limits.get_mut(length as usize)? = (code << (16 - length), offset);
            first += count;
            code <<= 1;
        }
        let mut pairs = Box::new([Pair::default(); 1 << FAST]);
        for (place, pair) in pairs.iter_mut().enumerate() {
            let one = fast[place];
            if one.bits == 0 || one.bits > MOST {
                continue;
            }
            (pair.bits, pair.advance) = (one.bits, one.advance);
            if one.advance == END || u32::from(one.bits) >= FAST {
                continue;
            }
            let two = fast[place << one.bits & ((1 << FAST) - 1)];
            let known = two.bits > 0 && u32::from(one.bits + two.code) <= FAST;
            if known && one.bits + two.bits <= MOST {
                pair.bits += two.bits;
                pair.advance += two.advance;
            }
        }
        Some(Self {
            fast,
            pairs,
            limits,
            symbols: symbols.get(..first)?.to_vec(),
        })
    }

    /// The symbol that the 16 bits begin with.
    fn find(&self, bits: u32) -> Option<Step> {
        let fast = self.fast[(bits >> (16 - FAST)) as usize];
        if fast.bits != 0 {
            return Some(fast);
        }
        let (length, (_, offset)) = (1_u32..)
            .zip(self.limits.get(1..)?)
            .find(|(_, (limit, _))| bits < *limit)?;
        let place = (bits >> (16 - length)) as i32 + offset;
        let symbol = self.symbols.get(usize::try_from(place).ok()?)?;
        Some(step(*symbol, length as u8))
    }
}

/// A coefficient's symbol in a sequential scan: zeros before it, and how many bits its value has (T.81, F.1.2.2).
fn step(symbol: u8, length: u8) -> Step {
    let advance = match symbol {
        0xf0 => 16,
        s if s & 15 == 0 => END,
        s => (s >> 4) + 1,
    };
    Step {
        code: length,
        bits: length + (symbol & 15),
        advance,
        symbol,
    }
}

/// Reads up to the next marker; beyond it come zeros, which are counted.
pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// Left-aligned.
    held: u64,
    count: u32,
    invented: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            held: 0,
            count: 0,
            invented: 0,
        }
    }

    /// Makes at least 56 bits ready.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 56 {
            return;
        }
        if let Some(next) = self.data.get(self.at..).and_then(|d| d.first_chunk::<8>()) {
            let next = u64::from_be_bytes(*next);
            // Eight bytes of which none is 0xff, which could begin a marker.
            let inverted = !next;
            const ONES: u64 = 0x0101_0101_0101_0101;
            if inverted.wrapping_sub(ONES) & !inverted & (ONES << 7) == 0 {
                self.held |= next >> self.count;
                let taken = (63 - self.count) >> 3;
                self.at += taken as usize;
                self.count += 8 * taken;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count < 56 {
            let byte = match self.data.get(self.at) {
                Some(0xff) => {
                    if self.data.get(self.at + 1) == Some(&0) {
                        self.at += 2;
                        Some(0xff)
                    } else {
                        None
                    }
                }
                Some(byte) => {
                    self.at += 1;
                    Some(*byte)
                }
                None => None,
            };
            if byte.is_none() {
                self.invented += 8;
            }
            self.held |= u64::from(byte.unwrap_or(0)) << (56 - self.count);
            self.count += 8;
        }
    }

    /// Whether more was read than there is.
    #[inline]
    pub fn beyond(&self) -> bool {
        self.invented > self.count
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.held <<= bits;
        self.count -= bits;
    }

    /// Up to 32 bits.
    #[inline]
    pub fn take(&mut self, bits: u32) -> u32 {
        if bits == 0 {
            return 0;
        }
        if self.count < bits {
            self.fill();
        }
        let value = (self.held >> (64 - bits)) as u32;
        self.skip(bits);
        value
    }

    /// A symbol with the bits that follow it; how far it leads in a block. `None` for a code that the table has not.
    #[inline]
    pub fn step(&mut self, table: &Table) -> Option<u8> {
        self.fill();
        let found = table.find((self.held >> 48) as u32)?;
        self.skip(u32::from(found.bits));
        Some(found.advance)
    }

    /// A symbol alone.
    #[inline]
    pub fn symbol(&mut self, table: &Table) -> Option<u8> {
        self.fill();
        let found = table.find((self.held >> 48) as u32)?;
        self.skip(u32::from(found.code));
        Some(found.symbol)
    }

    /// A block of a sequential scan (T.81, F.2.2). `None` for one that has no such code, or too many coefficients.
    #[inline]
    pub fn block(&mut self, dc: &Table, ac: &Table) -> Option<()> {
        self.step(dc)?;
        let mut at = 1;
        'paired: while at < PAIRED {
            self.fill();
            for _ in 0..3 {
                let pair = ac.pairs[(self.held >> (64 - FAST)) as usize];
                if pair.bits == 0 {
                    at += u32::from(self.step(ac)?);
                    break;
                }
                self.skip(u32::from(pair.bits));
                at += u32::from(pair.advance);
                if at >= PAIRED {
                    break 'paired;
                }
            }
        }
        while at < 64 {
            at += u32::from(self.step(ac)?);
        }
        (at == 64 || at >= u32::from(END)).then_some(())
    }

    /// Where the next marker is, past what was not read; `None` when the data ends without one.
    pub fn marker(&self) -> Option<usize> {
        let mut at = self.at;
        loop {
            at += self.data.get(at..)?.iter().position(|b| *b == 0xff)?;
            match self.data.get(at + 1)? {
                0 => at += 2,
                _ => return Some(at),
            }
        }
    }
}
