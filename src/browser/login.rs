//! A login, as a browser hands it over: cookies.txt in Netscape's form, or JSON as extensions and browsers export it.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::Cookie;

/// What is wrong with a file of cookies. It repeats none of their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("line {line} is no line of a cookies.txt: it has {fields} fields, not 7")]
    Fields { line: usize, fields: usize },
    #[error("line {line}: {field} is not what it should be")]
    Field { line: usize, field: &'static str },
    #[error("it is neither a cookies.txt nor JSON with cookies: line {line}, column {column}")]
    Json { line: usize, column: usize },
    #[error("cookie {number} has no {field}, or not of its kind")]
    Member { number: usize, field: &'static str },
    #[error("it holds no cookie")]
    Empty,
}

/// As browsers and their extensions write it; names differ between them.
#[derive(Deserialize)]
struct Exported {
    name: Option<String>,
    value: Option<String>,
    #[serde(alias = "host")]
    domain: Option<String>,
    path: Option<String>,
    #[serde(default)]
    secure: bool,
    #[serde(default, rename = "httpOnly", alias = "http_only", alias = "httponly")]
    http_only: bool,
    #[serde(default, rename = "hostOnly", alias = "host_only")]
    host_only: Option<bool>,
    #[serde(
        default,
        rename = "expirationDate",
        alias = "expires",
        alias = "expiry",
        alias = "expires_at"
    )]
    expires: Option<Value>,
}

/// Reads cookies from a file's text.
///
/// # Errors
/// The line or the cookie that is not what it should be.
pub fn read(text: &str) -> Result<Vec<Cookie>, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    let cookies = match text.trim_start().starts_with(['[', '{']) {
        true => from_json(text)?,
        false => from_lines(text)?,
    };
    match cookies.is_empty() {
        true => Err(Fault::Empty),
        false => Ok(cookies),
    }
}

/// Those that a browser would send to the host of this address: a file may hold the logins of many sites.
pub fn of_address(cookies: Vec<Cookie>, address: &Url) -> Vec<Cookie> {
    let host = address.host_str().unwrap_or_default().to_ascii_lowercase();
    let fits = |cookie: &Cookie| {
        let domain = cookie.domain.to_ascii_lowercase();
        match domain.strip_prefix('.') {
            // RFC 6265, section 5.1.3.
            Some(above) => host == above || host.ends_with(&domain),
            None => host == domain,
        }
    };
    cookies.into_iter().filter(fits).collect()
}

/// When the last of them that has an end ends, in seconds since 1970: what a login rests on is among those that last.
pub fn ends(cookies: &[Cookie]) -> Option<i64> {
    cookies.iter().filter_map(|cookie| cookie.expires).max()
}

fn from_lines(text: &str) -> Result<Vec<Cookie>, Fault> {
    let mut cookies = Vec::new();
    for (line, written) in (1..).zip(text.lines()) {
        let written = written.trim_end_matches('\r');
        let (http_only, written) = match written.strip_prefix("#HttpOnly_") {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        if written.trim().is_empty() || written.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = written.split('\t').collect();
        let [domain, below, path, secure, expires, name, value] = fields[..] else {
            return Err(Fault::Fields {
                line,
                fields: fields.len(),
            });
        };
        let flag = |text: &str, field| match text.to_ascii_uppercase().as_str() {
            "TRUE" => Ok(true),
            "FALSE" => Ok(false),
            _ => Err(Fault::Field { line, field }),
        };
        let below = flag(below, "the second field (TRUE or FALSE)")?;
        let expires: f64 = expires.parse().map_err(|_| Fault::Field {
            line,
            field: "the fifth field (seconds since 1970)",
        })?;
        cookies.push(Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: scoped(domain, !below),
            path: path.to_owned(),
            secure: flag(secure, "the fourth field (TRUE or FALSE)")?,
            http_only,
            expires: seconds(expires),
        });
    }
    Ok(cookies)
}

fn from_json(text: &str) -> Result<Vec<Cookie>, Fault> {
    let fault = |e: serde_json::Error| Fault::Json {
        line: e.line(),
        column: e.column(),
    };
    let value: Value = serde_json::from_str(text).map_err(fault)?;
    // Playwright and others wrap the list: {"cookies": [...]}.
    let list = match &value {
        Value::Array(list) => list,
        Value::Object(object) => match object.get("cookies") {
            Some(Value::Array(list)) => list,
            _ => return Err(Fault::Empty),
        },
        _ => return Err(Fault::Empty),
    };
    let mut cookies = Vec::with_capacity(list.len());
    for (number, value) in (1..).zip(list) {
        let lacks = |field| Fault::Member { number, field };
        let cookie = Exported::deserialize(value).map_err(|_| lacks("name, value and domain"))?;
        let domain = cookie.domain.ok_or(lacks("domain"))?;
        let host_only = cookie.host_only.unwrap_or(!domain.starts_with('.'));
        let expires = match &cookie.expires {
            None | Some(Value::Null) => None,
            Some(Value::Number(n)) => n.as_f64().and_then(seconds),
            Some(Value::String(text)) => Some(
                chrono::DateTime::parse_from_rfc3339(text)
                    .map_err(|_| lacks("expires"))?
                    .timestamp(),
            ),
            Some(_) => return Err(lacks("expires")),
        };
        cookies.push(Cookie {
            name: cookie.name.ok_or(lacks("name"))?,
            value: cookie.value.ok_or(lacks("value"))?,
            domain: scoped(&domain, host_only),
            path: cookie.path.unwrap_or_else(|| "/".to_owned()),
            secure: cookie.secure,
            http_only: cookie.http_only,
            expires,
        });
    }
    Ok(cookies)
}

/// With a dot before it for all hosts below, without for this one alone.
fn scoped(domain: &str, host_only: bool) -> String {
    let bare = domain.trim().trim_start_matches('.');
    match host_only {
        true => bare.to_owned(),
        false => format!(".{bare}"),
    }
}

/// Zero and less stand for a session's cookie.
#[allow(clippy::cast_possible_truncation)] // a date beyond what fits is as good as the last
fn seconds(at: f64) -> Option<i64> {
    (at > 0.0).then_some(at as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "# Netscape HTTP Cookie File\n\n\
        .facebook.com\tTRUE\t/\tTRUE\t1893456000\tc_user\t100\n\
        #HttpOnly_.facebook.com\tTRUE\t/\tTRUE\t0\txs\themligt\r\n\
        www.example.se\tFALSE\t/blogg\tFALSE\t1893456001.5\ta\t\n";

    #[test]
    fn both_forms_give_the_same() {
        let lines = read(LINES).unwrap();
        let json = r#"[
          {"domain":".facebook.com","expirationDate":1893456000,"hostOnly":false,"httpOnly":false,"name":"c_user",
           "path":"/","sameSite":"no_restriction","secure":true,"session":false,"storeId":"0","value":"100"},
          {"domain":".facebook.com","name":"xs","value":"hemligt","path":"/","secure":true,"httpOnly":true,"expires":-1},
          {"domain":"www.example.se","name":"a","value":"","path":"/blogg","expires":"2030-01-01T00:00:01Z"}]"#;
        assert_eq!(read(json).unwrap(), lines);
        assert_eq!(read(&format!("{{\"cookies\": {json}}}")).unwrap(), lines);
        assert_eq!(lines[1].expires, None);
        assert!(lines[1].http_only && lines[1].secure);
        assert_eq!(lines[2].domain, "www.example.se");
    }

    #[test]
    fn only_the_address_gets_its_cookies() {
        let names = |address: &str| {
            let cookies = of_address(read(LINES).unwrap(), &address.parse().unwrap());
            cookies.into_iter().map(|c| c.name).collect::<Vec<_>>()
        };
        assert_eq!(names("https://www.facebook.com/kommunen"), ["c_user", "xs"]);
        assert_eq!(names("https://facebook.com/"), ["c_user", "xs"]);
        assert_eq!(names("https://notfacebook.com/"), [""; 0]);
        assert_eq!(names("https://WWW.example.se/"), ["a"]);
        assert_eq!(names("https://x.www.example.se/"), [""; 0]);
    }

    #[test]
    fn a_login_ends_with_the_last_cookie_that_has_an_end() {
        let all = read(LINES).unwrap();
        assert_eq!(ends(&all), Some(1_893_456_001));
        assert_eq!(ends(&all[1..2]), None);
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (text, says) in [
            ("", "it holds no cookie"),
            ("[]", "it holds no cookie"),
            ("{\"a\": 1}", "it holds no cookie"),
            (
                "hemligt",
                "line 1 is no line of a cookies.txt: it has 1 fields, not 7",
            ),
            (
                "a\tJA\t/\tTRUE\t0\tn\themligt",
                "line 1: the second field (TRUE or FALSE) is not what it should be",
            ),
            (
                "a\tTRUE\t/\tTRUE\tx\tn\themligt",
                "line 1: the fifth field (seconds since 1970) is not what it should be",
            ),
            (
                "[{\"name\": \"a\", \"value\": \"hemligt\"}]",
                "cookie 1 has no domain, or not of its kind",
            ),
            (
                "[{\"name\": 7, \"value\": \"hemligt\"}]",
                "cookie 1 has no name, value and domain, or not of its kind",
            ),
            (
                "[\n{\"name\" \"hemligt\"}]",
                "it is neither a cookies.txt nor JSON with cookies: line 2, column 9",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), says);
        }
    }
}
