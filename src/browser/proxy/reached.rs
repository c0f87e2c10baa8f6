//! Which server each host led to, for the record.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

/// A page may name as many hosts as it likes; of more no address is told.
const MOST: usize = 10_000;

/// The addresses that connections stand to. The browser does not say which connection an answer came on, so an
/// address is told only while a host has had one.
#[derive(Debug, Clone)]
pub struct Reached {
    proxy: SocketAddr,
    servers: Arc<Mutex<HashMap<String, Server>>>,
}

#[derive(Debug, Clone, Copy)]
struct Server {
    last: IpAddr,
    is_only: bool,
}

impl Reached {
    /// Of the proxy that the browser finds at this address.
    pub fn by(proxy: SocketAddr) -> Self {
        Self {
            proxy,
            servers: Arc::default(),
        }
    }

    /// What the browser takes for the server.
    pub fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    /// The server of the answers from this address so far, where it is sure.
    pub fn server_of(&self, address: &str) -> Option<IpAddr> {
        let url = Url::parse(address).ok()?;
        let name = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
        let server = self.lock().get(&name).copied();
        server.filter(|s| s.is_only).map(|s| s.last)
    }

    /// A connection to `host:port` stands.
    pub(super) fn note(&self, name: &str, ip: IpAddr) {
        let mut servers = self.lock();
        let is_new = !servers.contains_key(name);
        if is_new && servers.len() >= MOST {
            return;
        }
        let server = servers.entry(name.to_owned()).or_insert(Server {
            last: ip,
            is_only: true,
        });
        server.is_only &= server.last == ip;
        server.last = ip;
    }

    /// The address that was reached last comes first: a host stays where it was.
    pub(super) fn sort(&self, name: &str, addresses: &mut [SocketAddr]) {
        let last = self.lock().get(name).map(|s| s.last);
        addresses.sort_by_key(|a| Some(a.ip()) != last);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_while_there_is_one() {
        let reached = Reached::by("127.0.0.1:9".parse().unwrap());
        let [one, two]: [IpAddr; 2] = ["8.8.8.8", "2001:4860::1"].map(|a| a.parse().unwrap());
        let at = "https://kommun.example/a?b";
        assert_eq!(reached.server_of(at), None);
        reached.note("kommun.example:443", one);
        reached.note("kommun.example:443", one);
        assert_eq!(reached.server_of(at), Some(one));
        assert_eq!(reached.server_of("http://kommun.example/"), None);
        reached.note("kommun.example:443", two);
        assert_eq!(reached.server_of(at), None);
        let mut addresses = [(one, 443).into(), (two, 443).into()];
        reached.sort("kommun.example:443", &mut addresses);
        assert_eq!(addresses[0], (two, 443).into());
    }
}
