//! Connections to the outside: to addresses that were checked, or by the municipality's own proxy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::TcpStream;

use super::Door;
use super::metered::Metered;
use super::outer::Outer;
use super::rules::{Target, Way};
use super::unreached::Why;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// Bytes that go through as they are.
    Tunnel,
    /// A request in clear.
    Ask,
}

/// A connection that stands.
pub(super) struct Outside {
    pub(super) stream: Metered<TcpStream>,
    /// The next proxy, where it is that one which is asked.
    pub(super) asked: Option<Outer>,
}

impl Door {
    /// A connection to where the rules let it lead.
    pub(super) async fn connect(&self, target: &Target, to: To) -> Result<Outside, Why> {
        if self.meter.bytes.load(Ordering::Relaxed) > self.meter.limit {
            let limit = self.meter.limit;
            return Err(Why::BytesLimit { limit });
        }
        let connecting = async {
            match self.rules.way(target).await? {
                Way::At(addresses) => {
                    let stream = self.reach(target, addresses).await?;
                    Ok((stream, None))
                }
                Way::By(outer) => {
                    let url = target.url();
                    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
                        return Err(Why::NotAnAddress);
                    };
                    let in_clear = to == To::Ask && outer.takes_addresses();
                    let stream = match in_clear {
                        true => outer.connect().await,
                        false => outer.tunnel(&host, port).await,
                    };
                    let stream = stream.map_err(|e| {
                        let detail = format!("by the proxy on the way out: {e}");
                        Why::Connection { detail }
                    })?;
                    Ok((stream, in_clear.then_some(outer)))
                }
            }
        };
        let (stream, asked) = tokio::time::timeout(self.limits.connect, connecting)
            .await
            .unwrap_or_else(|_| Err(self.too_slow()))?;
        // Small requests of a page go out at once; without it they are only slower.
        let _ = stream.set_nodelay(true);
        Ok(Outside {
            stream: Metered::new(stream, target.name(), Arc::clone(&self.meter)),
            asked: asked.cloned(),
        })
    }

    async fn reach(
        &self,
        target: &Target,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<TcpStream, Why> {
        let name = target.name();
        self.reached.sort(&name, &mut addresses);
        // One address that swallows packets must not use up the time of all.
        let each = self.limits.connect / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let mut last = Why::NotFound;
        for address in addresses {
            match tokio::time::timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    self.reached.note(&name, address.ip());
                    return Ok(stream);
                }
                Ok(Err(e)) => {
                    let detail = e.to_string();
                    last = Why::Connection { detail };
                }
                Err(_) => last = self.too_slow(),
            }
        }
        Err(last)
    }

    fn too_slow(&self) -> Why {
        let seconds = self.limits.connect.as_secs();
        Why::TimedOut { seconds }
    }
}
