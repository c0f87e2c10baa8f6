//! Golden bytes: what a reader in fifty years gets to see.

use std::io::Read as _;

use chrono::TimeZone as _;
use flate2::read::MultiGzDecoder;

use super::*;
use crate::warc::{Truncated, http};

fn at(microseconds: i64) -> DateTime<Utc> {
    Utc.timestamp_micros(1_795_000_000_000_000 + microseconds)
        .unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes)
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn a_file_as_it_is_read() {
    let mut writer = Writer::new(Vec::new());
    let fields = [("software", "arkivd/0.1.0"), ("robots", "not\r\nconsulted")];
    writer.info(id(1), at(0), &fields).unwrap();
    let target = "https://kommun.example/räksmörgås bild.png";
    let mut body = Body::whole(b"bild").unwrap();
    let head = http::response(200, "OK", [("Content-Type", "image/png")], body.length());
    let mut response = Record::new(Kind::Response, id(2), at(7), &mut body);
    response.target = Some(target);
    response.address = Some([192, 0, 2, 1].into());
    response.protocol = Some("h2");
    response.truncated = Some(Truncated::Length);
    response.head = &head.bytes;
    writer.response(response).unwrap();
    writer
        .metadata(id(3), at(8), target, Some(id(2)), &[("title", "Bild")])
        .unwrap();
    assert_eq!(writer.records(), 3);
    let expected = "WARC/1.1\r\n\
WARC-Type: warcinfo\r\n\
WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n\
WARC-Date: 2026-11-18T11:06:40.000000Z\r\n\
WARC-Block-Digest: sha256:b1a2e43964c0480d7adc0cf60010820782fe424f79d48d617f309f6859fb60ed\r\n\
Content-Type: application/warc-fields\r\n\
Content-Length: 48\r\n\
\r\n\
software: arkivd/0.1.0\r\n\
robots: not  consulted\r\n\
\r\n\r\n\
WARC/1.1\r\n\
WARC-Type: response\r\n\
WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n\
WARC-Date: 2026-11-18T11:06:40.000007Z\r\n\
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n\
WARC-Target-URI: https://kommun.example/r%C3%A4ksm%C3%B6rg%C3%A5s%20bild.png\r\n\
WARC-IP-Address: 192.0.2.1\r\n\
WARC-Protocol: h2\r\n\
WARC-Truncated: length\r\n\
WARC-Payload-Digest: sha256:0ed28aa21d0a18018cf62067568aaa60b4fb517044e4f7df23bfd23d2e79ca4e\r\n\
WARC-Block-Digest: sha256:85cd147a718403bceb7dbf4d6017d7afef77b30a9cc6ffcb0e20f58b325ce95b\r\n\
Content-Type: application/http;msgtype=response\r\n\
Content-Length: 67\r\n\
\r\n\
HTTP/1.1 200 OK\r\n\
Content-Type: image/png\r\n\
Content-Length: 4\r\n\
\r\n\
bild\r\n\r\n\
WARC/1.1\r\n\
WARC-Type: metadata\r\n\
WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000003>\r\n\
WARC-Date: 2026-11-18T11:06:40.000008Z\r\n\
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n\
WARC-Target-URI: https://kommun.example/r%C3%A4ksm%C3%B6rg%C3%A5s%20bild.png\r\n\
WARC-Concurrent-To: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n\
WARC-Block-Digest: sha256:d895426f63343b667322171c0ad91bcceac69aed05d1173f1714d9192c0df440\r\n\
Content-Type: application/warc-fields\r\n\
Content-Length: 13\r\n\
\r\n\
title: Bild\r\n\
\r\n\r\n";
    assert_eq!(text(&writer.finish().unwrap()), expected);
}

#[test]
fn a_payload_stands_once() {
    let payload = vec![b'x'; 5000];
    let mut writer = Writer::new(Vec::new());
    for n in 1..=3 {
        let mut body = Body::whole(&payload).unwrap();
        let target = format!("http://h/{n}");
        let mut record = Record::new(Kind::Response, id(n), at(0), &mut body);
        record.target = Some(&target);
        record.head = b"HTTP/1.1 200 OK\r\n\r\n";
        // What is cut repeats nothing, and nothing repeats it.
        record.truncated = (n == 1).then_some(Truncated::Time);
        writer.response(record).unwrap();
    }
    let mut body = Body::whole(&payload).unwrap();
    let mut last = Record::new(Kind::Response, id(4), at(9), &mut body);
    last.target = Some("http://h/4");
    last.head = b"HTTP/1.1 200 OK\r\n\r\n";
    writer.response(last).unwrap();
    let text = text(&writer.finish().unwrap());
    assert_eq!(text.matches("WARC-Type: response").count(), 2);
    let revisits: Vec<&str> = text.split("WARC-Type: revisit").skip(1).collect();
    assert_eq!(revisits.len(), 2);
    for revisit in revisits {
        assert!(
            revisit.contains("WARC-Refers-To: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n")
        );
        assert!(revisit.contains("WARC-Refers-To-Target-URI: http://h/2\r\n"));
        assert!(revisit.contains("Content-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"));
    }
}

#[test]
fn each_record_is_a_gzip_member_of_its_own() {
    let mut writer = Writer::new(Vec::new());
    let mut ends = Vec::new();
    for n in 0..3 {
        writer.info(id(n), at(0), &[("n", "x")]).unwrap();
        ends.push(writer.to.len());
    }
    let bytes = writer.finish().unwrap();
    let mut begin = 0;
    for end in ends {
        let member = bytes.get(begin..end).unwrap();
        let mut text = String::new();
        let mut one = flate2::read::GzDecoder::new(member);
        one.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("WARC/1.1\r\n") && text.ends_with("\r\n\r\n"));
        assert_eq!(one.into_inner().len(), 0);
        begin = end;
    }
    assert_eq!(begin, bytes.len());
}

#[test]
fn a_disk_that_takes_no_more_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = Writer::new(Full).info(id(1), at(0), &[]).unwrap_err();
    assert!(matches!(&error, Error::Write(e) if e.kind() == std::io::ErrorKind::StorageFull));
    assert_eq!(error.to_string(), "the WARC file cannot be written");
}
