//! Names and their addresses.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use url::Host;

use super::unreached::Why;

type Finding = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who is asked: the system, unless a test says otherwise.
#[derive(Clone)]
pub(super) struct Resolver(Arc<dyn Fn(&str) -> Finding + Send + Sync>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::by(|name| {
            let name = name.to_owned();
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }
}

impl Resolver {
    pub(super) fn by(find: impl Fn(&str) -> Finding + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// Never empty.
    pub(super) async fn find(&self, host: &Host<&str>, port: u16) -> Result<Vec<SocketAddr>, Why> {
        let found = match host {
            Host::Ipv4(ip) => vec![IpAddr::V4(*ip)],
            Host::Ipv6(ip) => vec![IpAddr::V6(*ip)],
            Host::Domain(name) => (self.0)(name).await.map_err(|_| Why::NotFound)?,
        };
        match found.is_empty() {
            true => Err(Why::NotFound),
            false => Ok(found.into_iter().map(|ip| (ip, port).into()).collect()),
        }
    }
}
