//! Changes to a stream, gathered while it is read.

use std::ops::Range;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// In this order where they meet.
    EndMark,
    BeginMark,
    Instead(usize, Vec<u8>),
}

#[derive(Debug, Default)]
pub struct Edits(Vec<(usize, Kind)>);

impl Edits {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What stands there is an artifact.
    pub fn artifact(&mut self, place: Range<usize>) {
        if let Some((end, Kind::EndMark)) = self.0.last_mut()
            && *end == place.start
        {
            *end = place.end;
            return;
        }
        self.0.push((place.start, Kind::BeginMark));
        self.0.push((place.end, Kind::EndMark));
    }

    /// This stands there instead.
    pub fn replace(&mut self, place: Range<usize>, with: Vec<u8>) {
        self.0.push((place.start, Kind::Instead(place.end, with)));
    }

    /// None where nothing changes.
    pub fn apply(mut self, data: &[u8]) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.sort();
        let mut out = Vec::with_capacity(data.len() + 20 * self.0.len());
        let mut copied = 0;
        let mut edits = self.0.into_iter().peekable();
        while let Some((at, kind)) = edits.next() {
            if at > copied {
                out.extend(data.get(copied..at).unwrap_or_default());
                copied = at;
            }
            match kind {
                // One mark for what stands side by side.
                Kind::EndMark if edits.next_if_eq(&(at, Kind::BeginMark)).is_some() => {}
                Kind::EndMark => out.extend(b"\nEMC"),
                Kind::BeginMark => out.extend(b"\n/Artifact BMC"),
                Kind::Instead(end, with) => {
                    out.push(b'\n');
                    out.extend(with);
                    copied = end;
                }
            }
        }
        out.extend(data.get(copied..).unwrap_or_default());
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_meet_become_one() {
        let mut edits = Edits::default();
        edits.artifact(0..3);
        edits.artifact(3..6);
        edits.artifact(9..12);
        edits.replace(9..12, b"X".to_vec());
        let out = edits.apply(b"a f b f c f d f").unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\n/Artifact BMCa f b \nEMCf c\n/Artifact BMC\nX\nEMCd f"
        );
        assert_eq!(Edits::default().apply(b"a"), None);
    }
}
