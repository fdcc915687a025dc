//! Ports that a test knows before a program listens on them, or on which none ever listens.

use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;

/// A port of 127.0.0.1 that is kept for as long as this lives: a socket that does not listen is bound to it. So the
/// system picks the port for no other socket and refuses connections to it, and a server may listen on it, since servers
/// set `SO_REUSEADDR` (socket(7)).
pub struct Port {
    pub address: SocketAddr,
    _socket: Socket,
}

impl Port {
    pub fn keep() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(&any.into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self {
            address,
            _socket: socket,
        }
    }

    pub fn number(&self) -> u16 {
        self.address.port()
    }
}
