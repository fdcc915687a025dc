// The server and client that the documentation's examples run with.

/// Starts a server in a thread, where it runs until the process ends.
pub fn start<A: 'static>(
    server: impl FnOnce() -> std::io::Result<picture_frame::server::Server<A>> + Send + 'static,
) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || server().unwrap().run_on(listener).unwrap());
    address
}

/// The first `lines` of the body that answers a method, a path and perhaps a body. The request is HTTP/1.0, whose
/// answers are not chunked.
pub fn ask(address: std::net::SocketAddr, request: &str, lines: usize) -> String {
    use std::io::{BufRead, Write};
    let mut words = request.splitn(3, ' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let body = words.next().unwrap_or_default();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = std::io::BufReader::new(stream).lines().map(Result::unwrap);
    answer.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
    answer.take(lines).map(|line| line + "\n").collect()
}
