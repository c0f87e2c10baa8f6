//! A recording as its readers meet it: gunzip, warcio, pywb, and a small reader of our own.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

#[derive(Debug)]
pub struct Read {
    pub fields: BTreeMap<String, String>,
    pub block: Vec<u8>,
}

impl Read {
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn split(&self) -> usize {
        let end = self.block.windows(4).position(|w| w == b"\r\n\r\n");
        end.map_or(0, |n| n + 4)
    }

    /// The head of its HTTP message.
    pub fn head(&self) -> &str {
        std::str::from_utf8(&self.block[..self.split()]).unwrap()
    }

    pub fn payload(&self) -> &[u8] {
        &self.block[self.split()..]
    }
}

/// All records, their digests checked.
pub fn records(file: &Path) -> Vec<Read> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).unwrap();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        let end = rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let header = std::str::from_utf8(&rest[..end]).unwrap();
        let mut lines = header.split("\r\n");
        assert_eq!(lines.next(), Some("WARC/1.1"));
        let fields = lines.map(|l| l.split_once(": ").unwrap());
        let fields: BTreeMap<_, _> = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let length: usize = fields["Content-Length"].parse().unwrap();
        let block = rest[end + 4..end + 4 + length].to_vec();
        assert_eq!(&rest[end + 4 + length..][..4], b"\r\n\r\n");
        rest = &rest[end + 8 + length..];
        let record = Read { fields, block };
        assert_eq!(record.field("WARC-Block-Digest"), digest(&record.block));
        if matches!(record.field("WARC-Type"), "response" | "request") {
            assert_eq!(
                record.field("WARC-Payload-Digest"),
                digest(record.payload())
            );
        }
        records.push(record);
    }
    records
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// A program of the Python that scripts/test sets up.
pub fn tool(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tool = root.join("target/checks/venv/bin").join(name);
    if tool.exists() {
        return Some(tool);
    }
    println!("SKIP: no {name} here; scripts/test installs it");
    None
}

/// gunzip and warcio find no fault.
pub fn judge(file: &Path) {
    let whole = Command::new("gunzip").arg("-t").arg(file).output().unwrap();
    assert!(whole.status.success(), "{whole:?}");
    let Some(warcio) = tool("warcio") else { return };
    let checked = Command::new(warcio)
        .args(["check", "-v"])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
    assert!(
        said.contains("digest pass") && !said.contains("no digest to check"),
        "{said}"
    );
}

/// pywb with one recording.
pub struct Replay {
    pub port: u16,
    server: Child,
    _folder: tempfile::TempDir,
}

impl Replay {
    pub fn start(file: &Path) -> Option<Self> {
        let (tool, server) = (tool("wb-manager")?, tool("wayback")?);
        let folder = tempfile::tempdir().unwrap();
        for args in [vec!["init", "c"], vec!["add", "c", file.to_str().unwrap()]] {
            let done = Command::new(&tool)
                .args(&args)
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(done.status.success(), "{args:?}: {done:?}");
        }
        std::fs::write(folder.path().join("config.yaml"), "framed_replay: false\n").unwrap();
        // Another program may take the port that was free; then it is another's turn.
        for _ in 0..5 {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            let mut server = Command::new(&server)
                .args(["-b", "127.0.0.1", "-p", &port.to_string()])
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap();
            let begun = Instant::now();
            while server.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self {
                        port,
                        server,
                        _folder: folder,
                    });
                }
                assert!(
                    begun.elapsed() < Duration::from_secs(60),
                    "pywb does not start"
                );
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        panic!("pywb ends at once")
    }

    /// Where an address is replayed as it was.
    pub fn address(&self, of: &str) -> String {
        format!("http://127.0.0.1:{}/c/id_/{of}", self.port)
    }

    /// Where it is replayed with its links led into the recording.
    pub fn page(&self, of: &str) -> String {
        format!("http://127.0.0.1:{}/c/{of}", self.port)
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
