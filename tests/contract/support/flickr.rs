//! A stand-in for Flickr on a port of its own: it answers as its mode says, and records its requests. Dropping it
//! releases everything.

mod modes;
mod photos;

use modes::Step;
use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, Weak},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The path of the REST endpoint.
const REST: &str = "/services/rest/";
/// The pause after each byte of an answer that trickles.
const TRICKLE: Duration = Duration::from_millis(20);

/// The running stand-in.
///
/// It answers every request in its mode ([`FlickrStub::mode`]), or in the keyword's mode: `mode:NAME`, `mode:NAME
/// word`, `fixture:FILE`, `delay:MILLISECONDS word`. The names of modes are in `modes.rs`.
pub struct FlickrStub {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Request line and fields.
    pub head: String,
    pub path: String,
    /// The parameters of the query, decoded, in their order.
    pub parameters: Vec<(String, String)>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    modes: Vec<String>,
    serves_pictures: bool,
    photograph: Option<Vec<u8>>,
    asked: Vec<Asked>,
    in_flight: usize,
    max_in_flight: usize,
    releases: usize,
    stopping: bool,
    sockets: Vec<Weak<TcpStream>>,
}

impl FlickrStub {
    /// Listens on a free port of 127.0.0.1, in the mode `ok`.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        let stub = Self {
            address,
            shared,
            acceptor: Some(acceptor),
        };
        stub.mode("ok");
        stub
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The value for `--flickr-url`.
    pub fn url(&self) -> String {
        self.origin() + REST
    }

    /// Sets the mode for the answers from then on. Of several names, separated by commas, each is for one request, and
    /// the last stays.
    pub fn mode(&self, names: &str) {
        self.shared.state().modes = names.rsplit(',').map(str::to_owned).collect();
    }

    /// Lists pictures of its own, small SVGs that a browser can show, instead of Flickr's.
    pub fn serve_pictures(&self) {
        self.shared.state().serves_pictures = true;
    }

    /// Lists this JPEG, whatever the keyword, instead of Flickr's pictures.
    pub fn serve_photograph(&self, jpeg: Vec<u8>) {
        let mut state = self.shared.state();
        (state.serves_pictures, state.photograph) = (true, Some(jpeg));
    }

    /// Lets the answers that hang go on.
    pub fn release(&self) {
        self.shared.change(|state| state.releases += 1);
    }

    /// The questions to the REST endpoint up to now.
    pub fn requests(&self) -> Vec<Asked> {
        self.shared.state().asked.clone()
    }

    /// Waits until `count` questions have come.
    pub fn wait_for_requests(&self, count: usize) {
        let few = |state: &mut State| state.asked.len() < count;
        let patience = Duration::from_secs(20);
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.state(), patience, few)
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{} of {count} questions came",
            state.asked.len()
        );
    }

    /// The number of questions for `keyword`.
    pub fn by_keyword(&self, keyword: &str) -> usize {
        self.requests()
            .iter()
            .filter(|asked| asked.parameter("text") == Some(keyword))
            .count()
    }

    /// The largest number of questions in flight at the same time.
    pub fn max_in_flight(&self) -> usize {
        self.shared.state().max_in_flight
    }
}

impl Drop for FlickrStub {
    fn drop(&mut self) {
        self.shared.change(|state| state.stopping = true);
        for socket in self
            .shared
            .state()
            .sockets
            .drain(..)
            .filter_map(|socket| socket.upgrade())
        {
            let _ = socket.shutdown(Shutdown::Both);
        }
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Asked {
    /// Reads a request. None when the peer has sent its last request.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(None);
            }
        }
        let target = head.split(' ').nth(1).unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        Ok(Some(Self {
            path: path.to_owned(),
            parameters,
            head,
        }))
    }

    /// A parameter's value, decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.state());
        self.changed.notify_all();
    }

    /// Counts a question. Returns the mode of its answer, and the number of releases so far: a release between a
    /// question and its hanging counts.
    fn enter(&self, asked: &Asked) -> (String, usize) {
        let mut entered = (String::new(), 0);
        self.change(|state| {
            state.asked.push(asked.clone());
            state.in_flight += 1;
            state.max_in_flight = state.max_in_flight.max(state.in_flight);
            let next = if state.modes.len() > 1 {
                state.modes.pop()
            } else {
                state.modes.last().cloned()
            };
            entered = (next.unwrap_or_default(), state.releases);
        });
        entered
    }

    /// Waits for a release after the first `missed`, for the end of the stub, or for `time`.
    fn wait(&self, missed: usize, time: Duration) {
        let held = |state: &mut State| state.releases == missed && !state.stopping;
        drop(self.changed.wait_timeout_while(self.state(), time, held));
    }
}

fn accept(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        for socket in listener.incoming() {
            let Ok(socket) = socket.map(Arc::new) else {
                break;
            };
            let mut state = shared.state();
            if state.stopping {
                break;
            }
            state.sockets.retain(|socket| socket.strong_count() > 0);
            state.sockets.push(Arc::downgrade(&socket));
            scope.spawn(move || serve(&socket, shared));
        }
    });
}

/// Answers until the peer has sent its last question or an answer ends the connection.
fn serve(socket: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(socket);
    let origin = format!("http://{}", socket.local_addr()?);
    while let Some(asked) = Asked::read(&mut reader)? {
        if asked.path != REST {
            let photograph = shared.state().photograph.clone();
            perform(socket, shared, 0, modes::aside(&asked, photograph))?;
            continue;
        }
        let (mode, missed) = shared.enter(&asked);
        let images = Some(origin.as_str()).filter(|_| shared.state().serves_pictures);
        let done = perform(socket, shared, missed, modes::answer(&asked, &mode, images));
        shared.change(|state| state.in_flight -= 1);
        done?;
    }
    Ok(())
}

fn perform(
    mut socket: &TcpStream,
    shared: &Shared,
    missed: usize,
    steps: Vec<Step>,
) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Send(bytes) => socket.write_all(&bytes)?,
            Step::Hang => shared.wait(missed, Duration::MAX),
            Step::Delay(time) => shared.wait(missed, time),
            Step::Trickle(bytes) => trickle(socket, shared, missed, &bytes)?,
            Step::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
            Step::Reset => {
                socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
    }
    Ok(())
}

fn trickle(mut socket: &TcpStream, shared: &Shared, missed: usize, bytes: &[u8]) -> io::Result<()> {
    let patience = Instant::now() + Duration::from_secs(60);
    for byte in bytes.chunks(1) {
        if shared.state().stopping || Instant::now() > patience {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        socket.write_all(byte)?;
        shared.wait(missed, TRICKLE);
    }
    Ok(())
}
