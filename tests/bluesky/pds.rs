//! The running PDS, and accounts on it that belong to one test alone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The real PDS that scripts/test started.
#[derive(Clone)]
pub struct Pds {
    /// `http://localhost:PORT`.
    pub address: String,
    /// Its directory of identities.
    pub plc: String,
    admin: String,
}

pub struct Account {
    pub pds: Pds,
    pub did: String,
    pub handle: String,
    token: String,
}

impl Pds {
    /// None, with a word about it, where no PDS runs.
    pub fn running() -> Option<Pds> {
        let Some(env) = std::env::var_os("ARKIVD_TEST_PDS") else {
            println!("SKIP: no Bluesky PDS runs here; scripts/test starts one");
            return None;
        };
        let text = std::fs::read_to_string(Path::new(&env)).unwrap();
        let value = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("no {key} in {text}"))
                .to_owned()
        };
        Some(Pds {
            address: value("ADDRESS"),
            plc: value("PLC"),
            admin: format!(
                "Basic {}",
                STANDARD.encode(format!("admin:{}", value("ADMIN_PASSWORD")))
            ),
        })
    }

    /// A new account; the name is a to z and digits, and some letters of its own follow.
    pub fn account(&self, name: &str) -> Account {
        let one = uuid::Uuid::now_v7().simple().to_string();
        // The server takes at most 18 letters.
        let handle = format!("{name}{}.test", &one[one.len() - 8..]);
        let body = json!({"handle": handle, "email": format!("{handle}@a.example"), "password": "hemligt1234"});
        let made = self.post("com.atproto.server.createAccount", &body, None);
        Account {
            pds: self.clone(),
            did: made["did"].as_str().unwrap().to_owned(),
            token: format!("Bearer {}", made["accessJwt"].as_str().unwrap()),
            handle,
        }
    }

    /// Takes down, or gives back, what the subject says, as the server's administrator.
    pub fn take_down(&self, subject: &Value, applied: bool) {
        let body = json!({"subject": subject, "takedown": {"applied": applied, "ref": "prov"}});
        self.post(
            "com.atproto.admin.updateSubjectStatus",
            &body,
            Some(&self.admin),
        );
    }

    pub fn delete_account(&self, did: &str) {
        self.post(
            "com.atproto.admin.deleteAccount",
            &json!({"did": did}),
            Some(&self.admin),
        );
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, "application/json", b"", None);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    fn post(&self, method: &str, body: &Value, authorization: Option<&str>) -> Value {
        let body = body.to_string();
        self.send(method, "application/json", body.as_bytes(), authorization)
    }

    fn send(&self, method: &str, kind: &str, body: &[u8], authorization: Option<&str>) -> Value {
        let (status, answer) = self.ask("POST", method, kind, body, authorization);
        let text = String::from_utf8_lossy(&answer);
        assert_eq!(status, 200, "{method}: {text}");
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    fn ask(
        &self,
        verb: &str,
        path: &str,
        kind: &str,
        body: &[u8],
        authorization: Option<&str>,
    ) -> (u16, Vec<u8>) {
        let authority = self.address.trim_start_matches("http://");
        let authorization = authorization.map(|value| format!("Authorization: {value}\r\n"));
        let typed = match verb {
            "POST" if body == b"null" => String::new(),
            "POST" => format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()),
            _ => String::new(),
        };
        let head = format!(
            "{verb} /xrpc/{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{typed}{}\r\n",
            authorization.unwrap_or_default()
        );
        let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        if body != b"null" {
            stream.write_all(body).unwrap();
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = answer[end + 4..].to_vec();
        if head.contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        (status, body)
    }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&bytes[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        out.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 4 + length..];
    }
    out
}

impl Account {
    /// Where it is registered: at the PDS itself, which lies inside.
    pub fn address(&self) -> String {
        format!("{}/profile/{}", self.pds.address, self.handle)
    }

    pub fn address_by_did(&self) -> String {
        format!("{}/profile/{}", self.pds.address, self.did)
    }

    fn call(&self, method: &str, body: Value) -> Value {
        self.pds.post(method, &body, Some(&self.token))
    }

    /// Makes a record and returns its address and name (`{uri, cid}`).
    pub fn create(&self, collection: &str, record: Value) -> Value {
        self.call(
            "com.atproto.repo.createRecord",
            json!({"repo": self.did, "collection": collection, "record": record}),
        )
    }

    /// Posts a text, with more fields of the record.
    pub fn post(&self, text: &str, more: Value) -> Value {
        self.create("app.bsky.feed.post", record(text, more))
    }

    pub fn reply(&self, text: &str, root: &Value, parent: &Value) -> Value {
        let strong = |of: &Value| json!({"uri": of["uri"], "cid": of["cid"]});
        self.post(
            text,
            json!({"reply": {"root": strong(root), "parent": strong(parent)}}),
        )
    }

    /// Many posts at once; returns their addresses in order.
    pub fn post_many(&self, count: usize) -> Vec<String> {
        let mut made = Vec::new();
        let texts: Vec<usize> = (0..count).collect();
        for some in texts.chunks(200) {
            let writes: Vec<Value> = some
                .iter()
                .map(|n| json!({"$type": "com.atproto.repo.applyWrites#create", "collection": "app.bsky.feed.post",
                    "value": record(&format!("Inlägg nummer {n} om snöröjning"), json!({}))}))
                .collect();
            let answer = self.call(
                "com.atproto.repo.applyWrites",
                json!({"repo": self.did, "writes": writes}),
            );
            let results = answer["results"].as_array().unwrap();
            made.extend(
                results
                    .iter()
                    .map(|one| one["uri"].as_str().unwrap().to_owned()),
            );
        }
        made
    }

    pub fn edit(&self, post: &Value, text: &str) {
        self.put("app.bsky.feed.post", key(post), record(text, json!({})));
    }

    pub fn put(&self, collection: &str, key: &str, record: Value) {
        self.call(
            "com.atproto.repo.putRecord",
            json!({"repo": self.did, "collection": collection, "rkey": key, "record": record}),
        );
    }

    pub fn delete(&self, uri: &str) {
        let key = uri.rsplit('/').next().unwrap();
        self.call(
            "com.atproto.repo.deleteRecord",
            json!({"repo": self.did, "collection": "app.bsky.feed.post", "rkey": key}),
        );
    }

    /// Uploads bytes and returns the blob to be put in a record.
    pub fn upload(&self, kind: &str, bytes: &[u8]) -> Value {
        let method = "com.atproto.repo.uploadBlob";
        self.pds.send(method, kind, bytes, Some(&self.token))["blob"].clone()
    }

    pub fn rename(&self, handle: &str) {
        self.call(
            "com.atproto.identity.updateHandle",
            json!({"handle": handle}),
        );
    }

    pub fn deactivate(&self) {
        self.call("com.atproto.server.deactivateAccount", json!({}));
    }

    pub fn activate(&self) {
        self.call("com.atproto.server.activateAccount", Value::Null);
    }

    /// The whole repository as a subject of takedown.
    pub fn repository(&self) -> Value {
        json!({"$type": "com.atproto.admin.defs#repoRef", "did": self.did})
    }
}

pub fn record(text: &str, more: Value) -> Value {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let mut record =
        json!({"$type": "app.bsky.feed.post", "text": text, "createdAt": now, "langs": ["sv"]});
    let fields = record.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    record
}

/// One record as a subject of takedown.
pub fn subject(post: &Value) -> Value {
    json!({"$type": "com.atproto.repo.strongRef", "uri": post["uri"], "cid": post["cid"]})
}

pub fn uri(post: &Value) -> String {
    post["uri"].as_str().unwrap().to_owned()
}

fn key(post: &Value) -> &str {
    post["uri"].as_str().unwrap().rsplit('/').next().unwrap()
}
