//! A client that sends any bytes, and reads responses and event streams strictly.

use super::PATIENCE;
use std::{
    borrow::Cow,
    collections::VecDeque,
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
};

/// A connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// A response, read whole.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Status line and fields, as the bytes came.
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    /// The entity tag, which is a strong one.
    pub fn tag(&self) -> String {
        let tag = self.header("etag").expect("an entity tag");
        assert!(
            tag.starts_with('"') && tag.ends_with('"'),
            "{tag} is strong"
        );
        tag.to_owned()
    }

    /// A field's value. A field that comes twice is a failure.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let mut values = found
            .by_ref()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value);
        assert!(values.next().is_none(), "{name} came twice:\n{}", self.head);
        value
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in {:?}", self.text()))
    }
}

impl Client {
    #[track_caller]
    pub fn connect(address: SocketAddr) -> Self {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => Self::over(stream),
            Err(error) => panic!("connecting to {address}: {error}"),
        }
    }

    /// A client on a socket that is connected already.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// A client on a unix socket. The system calls for its stream are those of TCP.
    #[track_caller]
    pub fn connect_unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(OwnedFd::from(stream).into()),
        }
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        if let Err(error) = self.stream.get_mut().write_all(bytes) {
            panic!("sending {:?}: {error}", shown(bytes));
        }
    }

    /// The socket itself.
    pub fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    /// Ends the client's direction (a half-close).
    pub fn half_close(&self) {
        self.socket().shutdown(Shutdown::Write).unwrap();
    }

    /// Closes so that the server's kernel sees a reset (socket(7), `SO_LINGER`).
    pub fn reset(self) {
        socket2::SockRef::from(self.socket())
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
    }

    /// A line without its CR LF.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line);
        came("a line", &line, read);
        let line = String::from_utf8(line).unwrap();
        line.strip_suffix("\r\n")
            .unwrap_or_else(|| panic!("no whole line: {line:?}"))
            .to_owned()
    }

    /// Status line and fields, up to the empty line.
    #[track_caller]
    pub fn head(&mut self) -> Response {
        let mut head = self.line();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            match self.line() {
                line if line.is_empty() => {
                    return Response {
                        status,
                        head,
                        body: Vec::new(),
                    };
                }
                line => head = head + "\n" + &line,
            }
        }
    }

    /// A whole response to anything but HEAD.
    #[track_caller]
    pub fn response(&mut self) -> Response {
        let mut response = self.head();
        if let Some(length) = response.header("content-length") {
            response.body = self.exactly(length.parse().unwrap());
        } else if response.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.chunk() {
                response.body.extend(chunk);
            }
        }
        response
    }

    /// Reads exactly `count` bytes.
    #[track_caller]
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count);
        let mut rest = self.stream.by_ref().take(count as u64);
        let read = rest.read_to_end(&mut bytes);
        let what = format!("{count} bytes");
        came(&what, &bytes, read);
        assert_eq!(bytes.len(), count, "the end, after {:?}", shown(&bytes));
        bytes
    }

    /// The next chunk. None for the last chunk.
    #[track_caller]
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line(), 16).unwrap();
        let data = self.exactly(size);
        assert_eq!(self.line(), "", "a chunk ends with CR LF");
        (size > 0).then_some(data)
    }

    /// The next chunk. None if the connection ends before.
    #[track_caller]
    pub fn chunk_or_end(&mut self) -> Option<Vec<u8>> {
        if self.is_closed() { None } else { self.chunk() }
    }

    /// The text up to the end of the connection.
    #[track_caller]
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        came("the end", &rest, read);
        String::from_utf8(rest).unwrap()
    }

    /// The bytes up to the end of the connection, or up to a reset.
    #[track_caller]
    pub fn up_to_cut(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            read => came("the end", &bytes, read),
        }
        bytes
    }

    /// The lines of a body that is not chunked, with their ends, as they come.
    pub fn raw_lines(&mut self) -> impl Iterator<Item = String> {
        std::iter::from_fn(|| {
            let mut line = Vec::new();
            let read = self.stream.read_until(b'\n', &mut line);
            came("a line", &line, read);
            (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned())
        })
    }

    /// True if the server has closed the connection, by a FIN or a reset, with nothing sent before that.
    pub fn is_closed(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(more) => more.is_empty(),
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    /// Sends a request and reads its response.
    #[track_caller]
    pub fn ask(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.response()
    }
}

/// Fails if a read failed, and tells what was waited for and what had come.
#[track_caller]
fn came<T>(what: &str, so_far: &[u8], read: io::Result<T>) {
    if let Err(error) = read {
        panic!("waiting for {what}: {error}, after {:?}", shown(so_far));
    }
}

/// The beginning of some bytes, as text.
fn shown(bytes: &[u8]) -> Cow<'_, str> {
    const MOST: usize = 200;
    String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)])
}

/// One request on a connection of its own.
#[track_caller]
pub fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Response {
    Client::connect(address).ask(request)
}

#[track_caller]
pub fn get(address: SocketAddr, target: &str) -> Response {
    ask(
        address,
        format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
    )
}

/// The bytes of a publish by form.
pub fn form(body: &str) -> String {
    let media = "application/x-www-form-urlencoded";
    format!(
        "POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Publishes a keyword, which must need no encoding.
#[track_caller]
pub fn publish(address: SocketAddr, keyword: &str) -> Response {
    ask(address, form(&format!("keyword={keyword}")))
}

/// A block of an event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub data: String,
    pub id: Option<String>,
    pub retry: Option<u64>,
    /// The block as it came, without the empty line.
    pub text: String,
}

/// An event stream over HTTP/1.1, read chunk by chunk.
pub struct Stream {
    pub client: Client,
    pub head: Response,
    text: String,
    events: VecDeque<Event>,
}

impl Stream {
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        Self::open_with(address, "/subscribe", "")
    }

    /// Subscribes by `target`, with further `fields`, each ended by CR LF.
    #[track_caller]
    pub fn open_with(address: SocketAddr, target: &str, fields: &str) -> Self {
        Self::begin(Client::connect(address), target, fields)
    }

    /// Subscribes as [`Stream::open_with`] does, on an existing connection.
    #[track_caller]
    pub fn begin(mut client: Client, target: &str, fields: &str) -> Self {
        client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        Self::answered(client)
    }

    /// The stream that answers a request sent before.
    #[track_caller]
    pub fn answered(mut client: Client) -> Self {
        let head = client.head();
        assert_eq!(head.status, 200, "{}", head.head);
        Self {
            client,
            head,
            text: String::new(),
            events: VecDeque::new(),
        }
    }

    /// Subscribes as a client that has seen `id`.
    #[track_caller]
    pub fn resume(address: SocketAddr, id: &str) -> Self {
        Self::open_with(address, "/subscribe", &format!("Last-Event-ID: {id}\r\n"))
    }

    /// The next block of any kind. None at the end of the stream.
    #[track_caller]
    pub fn block(&mut self) -> Option<Event> {
        while self.events.is_empty() {
            let chunk = self.client.chunk()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                self.events.push_back(parse(block));
                self.text = rest.to_owned();
            }
        }
        self.events.pop_front()
    }

    /// The next event of this name.
    #[track_caller]
    pub fn next(&mut self, name: &str) -> Event {
        loop {
            let Some(event) = self.block() else {
                panic!("the stream ended before an event {name}");
            };
            if event.name == name {
                return event;
            }
        }
    }

    /// The next picture's data.
    #[track_caller]
    pub fn picture(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.next("picture").data).unwrap()
    }
}

/// Reads one block, given without the empty line that ends it.
pub fn parse(block: &str) -> Event {
    let mut event = Event {
        text: block.to_owned(),
        ..Event::default()
    };
    for line in block.split('\n') {
        match line.split_once(": ") {
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("data", data)) => event.data += data,
            Some(("id", id)) => event.id = Some(id.to_owned()),
            Some(("retry", retry)) => event.retry = Some(retry.parse().unwrap()),
            Some(("", _)) => {}
            _ => panic!("not a line of an event stream: {line:?} in {block:?}"),
        }
    }
    event
}
