//! Whatever a server sends, the recording holds it, and warcio reads it back.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::path::Path;
use std::process::Command;

use arkivd::warc::{Body, Kind, Record, Writer, http};
use chrono::{TimeZone as _, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Clone)]
struct Sent {
    target: String,
    status: u16,
    reason: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let field = ("\\PC{0,12}|[a-z-]{1,9}", any::<String>());
    let body = prop_oneof![
        vec(any::<u8>(), 0..300),
        vec(Just(b'\n'), 0..9),
        vec(any::<u8>(), 300_000..300_001)
    ];
    (
        "https?://h/\\PC{0,20}",
        100..600_u16,
        any::<String>(),
        vec(field, 0..6),
        body,
    )
        .prop_map(|(target, status, reason, fields, body)| Sent {
            target,
            status,
            reason,
            fields,
            body,
        })
}

/// What warcio makes of each record, a line of JSON each.
const READ: &str = "
import json, sys
from warcio.archiveiterator import ArchiveIterator
with open(sys.argv[1], 'rb') as file:
    for record in ArchiveIterator(file, check_digests='raise'):
        body = record.content_stream().read()
        head = record.http_headers
        print(json.dumps({'type': record.rec_type, 'body': body.hex(), 'status': head and head.get_statuscode(),
            'length': head and head.get_header('Content-Length'), 'fields': head and len(head.headers)}))
";

#[test]
fn warcio_reads_back_what_was_sent() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/checks/venv/bin/python");
    let has_warcio = Command::new(&python).args(["-c", "import warcio"]).output();
    if !has_warcio.is_ok_and(|o| o.status.success()) {
        println!("SKIP: no warcio here; scripts/test installs it");
        return;
    }
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let all: Vec<Sent> = (0..300)
        .map(|_| sent().new_tree(&mut runner).unwrap().current())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.warc.gz");
    let mut writer = Writer::new(std::fs::File::create(&path).unwrap());
    let now = Utc.timestamp_opt(1_795_000_000, 0).unwrap();
    let mut lines = Vec::new();
    for (n, sent) in all.iter().enumerate() {
        let mut body = Body::whole(&sent.body).unwrap();
        let fields = sent.fields.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let head = http::response(sent.status, &sent.reason, fields, body.length());
        lines.push(head.bytes.windows(2).filter(|w| w == b"\r\n").count() - 2);
        let mut record = Record::new(Kind::Response, Uuid::from_u128(n as u128), now, &mut body);
        record.target = Some(&sent.target);
        record.head = &head.bytes;
        writer.write(record).unwrap();
    }
    writer.finish().unwrap().sync_all().unwrap();
    let read = Command::new(&python)
        .args(["-c", READ])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let read = String::from_utf8(read.stdout).unwrap();
    let read: Vec<Value> = read
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(read.len(), all.len());
    for ((read, sent), lines) in read.iter().zip(&all).zip(lines) {
        let hex: String = sent.body.iter().map(|b| format!("{b:02x}")).collect();
        assert!(read["body"] == hex, "{sent:?}");
        assert_eq!(read["status"], sent.status.to_string(), "{sent:?}");
        assert_eq!(read["length"], sent.body.len().to_string(), "{sent:?}");
        assert_eq!(read["fields"], lines, "{sent:?}");
    }
}
