//! A PDF written object by object as its bytes come, so that no picture is held in memory.

use std::io::{self, BufWriter, Write};

use lopdf::{Dictionary, Object, StringFormat};
use sha2::{Digest as _, Sha256};

/// Writes to `out` and knows where each object begins.
pub struct Objects<W: Write> {
    out: Counted<W>,
    /// By number, counted from 1; 0 where nothing was written yet.
    offsets: Vec<u64>,
}

/// Counts what goes by, and hashes it: the file's identifier is the hash of its content.
struct Counted<W: Write> {
    out: BufWriter<W>,
    at: u64,
    hash: Sha256,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Objects<W> {
    /// `version` as the header says it: `1.4`.
    pub fn begin(out: W, version: &str) -> io::Result<Self> {
        let mut out = Counted {
            out: BufWriter::with_capacity(64 << 10, out),
            at: 0,
            hash: Sha256::new(),
        };
        // Four bytes above 127, so that it is taken as binary (ISO 19005-1, 6.1.2).
        writeln!(out, "%PDF-{version}")?;
        out.write_all(b"%\xe2\xe3\xcf\xd3\n")?;
        Ok(Self {
            out,
            offsets: Vec::new(),
        })
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.out.at
    }

    /// Counts bytes as if they had been written.
    pub fn skip(&mut self, bytes: u64) {
        self.out.at += bytes;
    }

    /// A number for an object that is written later.
    pub fn reserve(&mut self) -> Object {
        self.offsets.push(0);
        Object::Reference((u32::try_from(self.offsets.len()).unwrap_or(u32::MAX), 0))
    }

    fn head(&mut self, id: &Object) -> io::Result<()> {
        let number = id.as_reference().map_or(0, |r| r.0);
        let place = (number as usize).checked_sub(1);
        if let Some(offset) = place.and_then(|i| self.offsets.get_mut(i)) {
            *offset = self.out.at;
        }
        writeln!(self.out, "{number} 0 obj")
    }

    pub fn put(&mut self, id: &Object, object: &Object) -> io::Result<()> {
        self.head(id)?;
        write(&mut self.out, object)?;
        self.out.write_all(b"\nendobj\n")
    }

    /// Gives it a number.
    pub fn add(&mut self, object: impl Into<Object>) -> io::Result<Object> {
        let id = self.reserve();
        self.put(&id, &object.into())?;
        Ok(id)
    }

    pub fn add_stream(&mut self, dict: Dictionary, data: &[u8]) -> io::Result<Object> {
        let id = self.reserve();
        self.put_stream(&id, dict, data)?;
        Ok(id)
    }

    pub fn put_stream(&mut self, id: &Object, dict: Dictionary, data: &[u8]) -> io::Result<()> {
        self.begin_stream(id, dict, data.len() as u64)?;
        self.stream_bytes(data)?;
        self.close_stream(data.last().copied())
    }

    /// Begins a stream of that many bytes, which [`Objects::stream_bytes`] then takes.
    pub fn open_stream(&mut self, dict: Dictionary, length: u64) -> io::Result<Object> {
        let id = self.reserve();
        self.begin_stream(&id, dict, length)?;
        Ok(id)
    }

    fn begin_stream(&mut self, id: &Object, mut dict: Dictionary, length: u64) -> io::Result<()> {
        self.head(id)?;
        dict.set("Length", i64::try_from(length).unwrap_or(i64::MAX));
        write(&mut self.out, &dict.into())?;
        self.out.write_all(b"\nstream\n")
    }

    pub fn stream_bytes(&mut self, data: &[u8]) -> io::Result<()> {
        self.out.write_all(data)
    }

    /// A carriage return at the end of the data, with the line feed after it, would read as a line end: it gets a
    /// whole line end of its own.
    pub fn close_stream(&mut self, last: Option<u8>) -> io::Result<()> {
        if last == Some(b'\r') {
            self.out.write_all(b"\r")?;
        }
        self.out.write_all(b"\nendstream\nendobj\n")
    }

    /// Gives back where it was written to, without a whole file there.
    pub fn abandon(self) -> io::Result<(W, u64)> {
        let bytes = self.out.at;
        let out = self.out.out.into_inner();
        Ok((out.map_err(io::IntoInnerError::into_error)?, bytes))
    }

    /// Cross-reference table and trailer; gives back where it was written to, and how many bytes.
    pub fn finish(mut self, root: &Object, info: &Object) -> io::Result<(W, u64)> {
        let start = self.out.at;
        let size = self.offsets.len() + 1;
        write!(self.out, "xref\n0 {size}\n0000000000 65535 f \n")?;
        for offset in &self.offsets {
            writeln!(self.out, "{offset:010} 00000 n ")?;
        }
        let hash = self.out.hash.clone().finalize();
        let id = Object::String(
            hash.iter().take(16).copied().collect(),
            StringFormat::Hexadecimal,
        );
        let trailer = Dictionary::from_iter([
            ("Size", Object::Integer(size as i64)),
            ("Root", root.clone()),
            ("Info", info.clone()),
            ("ID", Object::Array(vec![id.clone(), id])),
        ]);
        self.out.write_all(b"trailer\n")?;
        write(&mut self.out, &trailer.into())?;
        write!(self.out, "\nstartxref\n{start}\n%%EOF\n")?;
        let bytes = self.out.at;
        let out = self
            .out
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok((out, bytes))
    }
}

/// An object as ISO 32000-1, 7.3 writes it.
fn write(out: &mut impl Write, object: &Object) -> io::Result<()> {
    match object {
        Object::Null | Object::Stream(_) => out.write_all(b"null"),
        Object::Boolean(b) => write!(out, "{b}"),
        Object::Integer(i) => write!(out, "{i}"),
        Object::Real(r) => write!(out, "{r}"),
        Object::Name(name) => write_name(out, name),
        Object::String(text, _) => {
            out.write_all(b"<")?;
            for byte in text {
                write!(out, "{byte:02X}")?;
            }
            out.write_all(b">")
        }
        Object::Array(items) => {
            out.write_all(b"[")?;
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.write_all(b" ")?;
                }
                write(out, item)?;
            }
            out.write_all(b"]")
        }
        Object::Dictionary(dict) => {
            out.write_all(b"<<")?;
            for (name, value) in dict {
                write_name(out, name)?;
                out.write_all(b" ")?;
                write(out, value)?;
                out.write_all(b"\n")?;
            }
            out.write_all(b">>")
        }
        Object::Reference((number, generation)) => write!(out, "{number} {generation} R"),
    }
}

fn write_name(out: &mut impl Write, name: &[u8]) -> io::Result<()> {
    out.write_all(b"/")?;
    for byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(byte) {
            out.write_all(&[*byte])?;
        } else {
            write!(out, "#{byte:02X}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut objects = Objects::begin(Vec::new(), "1.4").unwrap();
        let text = Object::string_literal("a)b\\\n");
        let root = objects.add(Dictionary::from_iter([
            ("Odd name/#", Object::Array(vec![1.into(), 0.5.into()])),
            ("Text", text.clone()),
        ]));
        let root = root.unwrap();
        for data in [&b"end\r"[..], b"end\r\n", b"end", b""] {
            objects.add_stream(Dictionary::new(), data).unwrap();
        }
        let (bytes, length) = objects.finish(&root, &root).unwrap();
        assert_eq!(bytes.len() as u64, length);
        let doc = lopdf::Document::load_mem(&bytes).unwrap();
        let dict = doc.get_dictionary((1, 0)).unwrap();
        let read = dict.get(b"Text").unwrap().as_str().unwrap();
        assert_eq!(read, text.as_str().unwrap());
        assert_eq!(
            dict.get(b"Odd name/#").unwrap().as_array().unwrap().len(),
            2
        );
        let stream = |n| doc.get_object((n, 0)).unwrap().as_stream().unwrap();
        assert_eq!(stream(2).content, b"end\r");
        assert_eq!(stream(3).content, b"end\r\n");
        assert_eq!(stream(5).content, b"");
    }
}
