//! Records after one another, each a gzip member of its own (ISO 28500, annex D).

use std::collections::HashMap;
use std::io::Write;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Body, Digest, Error, Kind, Record, Refers};

/// Below this a record that points to another is no smaller.
const WORTH_A_REVISIT: u64 = 1024;

/// Payloads that are known again, and bytes of an address that one is told of by.
const KNOWN: usize = 10_000;
const ADDRESS: usize = 2_000;

/// Writes one file. What it holds is whole after each record.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    info: Option<Uuid>,
    records: u64,
    /// Payloads that stand in the file already.
    payloads: HashMap<Digest, (Uuid, String, DateTime<Utc>)>,
}

impl<W: Write> Writer<W> {
    pub fn new(to: W) -> Self {
        Self {
            to,
            info: None,
            records: 0,
            payloads: HashMap::new(),
        }
    }

    /// Says of what follows how and by what it was made: `software`, `format`, `conformsTo` and the like.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn info(
        &mut self,
        id: Uuid,
        date: DateTime<Utc>,
        fields: &[(&str, &str)],
    ) -> Result<(), Error> {
        let mut body = Body::whole(&self::fields(fields))?;
        self.info = None;
        self.write(Record::new(Kind::Info, id, date, &mut body))?;
        self.info = Some(id);
        Ok(())
    }

    /// What is known of an address or a record.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn metadata(
        &mut self,
        id: Uuid,
        date: DateTime<Utc>,
        target: &str,
        of: Option<Uuid>,
        fields: &[(&str, &str)],
    ) -> Result<(), Error> {
        let mut body = Body::whole(&self::fields(fields))?;
        let mut record = Record::new(Kind::Metadata, id, date, &mut body);
        record.target = Some(target);
        record.concurrent_to = of;
        self.write(record)
    }

    /// A response, or where its payload stands in the file already, where that is.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn response(&mut self, record: Record<'_>) -> Result<(), Error> {
        let target = record.target.unwrap_or_default().to_owned();
        let repeats = record.truncated.is_none() && record.body.length() >= WORTH_A_REVISIT;
        if !repeats {
            return self.write(record);
        }
        let payload = record.body.digest();
        let Some((id, earlier, date)) = self.payloads.get(&payload).cloned() else {
            let (id, date) = (record.id, record.date);
            self.write(record)?;
            if self.payloads.len() < KNOWN && target.len() <= ADDRESS {
                self.payloads.insert(payload, (id, target, date));
            }
            return Ok(());
        };
        let kind = Kind::Revisit(Refers {
            id,
            target: earlier,
            date,
            payload,
        });
        let mut nothing = Body::default();
        let revisit = Record::new(kind, record.id, record.date, &mut nothing);
        self.write(Record {
            target: record.target,
            concurrent_to: record.concurrent_to,
            address: record.address,
            protocol: record.protocol,
            head: record.head,
            ..revisit
        })
    }

    /// One record.
    ///
    /// # Errors
    /// When the file cannot be written, or a body on disk not be read.
    pub fn write(&mut self, record: Record<'_>) -> Result<(), Error> {
        let mut hash = Sha256::new();
        hash.update(record.head);
        record.body.read(|piece| {
            hash.update(piece);
            Ok(())
        })?;
        let header = record.header(Digest::of(hash), self.info);
        let mut member = GzEncoder::new(&mut self.to, Compression::default());
        let mut put = |bytes: &[u8]| member.write_all(bytes).map_err(Error::Write);
        put(header.as_bytes())?;
        put(record.head)?;
        record.body.read(&mut put)?;
        put(b"\r\n\r\n")?;
        member.finish().map_err(Error::Write)?;
        self.records += 1;
        Ok(())
    }

    /// Records written so far, of all kinds.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The end of it.
    ///
    /// # Errors
    /// When what is left cannot be written.
    pub fn finish(mut self) -> Result<W, Error> {
        self.to.flush().map_err(Error::Write)?;
        Ok(self.to)
    }
}

/// `application/warc-fields`: a name and a value a line.
fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut lines = String::new();
    for (name, value) in fields {
        let value = value.replace(|c: char| c.is_control(), " ");
        lines.extend([*name, ": ", value.trim(), "\r\n"]);
    }
    lines.into_bytes()
}

#[cfg(test)]
mod tests;
