//! The municipality's own proxy on the way out, where it has one: asked for a tunnel, or for an address in clear.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::platform::Error;

/// Bytes of its answer to CONNECT.
const HEAD: usize = 16 << 10;

/// Where it is, and who asks.
#[derive(Clone)]
pub struct Outer {
    kind: Kind,
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    /// SOCKS 5 (RFC 1928). It is given the name and resolves it, whether written `socks5` or `socks5h`.
    Socks,
}

/// Never with its login.
impl fmt::Debug for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outer({:?} {}:{})", self.kind, self.host, self.port)
    }
}

impl Outer {
    /// As `proxy` under `[network]` has it: `http://host:port` or `socks5h://host:port`, a login before the host.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(written: &str) -> Result<Self, Error> {
        let url = Url::parse(written).ok();
        let read = url.as_ref().and_then(|url| {
            let (kind, usual) = match url.scheme() {
                "http" => (Kind::Http, 80),
                "socks5" | "socks5h" => (Kind::Socks, 1080),
                _ => return None,
            };
            let host = url.host_str().filter(|h| !h.is_empty())?;
            let login = (
                decoded(url.username()),
                decoded(url.password().unwrap_or_default()),
            );
            Some(Self {
                kind,
                host: host.trim_matches(['[', ']']).to_owned(),
                port: url.port().unwrap_or(usual),
                login: Some(login).filter(|(user, _)| !user.is_empty()),
            })
        });
        read.ok_or_else(|| Error::Configuration {
            key: "proxy",
            value: url.map_or_else(|| "(no address)".to_owned(), without_login),
            problem: "pages go out by http://host:port or socks5h://host:port".to_owned(),
        })
    }

    /// True where it takes requests in clear with their whole address.
    pub(super) fn takes_addresses(&self) -> bool {
        self.kind == Kind::Http
    }

    /// What it wants to know of who asks.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = self.login.as_ref()?;
        let coded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let mut value = HeaderValue::from_str(&format!("Basic {coded}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// A connection to the proxy itself.
    pub(super) async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect((self.host.as_str(), self.port)).await
    }

    /// A connection through it to a host.
    pub(super) async fn tunnel(&self, host: &Host<&str>, port: u16) -> io::Result<TcpStream> {
        let mut stream = self.connect().await?;
        match self.kind {
            Kind::Http => self.ask(&mut stream, host, port).await?,
            Kind::Socks => self.socks(&mut stream, host, port).await?,
        }
        Ok(stream)
    }

    /// By CONNECT (RFC 9110, 9.3.6).
    async fn ask(&self, stream: &mut TcpStream, host: &Host<&str>, port: u16) -> io::Result<()> {
        let mut asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
        if let Some(value) = self.authorization() {
            asked.push_str("Proxy-Authorization: ");
            asked.push_str(value.to_str().unwrap_or_default());
            asked.push_str("\r\n");
        }
        asked.push_str("\r\n");
        stream.write_all(asked.as_bytes()).await?;
        let mut head = Vec::new();
        // Byte by byte: what follows the head is the other side's.
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
            if head.len() > HEAD {
                return Err(io::Error::other(
                    "the proxy on the way out answers without end",
                ));
            }
        }
        let first = head.split(|b| *b == b'\r').next().unwrap_or_default();
        let first = String::from_utf8_lossy(first);
        let status = first.split(' ').nth(1).unwrap_or_default();
        match status.starts_with('2') && first.starts_with("HTTP/1.") {
            true => Ok(()),
            false => Err(refused(status)),
        }
    }

    async fn socks(&self, stream: &mut TcpStream, host: &Host<&str>, port: u16) -> io::Result<()> {
        let offered: &[u8] = if self.login.is_some() {
            &[5, 2, 0, 2]
        } else {
            &[5, 1, 0]
        };
        stream.write_all(offered).await?;
        let mut chosen = [0; 2];
        stream.read_exact(&mut chosen).await?;
        match (chosen, &self.login) {
            ([5, 0], _) => {}
            ([5, 2], Some((user, password))) => {
                // RFC 1929.
                let mut asked = vec![1];
                for word in [user, password] {
                    asked.push(length(word)?);
                    asked.extend_from_slice(word.as_bytes());
                }
                stream.write_all(&asked).await?;
                let mut answer = [0; 2];
                stream.read_exact(&mut answer).await?;
                if answer[1] != 0 {
                    return Err(refused("its login"));
                }
            }
            _ => return Err(refused("who asks")),
        }
        let mut asked = vec![5, 1, 0];
        match host {
            Host::Ipv4(ip) => asked.extend(std::iter::once(1).chain(ip.octets())),
            Host::Ipv6(ip) => asked.extend(std::iter::once(4).chain(ip.octets())),
            Host::Domain(name) => {
                asked.extend([3, length(name)?]);
                asked.extend_from_slice(name.as_bytes());
            }
        }
        asked.extend(port.to_be_bytes());
        stream.write_all(&asked).await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        let [_, said, _, kind] = answer;
        if said != 0 {
            return Err(refused(&format!("SOCKS {said}")));
        }
        let rest = match kind {
            1 => 4,
            4 => 16,
            _ => usize::from(stream.read_u8().await?),
        };
        stream.read_exact(&mut vec![0; rest + 2]).await?;
        Ok(())
    }
}

fn refused(what: &str) -> io::Error {
    io::Error::other(format!("the proxy on the way out refuses: {what}"))
}

fn length(word: &str) -> io::Result<u8> {
    u8::try_from(word.len()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn decoded(text: &str) -> String {
    // A form's pair is decoded as this is, but for the plus sign.
    let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

fn without_login(mut url: Url) -> String {
    // Neither fails for an address that has had them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_and_its_login_is_never_shown() {
        let outer = Outer::read("http://anna:p%40ss%2Bo+rd@proxy.example:3128").unwrap();
        let coded = BASE64_STANDARD.encode("anna:p@ss+o+rd");
        assert_eq!(outer.authorization().unwrap(), format!("Basic {coded}"));
        assert_eq!(format!("{outer:?}"), "Outer(Http proxy.example:3128)");
        assert!(
            Outer::read("socks5h://[::1]:9")
                .unwrap()
                .authorization()
                .is_none()
        );
        for bad in [
            "https://u:hemligt@p.example",
            "gopher://a",
            "proxy:3128",
            "",
            "http://",
        ] {
            let error = Outer::read(bad).unwrap_err().to_string();
            assert!(
                error.contains("proxy") && !error.contains("hemligt"),
                "{error}"
            );
        }
    }
}
