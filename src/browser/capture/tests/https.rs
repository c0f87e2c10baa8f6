//! Certificates: one that nobody vouches for, and how an accepted one is told.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;
use crate::record::Digest;

/// Ended when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of openssl's with a certificate of its own in `folder`; `None` where openssl is not installed.
fn server(folder: &std::path::Path) -> Option<(Server, u16)> {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args("req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=ett.exempel".split(' '))
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|s| s.success()) {
        println!("SKIP: no openssl");
        return None;
    }
    let mut child = Command::new("openssl")
        .current_dir(folder)
        .args("s_server -accept 127.0.0.1:0 -key key.pem -cert cert.pem -www".split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    let server = Server(child);
    let mut lines = told.lines().map_while(Result::ok);
    let port = lines.find_map(|l| {
        l.strip_prefix("ACCEPT ")?
            .rsplit_once(':')?
            .1
            .trim()
            .parse()
            .ok()
    });
    Some((server, port.unwrap()))
}

#[tokio::test]
async fn a_certificate_is_judged_and_told() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((_server, port)) = server(folder.path()) else {
        return;
    };
    let _turn = TURN.acquire().await.unwrap();
    let mut job = job(&format!("https://127.0.0.1:{port}/"));
    let looked = look(&job).await;
    looked.nothing_is_kept(PageOutcome::CertificateError);
    assert_eq!(
        looked.page.detail.as_deref(),
        Some("ERR_CERT_AUTHORITY_INVALID")
    );

    // A browser that believes everybody.
    let script = wrapper(folder.path(), &program, "--ignore-certificate-errors");
    job.program = Some(script);
    let looked = look(&job).await;
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    let certificate = looked.page.certificate.unwrap();
    assert_eq!(certificate.subject, "ett.exempel");
    assert_eq!(certificate.protocol, "TLS 1.3");
    let lasts = certificate.valid_to - certificate.valid_from;
    assert_eq!(lasts.num_days(), 30);
    let der = Command::new("openssl")
        .current_dir(folder.path())
        .args("x509 -in cert.pem -outform DER".split(' '))
        .output()
        .unwrap();
    assert_eq!(certificate.sha256, Some(Digest::of(&der.stdout)));
}
