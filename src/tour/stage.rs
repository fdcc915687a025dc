//! The stage of the tour: the server on a thread of its own, and the clients that a step brings on.

use super::{
    client::{Answer, Client, Event, shown},
    distant::Distant,
    fault::Fault,
    newcomer::Newcomer,
    options::OPTIONS,
    transcript::{Line, Logger, Speaker, Transcript},
};
use crate::{
    config::{Config, EarlyExit},
    reactor::Address,
    serve::{ServeError, serve_inside},
    source::Source,
};
use log::LevelFilter;
use std::{
    cell::Cell,
    ffi::OsString,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread::{self, JoinHandle},
};

/// The open files that the tour needs, its server's included.
const FILES: u64 = 128;
/// The lines by which a loop tells that a socket took bytes.
const WRITE: &str = " bytes";

/// The stage.
pub(super) struct Stage {
    pub(super) transcript: Arc<Transcript>,
    /// The loop that serves.
    pub(super) serving: Speaker,
    pub(super) address: SocketAddr,
    /// The listener of the operator.
    pub(super) operators: SocketAddr,
    /// The process of the new version.
    pub(super) newcomer: Newcomer,
    /// The connections whose lines are shown; empty for all lines.
    pub(super) shown: Vec<u64>,
    /// True once a picture was published.
    has_picture: Cell<bool>,
    server: Option<Server>,
}

impl Stage {
    /// Sets the logger, and starts the server.
    pub(super) fn set() -> Result<Self, Fault> {
        check_limit()?;
        let transcript = Arc::<Transcript>::default();
        let logger = Box::new(Logger(Arc::clone(&transcript)));
        log::set_boxed_logger(logger).map_err(|error| Fault::of(error.to_string()))?;
        log::set_max_level(LevelFilter::Trace);
        let newcomer = Newcomer::new(Arc::clone(&transcript));
        let (server, told) = serve(&newcomer).map_err(Fault::in_part("starting the server"))?;
        let Ok(addresses) = told.recv() else {
            let ended = server
                .join()
                .map_err(|_| Fault::of("the server panicked"))?;
            let why = ended.map_or_else(|error| error.to_string(), |()| "it ended".to_owned());
            return Err(Fault::of(format!("the server cannot start: {why}")));
        };
        let [address, operators] = addresses;
        transcript.wait_for_rest(Speaker::Loop, 0, (&["turn"], 1))?;
        Ok(Self {
            transcript,
            serving: Speaker::Loop,
            address,
            operators,
            newcomer,
            shown: Vec::new(),
            has_picture: Cell::new(false),
            server: Some(server),
        })
    }

    /// A client that is connected, and the number of its connection.
    pub(super) fn connect(&self, name: char) -> Result<(Client, u64), Fault> {
        self.connect_to(name, self.address, None)
    }

    /// A client of a listener. Returns once the loop has its connection.
    pub(super) fn connect_to(
        &self,
        name: char,
        to: SocketAddr,
        receive_buffer: Option<usize>,
    ) -> Result<(Client, u64), Fault> {
        let since = self.transcript.len();
        let client = Client::dial(name, to, receive_buffer, Arc::clone(&self.transcript))?;
        let line = self.wait_for(since, ": gets slot ")?;
        let number = line.strip_prefix("connection ").and_then(|rest| {
            let (number, _) = rest.split_once(':')?;
            number.parse().ok()
        });
        let number = number.ok_or_else(|| Fault::of(format!("no number in {line:?}")))?;
        self.rest(since, ("took ", 1))?;
        Ok((client, number))
    }

    /// A client that has subscribed, and the number of its connection.
    pub(super) fn subscribe(&self, name: char) -> Result<(Client, u64), Fault> {
        let (mut client, number) = self.connect(name)?;
        self.begin_stream(&mut client)?;
        Ok((client, number))
    }

    /// Has a client subscribe.
    pub(super) fn begin_stream(&self, client: &mut Client) -> Result<(), Fault> {
        let since = self.transcript.len();
        client.send(self.get("/subscribe").as_bytes())?;
        // A stream begins with the latest picture, if there is one.
        let last = if self.has_picture.get() {
            "picture"
        } else {
            "hello"
        };
        let (_, bytes) = client.events(last, 1)?;
        self.rest(since, (WRITE, 2))?;
        client.say(format!("< {}", shown(&bytes)));
        Ok(())
    }

    /// Has a client send a request, and get the answer.
    pub(super) fn ask(&self, client: &mut Client, request: &str) -> Result<Answer, Fault> {
        let since = self.transcript.len();
        client.send(request.as_bytes())?;
        self.answer(client, since)
    }

    /// Has a client get the answer to a request that was sent behind the first `since` lines.
    pub(super) fn answer(&self, client: &mut Client, since: usize) -> Result<Answer, Fault> {
        let answer = client.answers(1)?.remove(0);
        self.rest(since, (WRITE, 2))?;
        client.say(format!("< {}", answer.shown()));
        Ok(answer)
    }

    /// Has a client publish. Returns the picture's id.
    pub(super) fn publish(&self, client: &mut Client, keyword: &str) -> Result<String, Fault> {
        let answer = self.ask(client, &self.post(keyword))?;
        self.has_picture.set(true);
        let id = answer.id().filter(|_| answer.status == 200);
        id.ok_or_else(|| Fault::of(format!("the publish is answered {}", answer.shown())))
    }

    /// Has a subscriber read an event.
    pub(super) fn read_event(&self, client: &mut Client, name: &str) -> Result<Event, Fault> {
        let (events, bytes) = client.events(name, 1)?;
        self.rest(0, (": took ", 1))?;
        client.say(format!("< {}", shown(&bytes)));
        events
            .into_iter()
            .next()
            .ok_or_else(|| Fault::of("no event"))
    }

    /// Begins a step.
    pub(super) fn begin(&mut self) {
        self.shown.clear();
        self.transcript.take();
    }

    /// The number of lines of the loop that have a text, behind the first `since` lines.
    pub(super) fn count(&self, since: usize, text: &str) -> usize {
        let count = |line: &str| line.contains(text);
        self.transcript.count(self.serving, since, count)
    }

    /// The number of turns that have ended, behind the first `since` lines.
    pub(super) fn turns_since(&self, since: usize) -> usize {
        self.transcript.count(self.serving, since, is_end_of_turn)
    }

    /// Waits until the loop sleeps, and has had `count` lines with a text behind the first `since` lines.
    pub(super) fn rest(&self, since: usize, (text, count): (&str, usize)) -> Result<(), Fault> {
        self.transcript
            .wait_for_rest(self.serving, since, (&[text], count))
    }

    /// Waits for a line of the loop that serves.
    pub(super) fn wait_for(&self, since: usize, text: &str) -> Result<String, Fault> {
        self.transcript.wait_for(self.serving, since, text)
    }

    /// Has clients leave, and waits until their connections are closed.
    pub(super) fn leave(&self, clients: impl IntoIterator<Item = Client>) -> Result<(), Fault> {
        let since = self.transcript.len();
        let left = clients.into_iter().map(Client::leave).count();
        // A client with unread input resets its connection.
        let ends = [": closed", ": reset by the peer"];
        self.transcript
            .wait_for_rest(self.serving, since, (&ends, left))
    }

    /// A request without a body.
    pub(super) fn get(&self, path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    }

    /// A request that publishes.
    pub(super) fn post(&self, keyword: &str) -> String {
        let body = format!("{{\"keyword\":\"{keyword}\"}}");
        format!(
            "POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Waits for the end of the server of this process.
    pub(super) fn await_end_of_server(&mut self) -> Result<(), Fault> {
        let Some(server) = self.server.take() else {
            return Ok(());
        };
        match server.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::of(error.to_string())),
            Err(_) => Err(Fault::of("the server panicked")),
        }
    }

    /// True if a line is shown: lines of clients, and of the connections that the step is about.
    pub(super) fn shows(&self, line: &Line) -> bool {
        let is_about = |number: &u64| {
            let rest = line.text.strip_prefix("connection ");
            let rest = rest.and_then(|rest| rest.strip_prefix(&number.to_string()));
            rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
        };
        let is_clients = matches!(line.speaker, Speaker::Client(_));
        is_clients || self.shown.is_empty() || self.shown.iter().any(is_about)
    }
}

/// True if a line is the last of a turn.
pub(super) fn is_end_of_turn(text: &str) -> bool {
    text.starts_with("turn ") && text.contains(": took ")
}

/// Checks that the process may open the files that the tour needs.
fn check_limit() -> Result<(), Fault> {
    let most = rlimit::Resource::NOFILE.get_hard();
    match most.map_err(Fault::in_part("the limit of open files"))? {
        FILES.. => Ok(()),
        most => Err(Fault::of(format!(
            "the tour needs {FILES} open files, and {most} are allowed: raise the limit (ulimit -n {FILES})"
        ))),
    }
}

type Server = JoinHandle<Result<(), ServeError>>;

/// Starts the server on a thread. The addresses come once it listens.
fn serve(newcomer: &Newcomer) -> io::Result<(Server, Receiver<[SocketAddr; 2]>)> {
    let (tell, told) = channel();
    let ready = move |addresses: Vec<Address>| {
        let tcp = addresses.into_iter().filter_map(|address| match address {
            Address::Tcp(address) => Some(address),
            Address::Unix(_) => None,
        });
        if let Ok(addresses) = <[SocketAddr; 2]>::try_from(tcp.collect::<Vec<_>>()) {
            // The tour waits for the addresses.
            let _ = tell.send(addresses);
        }
    };
    let command = newcomer.command()?;
    let work = move || {
        let arguments = ["picture-frame"].iter().chain(&OPTIONS);
        let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
        let config = Config::of_arguments(&arguments).map_err(|exit| match exit {
            EarlyExit::Told(text) | EarlyExit::Wrong(text) => ServeError::Usage(text),
        })?;
        let distant = |source| -> Arc<dyn Source> { Arc::new(Distant(source)) };
        serve_inside(&config, command.successor(), distant, ready)
    };
    let server = thread::Builder::new().name("loop".to_owned()).spawn(work)?;
    Ok((server, told))
}
