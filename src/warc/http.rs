//! Heads of HTTP messages as they stand in a record: whole, safe, and without what logs anyone in.
//!
//! The browser hands out bodies with their codings undone. What the server said of its coded body is kept under
//! `X-Archive-Orig-` names, as other archiving tools do, and `Content-Length` is that of the body in the record.

use std::fmt::Write as _;

use hyper::StatusCode;

/// Header lines that are a login, or as good as one; with [`ENDINGS`].
const LOGINS: &[&str] = &[
    "authentication-info",
    "cookie",
    "cookie2",
    "dpop",
    "proxy-authentication-info",
    "proxy-authorization",
    "set-cookie",
    "set-cookie2",
    "x-csrftoken",
    "x-xsrftoken",
];

const ENDINGS: &[&str] = &[
    "api-key",
    "apikey",
    "authorization",
    "-token",
    "-secret",
    "-session",
    "-session-id",
    "-sessionid",
    "-sid",
    "x-auth",
    "x-fb-lsd",
];

/// What [`LOGINS`] and [`ENDINGS`] take out, for the record that describes the file.
pub const REMOVED: &str = "Cookie, Set-Cookie, Authorization, Proxy-Authorization, Authentication-Info, DPoP, \
     and headers that end with -Authorization, -API-Key, -Token, -Secret, -Session, -Session-Id or -Sid";

/// Spoken of the body as it was sent, not of the body that is kept.
const OF_THE_CODED: &[&str] = &["content-encoding", "content-length", "transfer-encoding"];

/// A head with the empty line that ends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    pub bytes: Vec<u8>,
    /// Lines taken out because they are a login.
    pub removed: u64,
}

/// The status line and fields of a response whose kept body has `length` bytes.
pub fn response<'a>(
    status: u16,
    reason: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    length: u64,
) -> Head {
    let usual = StatusCode::from_u16(status).ok();
    let usual = usual.and_then(|s| s.canonical_reason()).unwrap_or_default();
    let said = safe(reason);
    let reason = if said.is_empty() { usual } else { &said };
    let first = format!("HTTP/1.1 {} {reason}", status.clamp(100, 999));
    head(&first, fields, Some(length))
}

/// The request line and fields; `length` is that of the body, where there is one.
pub fn request<'a>(
    method: &str,
    address: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    length: Option<u64>,
) -> Head {
    let url = url::Url::parse(address).ok();
    let path = url.as_ref().map_or("/", |u| u.path());
    let query = url.as_ref().and_then(|u| u.query());
    let mut first = format!("{} {path}", token(method));
    if let Some(query) = query {
        first.extend(["?", query]);
    }
    first.push_str(" HTTP/1.1");
    let mut fields: Vec<_> = fields.into_iter().collect();
    let is = |name: &str| fields.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    // HTTP/2 names the host otherwise.
    let host = url
        .as_ref()
        .map(|u| &u[url::Position::BeforeHost..url::Position::AfterPort]);
    if let Some(host) = host.filter(|_| !is("host")) {
        fields.insert(0, ("Host", host));
    }
    head(&first, fields, length)
}

/// True for a field that is a login, whatever its case.
pub fn is_login(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    LOGINS.contains(&name.as_str()) || ENDINGS.iter().any(|end| name.ends_with(end))
}

fn head<'a>(
    first: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    length: Option<u64>,
) -> Head {
    let mut text = format!("{first}\r\n");
    let mut removed = 0;
    for (name, value) in fields {
        // The browser joins lines of the same name by a newline.
        for value in value.split('\n') {
            if is_login(name) {
                removed += 1;
                continue;
            }
            if name.starts_with(':') || name.is_empty() {
                continue;
            }
            let coded = OF_THE_CODED.iter().any(|n| name.eq_ignore_ascii_case(n));
            let prefix = if coded { "X-Archive-Orig-" } else { "" };
            // Writing to a string does not fail.
            let _ = write!(text, "{prefix}{}: {}\r\n", token(name), safe(value));
        }
    }
    if let Some(length) = length {
        let _ = write!(text, "Content-Length: {length}\r\n");
    }
    text.push_str("\r\n");
    Head {
        bytes: text.into_bytes(),
        removed,
    }
}

/// A name or method with all that no token holds (RFC 9110, 5.6.2) made `_`.
fn token(name: &str) -> String {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    name.replace(|c| !is_fine(c), "_")
}

/// A value that stays on its line.
fn safe(value: &str) -> String {
    let breaks = |c: char| c.is_control() && c != '\t';
    value.replace(breaks, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(head: &Head) -> &str {
        std::str::from_utf8(&head.bytes).unwrap()
    }

    #[test]
    fn a_response_is_true_to_the_body_that_is_kept() {
        let fields = [
            ("content-type", "text/css"),
            ("Content-Encoding", "gzip"),
            ("content-length", "74"),
            ("Transfer-Encoding", "chunked"),
            (":status", "200"),
            ("Set-Cookie", "a=b\nc=d"),
        ];
        let head = response(200, "", fields, 2900);
        assert_eq!(
            text(&head),
            "HTTP/1.1 200 OK\r\ncontent-type: text/css\r\nX-Archive-Orig-Content-Encoding: gzip\r\n\
             X-Archive-Orig-content-length: 74\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n\
             Content-Length: 2900\r\n\r\n"
        );
        assert_eq!(head.removed, 2);
    }

    #[test]
    fn a_request_has_its_line_its_host_and_no_login() {
        let fields = [
            (":authority", "kommun.example"),
            ("Accept", "*/*"),
            ("Cookie", "sid=1"),
            ("authorization", "Bearer x"),
            ("X-Api-Key", "k"),
            ("X-CSRF-Token", "t"),
        ];
        let head = request(
            "GET",
            "https://kommun.example:8443/a%20b?c=d#e",
            fields,
            None,
        );
        assert_eq!(
            text(&head),
            "GET /a%20b?c=d HTTP/1.1\r\nHost: kommun.example:8443\r\nAccept: */*\r\n\r\n"
        );
        assert_eq!(head.removed, 4);
        let post = request("POST", "http://h/", [("Host", "h")], Some(5));
        assert_eq!(
            text(&post),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
        );
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        let fields = [
            ("x-a", "one\r\nSet-Cookie: a=b\r\n\r\n<html>"),
            ("x b\r\nx-c", "two\0three"),
            ("", "none"),
        ];
        let head = response(1000, "O\r\nK: x", fields, 0);
        assert_eq!(
            text(&head),
            "HTTP/1.1 999 O  K: x\r\nx-a: one\r\nx-a: Set-Cookie: a=b\r\nx-a: \r\nx-a: <html>\r\n\
             x_b__x-c: two three\r\nContent-Length: 0\r\n\r\n"
        );
        let head = request("GET /\r\n", "no address", [], None);
        assert_eq!(text(&head), "GET____ / HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn logins_are_known_by_any_spelling() {
        for login in [
            "COOKIE",
            " Set-Cookie ",
            "x-amz-security-token",
            "X-Goog-Api-Key",
        ] {
            assert!(is_login(login), "{login}");
        }
        for fine in ["content-type", "www-authenticate", "etag", "x-tokens"] {
            assert!(!is_login(fine), "{fine}");
        }
    }
}
