//! Connections that this side makes, and the liberties of a client with its connection: to sip input, and to vanish.

use super::{Socket, socket::Got, system};
use mio::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Type};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// The address of a peer, and the options of a connection to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dial {
    /// The peer.
    pub(crate) to: SocketAddr,
    /// The local address; without it, the kernel's choice. With port 0 the kernel chooses a port of some 28,000 (ip(7),
    /// `ip_local_port_range`).
    pub(crate) from: Option<SocketAddr>,
    /// About how many bytes of unread input the kernel takes (socket(7), `SO_RCVBUF`); without it, as many as usual.
    pub(crate) receive_buffer: Option<usize>,
}

impl Dial {
    /// A socket that is being connected (connect(2), `EINPROGRESS`).
    pub(super) fn dial(&self) -> io::Result<TcpStream> {
        let domain = Domain::for_address(self.to);
        let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        // A system that refuses the options connects all the same.
        let _ = socket.set_tcp_nodelay(true);
        if let Some(bytes) = self.receive_buffer {
            // The peers agree on the window while connecting (tcp(7)).
            let _ = socket.set_recv_buffer_size(bytes);
        }
        if let Some(from) = self.from {
            // A program may listen on the port again as soon as no connection uses it (socket(7), `SO_REUSEADDR`).
            let _ = socket.set_reuse_address(true);
            if from.port() == 0 {
                // Connections to different peers may then share a port.
                let _ = system::choose_port_late(&socket);
            }
            socket.bind(&from.into())?;
        }
        match socket.connect(&self.to.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(TcpStream::from_std(socket.into())),
        }
    }
}

/// Checks that connections can be made from `address`: that it is an address of this machine. No port is taken.
pub(crate) fn check_source(address: IpAddr) -> io::Result<()> {
    let address = SocketAddr::new(address, 0);
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    let _ = system::choose_port_late(&socket);
    socket.bind(&address.into())
}

impl Socket {
    /// Closes the connection by a reset (socket(7), `SO_LINGER`): the peer sees the end at once, and the kernel does not
    /// keep the port for late packets (tcp(7), `TIME_WAIT`). Bytes that were not sent are lost.
    pub(crate) fn reset(&mut self) {
        // A kernel that refuses keeps the port for a minute.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        self.close();
    }

    /// Reads once into `buffer`, also from a paused socket. Returns the number of bytes; nothing at the peer's end.
    pub(crate) fn sip(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match self.read(buffer) {
            Got::Bytes(count) => Some(count),
            Got::Nothing => (!self.is_over()).then_some(0),
            Got::Ended => None,
        }
    }

    /// The local address of the connection (getsockname(2)).
    pub(crate) fn local(&self) -> Option<SocketAddr> {
        self.stream.local_addr().ok()
    }

    /// Makes the connection behave like an unplugged cable: the peer gets nothing more, not even an acknowledgement.
    pub(crate) fn vanish(&mut self) -> io::Result<()> {
        system::drop_input(&self.stream)
    }
}
