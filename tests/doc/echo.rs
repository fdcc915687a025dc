// The client that tries the echo server in the reactor's documentation.

/// Echoes bodies of several sizes: all bytes come back after a half-close, also to a slow reader.
pub fn echo(address: std::net::SocketAddr) {
    const KIB: usize = 1024;
    for size in [0, 1, KIB, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 200 * KIB, 1000 * KIB, 5000 * KIB + 3] {
        let sent: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let echoed = half_closing(address, &sent);
        assert!(echoed == sent, "{} of {size} bytes came back", echoed.len());
    }
}

fn half_closing(address: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
    use std::io::{Read, Write};
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    // The kernel buffers hardly any unread byte, so that the server is left with unsent bytes.
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = std::net::TcpStream::from(socket);
    let patience = Some(std::time::Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    stream.set_write_timeout(patience).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (&stream).write_all(bytes).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let (mut echoed, mut piece) = (Vec::new(), [0; 1000]);
        loop {
            match (&stream).read(&mut piece).unwrap() {
                0 => return echoed,
                count => echoed.extend_from_slice(&piece[..count]),
            }
        }
    })
}
