//! What waits on disk until it can be written: a temporary file without a name, gone with the process.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, Write};

pub(super) struct Spool(BufWriter<File>);

impl Spool {
    pub(super) fn begin() -> io::Result<Self> {
        Ok(Self(BufWriter::with_capacity(
            64 * 1024,
            tempfile::tempfile()?,
        )))
    }

    /// From its beginning.
    pub(super) fn read(self) -> io::Result<BufReader<File>> {
        let mut file = self.0.into_inner().map_err(|e| e.into_error())?;
        file.rewind()?;
        Ok(BufReader::with_capacity(64 * 1024, file))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
