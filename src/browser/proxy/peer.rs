//! Whose connection it is: the kernel's table tells which user made the socket at the other end.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

/// Loopback is open to every user of the machine, and the proxy may reach what they may not.
/// A socket's user is fixed when it is made, so a connection that stands cannot change hands.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn user_of(peer: SocketAddrV4, here: SocketAddrV4) -> io::Result<Option<u32>> {
    // A row may slip by while the table changes under the reader; then it is there at one of the next looks.
    for _ in 0..8 {
        // /proc/self/net stays where a unit hides the rest of /proc.
        let table = fs::read_to_string("/proc/self/net/tcp")?;
        if let Some(user) = row(&table, peer, here) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// The user of the row from `local` to `remote`; a socket already closed has neither user nor inode.
fn row(table: &str, local: SocketAddrV4, remote: SocketAddrV4) -> Option<u32> {
    let (local, remote) = (written(local), written(remote));
    table.lines().skip(1).find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let ends = words.next()? == local && words.next()? == remote;
        let (user, inode) = (words.nth(4)?, words.nth(1)?);
        (ends && inode != "0").then(|| user.parse().ok())?
    })
}

/// As the table has it: the address in the machine's own byte order.
fn written(address: SocketAddrV4) -> String {
    let ip: Ipv4Addr = *address.ip();
    format!(
        "{:08X}:{:04X}",
        u32::from_ne_bytes(ip.octets()),
        address.port()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_of_exactly_these_ends_tells_the_user() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 11 1 0 100 0 0 10 0\n   \
            1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1\n   \
            2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n";
        let here = "127.0.0.1:8080".parse().unwrap();
        let from = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        if cfg!(target_endian = "little") {
            assert_eq!(row(table, from(50000), here), Some(1000));
            assert_eq!(row(table, from(50001), here), None);
            assert_eq!(row(table, from(50002), here), None);
        }
    }

    #[test]
    fn the_kernel_tells_our_own() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, peer) = listener.accept().unwrap();
        let (std::net::SocketAddr::V4(peer), std::net::SocketAddr::V4(here)) =
            (peer, socket.local_addr().unwrap())
        else {
            panic!("not IPv4")
        };
        let own = rustix::process::geteuid().as_raw();
        assert_eq!(user_of(peer, here).unwrap(), Some(own));
    }
}
