//! Connections for ureq: to the address that answers first, and within the look-up's time even if a proxy is slow.

use crate::reactor::{BlockingStream, connect_any};
use std::{
    cell::Cell,
    fmt,
    io::{self, ErrorKind},
    time::{Duration, Instant},
};
use ureq::{
    Error,
    unversioned::transport::{
        Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers,
        NextTimeout, RustlsConnector, SocksConnector, Transport,
    },
};

thread_local! {
    /// The end of this thread's look-up. ureq alone would give each read of a proxy's answer the whole time again.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Calls `ask` with a bound on all its waits on this thread: they end at `deadline`.
pub(super) fn until<R>(deadline: Instant, ask: impl FnOnce() -> R) -> R {
    DEADLINE.set(Some(deadline));
    let result = ask();
    DEADLINE.set(None);
    result
}

/// The end of a wait that ureq bounds by `timeout`, and no later than the look-up's own deadline.
pub(super) fn deadline(timeout: NextTimeout) -> Instant {
    // Later than any look-up's deadline, and early enough to be added to an instant.
    const FAR: Duration = Duration::from_secs(3600);
    let after = Instant::now() + (*timeout.after).min(FAR);
    DEADLINE.get().map_or(after, |end| end.min(after))
}

/// The connectors in order: through a proxy if there is one, a TCP connection, TLS.
pub(super) fn connector() -> impl Connector {
    ().chain(SocksConnector::default())
        .chain(ConnectProxyConnector::default())
        .chain(FirstToAnswer)
        .chain(RustlsConnector::default())
}

/// Connects to the first address that answers.
#[derive(Debug)]
struct FirstToAnswer;

impl<In: Transport> Connector<In> for FirstToAnswer {
    type Out = Either<In, Line>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(through_a_proxy) = chained {
            return Ok(Some(Either::A(through_a_proxy)));
        }
        let timeout = details.timeout;
        let wire = connect_any(&details.addrs, deadline(timeout));
        let wire = wire.map_err(|error| told(error, timeout))?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(Line { wire, buffers })))
    }
}

/// A connection with the buffers that ureq asks for.
struct Line {
    wire: BlockingStream,
    buffers: LazyBuffers,
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let sent = self
            .wire
            .write(&self.buffers.output()[..amount], patience(timeout));
        sent.map_err(|error| told(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let got = self
            .wire
            .read(self.buffers.input_append_buf(), patience(timeout));
        let count = got.map_err(|error| told(error, timeout))?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        self.wire.is_quiet()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wire.fmt(f)
    }
}

fn patience(timeout: NextTimeout) -> Duration {
    deadline(timeout).saturating_duration_since(Instant::now())
}

fn told(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::TimedOut => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}
