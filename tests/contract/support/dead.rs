//! Dead addresses: the kernel drops every connection to them without a reply, as a firewall does.

use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;

/// Addresses of loopback with the same port, from 127.0.0.2 on. Their backlogs are full, and no program accepts.
pub struct Dead {
    pub addresses: Vec<SocketAddr>,
    _sockets: Vec<Socket>,
}

impl Dead {
    pub fn with(port: u16, count: u8) -> Self {
        let addresses = (2..2 + count).map(|last| SocketAddr::from(([127, 0, 0, last], port)));
        let addresses: Vec<_> = addresses.collect();
        let sockets = addresses.iter().flat_map(|address| {
            let listener = socket();
            listener.bind(&(*address).into()).unwrap();
            listener.listen(0).unwrap();
            let mut sockets = vec![listener];
            for _ in 0..3 {
                let client = socket();
                client.set_nonblocking(true).unwrap();
                let _ = client.connect(&(*address).into());
                sockets.push(client);
            }
            sockets
        });
        Self {
            _sockets: sockets.collect(),
            addresses,
        }
    }

    /// The addresses as a list, with `last` at the end.
    pub fn and(&self, last: SocketAddr) -> String {
        let all = self.addresses.iter().chain([&last]);
        let all: Vec<String> = all.map(|address| address.ip().to_string()).collect();
        all.join(",")
    }
}

fn socket() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()
}
