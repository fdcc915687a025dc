//! A connection to a name that has several addresses, of which some may be dead ("Happy Eyeballs", RFC 8305). These
//! functions block, and are for the threads of a pool.

use super::{Dial, system};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The time for which an address is tried alone before the next address is tried as well (RFC 8305, section 5).
const AHEAD: Duration = Duration::from_millis(250);
/// Attempts at the same time. A further attempt ends the oldest attempt, so that a name with many dead addresses does not
/// take many descriptors.
const AT_ONCE: usize = 3;
/// The most addresses of one name that are tried for an answer.
const MOST: usize = 32;

/// The addresses in an order in which the families alternate, the first address's family first (RFC 8305, section 4).
pub(crate) fn interleaved(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut addresses = addresses.into_iter().peekable();
    let first = addresses.peek().is_some_and(SocketAddr::is_ipv4);
    let (alike, others): (Vec<_>, Vec<_>) = addresses.partition(|other| other.is_ipv4() == first);
    let mut others = others.into_iter();
    let mut found = Vec::new();
    for address in alike {
        found.push(address);
        found.extend(others.next());
    }
    found.extend(others);
    found
}

/// A connection to the address that answers first. Each address is tried as soon as the address before has failed, or has
/// had its time alone.
pub(crate) fn connect_any(
    addresses: &[SocketAddr],
    deadline: Instant,
) -> io::Result<BlockingStream> {
    let mut race = Race::new(addresses)?;
    loop {
        race.begin();
        if race.is_over() {
            return Err(race.failure);
        }
        let now = Instant::now();
        if now >= deadline {
            return Err(ErrorKind::TimedOut.into());
        }
        let until = if !race.waiting.is_empty() {
            deadline.min(now + AHEAD)
        } else {
            deadline
        };
        if let Some((_, stream)) = race.next_by(until)? {
            return BlockingStream::new(stream);
        }
    }
}

/// The addresses that take a connection within `patience`, in the given order. After the first connection, the other
/// addresses have a moment more.
pub(crate) fn answering(
    addresses: &[SocketAddr],
    patience: Duration,
) -> io::Result<Vec<SocketAddr>> {
    let mut race = Race::new(&addresses[..addresses.len().min(MOST)])?;
    race.at_once = MOST;
    while !race.waiting.is_empty() {
        race.begin();
    }
    let (mut found, mut deadline) = (Vec::new(), Instant::now() + patience);
    while !race.is_over() && Instant::now() < deadline {
        if let Some((address, _)) = race.next_by(deadline)? {
            found.push(address);
            deadline = deadline.min(Instant::now() + AHEAD);
        }
    }
    Ok(addresses
        .iter()
        .copied()
        .filter(|address| found.contains(address))
        .collect())
}

/// Attempts to connect, each to another address.
struct Race {
    poll: Poll,
    events: Events,
    waiting: VecDeque<SocketAddr>,
    under_way: Vec<(usize, SocketAddr, TcpStream)>,
    begun: usize,
    at_once: usize,
    /// The error of the last attempt that failed.
    failure: io::Error,
}

impl Race {
    fn new(addresses: &[SocketAddr]) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(MOST),
            waiting: addresses.iter().copied().collect(),
            under_way: Vec::new(),
            begun: 0,
            at_once: AT_ONCE,
            failure: ErrorKind::AddrNotAvailable.into(),
        })
    }

    fn is_over(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }

    /// Begins an attempt with the next address, or with the address behind if the system refuses at once.
    fn begin(&mut self) {
        while let Some(address) = self.waiting.pop_front() {
            match self.dial(address) {
                Ok(stream) => {
                    self.under_way.push((self.begun, address, stream));
                    self.begun += 1;
                    if self.under_way.len() > self.at_once {
                        self.under_way.remove(0);
                    }
                    return;
                }
                Err(error) => self.failure = error,
            }
        }
    }

    fn dial(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let dial = Dial {
            to,
            from: None,
            receive_buffer: None,
        };
        let mut stream = dial.dial()?;
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(self.begun), Interest::WRITABLE)?;
        Ok(stream)
    }

    /// The next connection that is made. Nothing when `until` has come, and as soon as an attempt has failed.
    fn next_by(&mut self, until: Instant) -> io::Result<Option<(SocketAddr, TcpStream)>> {
        loop {
            let before = self.under_way.len();
            if let Some(connected) = self.connected() {
                return Ok(Some(connected));
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.under_way.len() < before || left.is_zero() {
                return Ok(None);
            }
            match self.poll.poll(&mut self.events, Some(left)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
    }

    /// Removes attempts that have failed, and returns an attempt that has succeeded.
    fn connected(&mut self) -> Option<(SocketAddr, TcpStream)> {
        let mut at = 0;
        while let Some((_, _, stream)) = self.under_way.get(at) {
            match stream.take_error() {
                Ok(None) if stream.peer_addr().is_ok() => {
                    let (_, address, stream) = self.under_way.remove(at);
                    return Some((address, stream));
                }
                Ok(None) => at += 1,
                Ok(Some(error)) | Err(error) => {
                    self.failure = error;
                    self.under_way.remove(at);
                }
            }
        }
        None
    }
}

/// A connection for a thread that may block. Each wait is bounded.
#[derive(Debug)]
pub(crate) struct BlockingStream {
    stream: std::net::TcpStream,
}

impl BlockingStream {
    /// Begins a connection. The first write waits until the connection is made (connect(2)).
    pub(crate) fn dial(dial: &Dial) -> io::Result<Self> {
        Self::new(dial.dial()?)
    }

    fn new(stream: TcpStream) -> io::Result<Self> {
        let stream = std::net::TcpStream::from(stream);
        stream.set_nonblocking(false)?;
        Ok(Self { stream })
    }

    /// Reads bytes that have come, and waits at most `patience` for the first of them.
    pub(crate) fn read(&mut self, bytes: &mut [u8], patience: Duration) -> io::Result<usize> {
        let deadline = Instant::now() + patience;
        loop {
            self.stream.set_read_timeout(Some(left(deadline)?))?;
            match io::Read::read(&mut self.stream, bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result.map_err(timed_out),
            }
        }
    }

    /// Writes all of `bytes`, and waits at most `patience` for the peer.
    pub(crate) fn write(&mut self, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
        let deadline = Instant::now() + patience;
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(left(deadline)?))?;
            match io::Write::write(&mut self.stream, bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                result => bytes = &bytes[result.map_err(timed_out)?..],
            }
        }
        Ok(())
    }

    /// Makes the connection behave like an unplugged cable: the peer gets nothing more, not even an acknowledgement.
    pub(crate) fn vanish(&self) -> io::Result<()> {
        system::drop_input(&self.stream)
    }

    /// True if the peer has neither ended the connection nor sent anything.
    pub(crate) fn is_quiet(&self) -> bool {
        let looked = self
            .stream
            .set_nonblocking(true)
            .and_then(|()| self.stream.peek(&mut [0]));
        let quiet = looked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        quiet && self.stream.set_nonblocking(false).is_ok()
    }
}

/// The time until the deadline. It is an error if none is left, since a socket takes zero for no bound at all.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// The error of a time-out, for which the kernel says that the call would block (socket(7), `SO_RCVTIMEO`).
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::net::TcpListener;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// An address whose kernel drops every connection: the backlog is full, and no program accepts.
    struct Dead {
        address: SocketAddr,
        _sockets: Vec<Socket>,
    }

    impl Dead {
        fn new() -> Self {
            let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            listener
                .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
                .unwrap();
            listener.listen(0).unwrap();
            let address = listener.local_addr().unwrap().as_socket().unwrap();
            let mut sockets = vec![listener];
            for _ in 0..3 {
                let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                client.set_nonblocking(true).unwrap();
                let _ = client.connect(&address.into());
                sockets.push(client);
            }
            Self {
                address,
                _sockets: sockets,
            }
        }
    }

    /// An address where no program listens.
    fn refusing() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    }

    fn connected(addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
        let made = connect_any(addresses, Instant::now() + PATIENCE)?;
        made.stream.peer_addr()
    }

    #[test]
    fn dead_addresses_before_a_good_one_do_not_take_all_the_time() {
        let dead: Vec<Dead> = (0..8).map(|_| Dead::new()).collect();
        let good = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = good.local_addr().unwrap();
        let mut addresses: Vec<_> = dead.iter().map(|dead| dead.address).collect();
        addresses.extend([refusing(), good]);
        assert_eq!(connected(&addresses).unwrap(), good);
    }

    #[test]
    fn attempts_at_the_same_time_are_bounded() {
        let dead: Vec<Dead> = (0..8).map(|_| Dead::new()).collect();
        let addresses: Vec<_> = dead.iter().map(|dead| dead.address).collect();
        let mut race = Race::new(&addresses).unwrap();
        (0..8).for_each(|_| race.begin());
        let under_way: Vec<_> = race.under_way.iter().map(|attempt| attempt.1).collect();
        assert_eq!(under_way, addresses[8 - AT_ONCE..]);
    }

    #[test]
    fn a_failure_has_the_next_address_tried_at_once_and_the_last_failure_is_the_error() {
        let refused = connected(&[refusing(), refusing()]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let nothing = connected(&[]).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::AddrNotAvailable);
    }

    #[test]
    fn where_all_addresses_are_dead_the_deadline_ends_the_attempts() {
        let dead = Dead::new();
        let deadline = Instant::now() + Duration::from_millis(50);
        let failed = connect_any(&[dead.address], deadline).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::TimedOut);
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn addresses_that_answer_are_found_in_their_order() {
        let dead = Dead::new();
        let good = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [first, second] = good.each_ref().map(|good| good.local_addr().unwrap());
        let all = [dead.address, second, refusing(), first];
        assert_eq!(answering(&all, PATIENCE).unwrap(), [second, first]);
        assert_eq!(answering(&[refusing()], PATIENCE).unwrap(), []);
    }

    #[test]
    fn families_alternate_beginning_with_the_first() {
        let [a, b, c] = ["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"]
            .map(|text| text.parse().unwrap());
        let [x, y] = ["192.0.2.1:1", "192.0.2.2:1"].map(|text| text.parse().unwrap());
        assert_eq!(interleaved([a, b, c, x]), [a, x, b, c]);
        assert_eq!(interleaved([x, a, b, y]), [x, a, y, b]);
        assert_eq!(interleaved([]), []);
    }

    #[test]
    fn a_stream_is_quiet_until_the_peer_sends_or_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut stream = connect_any(&[address], Instant::now() + PATIENCE).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert!(stream.is_quiet());
        let failed = stream
            .read(&mut [0], Duration::from_millis(20))
            .unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::TimedOut);
        io::Write::write_all(&mut peer, b"x").unwrap();
        assert_eq!(stream.read(&mut [0], PATIENCE).unwrap(), 1);
        stream.write(b"y", PATIENCE).unwrap();
        drop(peer);
        while stream.is_quiet() {}
    }
}
