//! The run of a server: its listeners, its signals, and its signs of life.

use super::{
    Failure, KEPT_BACK, Router, Server,
    context::Sockets as _,
    failure::{HEARD, STOP},
    parts::overflow::APART,
    watch::{Sign, Watch},
};
use crate::reactor::{Address, Io, Listener, Reactor, Signals, end_at_the_second};
use signal_hook::consts::SIGQUIT;
use std::{io, net::SocketAddr};

impl<A: 'static> Server<A> {
    /// Answers the connections of listeners that are [apart](Listener::apart) by `router`. They have
    /// [places](APART) of their own, so that the operator is answered whatever crowd the other listeners have.
    #[must_use]
    pub(crate) fn operated_by(mut self, router: Router<A>) -> Self {
        self.operator = Some(router);
        self
    }

    /// Has the server give signs of life.
    #[must_use]
    pub(crate) fn watched(mut self, watch: Option<Watch>) -> Self {
        self.watch = watch;
        self
    }

    /// Has signals stop the server. At the first SIGTERM or SIGINT the server ends within
    /// [`Timeouts::finish`](super::Timeouts::finish) and [`Timeouts::drain`](super::Timeouts::drain), and
    /// [`run`](Server::run) returns. A second one ends the process at once, with the status 128 plus the signal's number.
    /// SIGQUIT does so the first time. SIGHUP, SIGUSR1 and SIGUSR2 are only logged; in the program, SIGUSR2 starts a new
    /// version.
    ///
    /// The handlers of these signals are installed here, for the whole process, and stay. Without this call the server
    /// leaves signals alone, and ends by [`Handle::stop`](super::Handle::stop). The call has to come before the first
    /// [exchange](Server::exchange), which makes the server's loop.
    ///
    /// ```
    /// use picture_frame::{http::Response, server::{Router, Server, Settings}};
    ///
    /// let router = Router::new().get("/", |_, _| Response::text(200, "hello\n").into());
    /// let server = Server::new((), router, &Settings::default())?.stop_on_signals()?;
    /// server.run("127.0.0.1:0".parse()?, |address| {
    ///     println!("listening on http://{address}");
    /// #   signal_hook::low_level::raise(signal_hook::consts::SIGTERM).expect("the signal exists");
    /// })?;
    /// println!("stopped");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The system's error if it refuses a handler or its descriptors (sigaction(2), socketpair(2)).
    pub fn stop_on_signals(mut self) -> io::Result<Self> {
        self.signals = Some(Signals::new(HEARD)?);
        end_at_the_second(&STOP)?;
        end_at_the_second(&[SIGQUIT])?;
        Ok(self)
    }

    /// Serves clients that connect to `address`, on this thread, until [`Handle::stop`](super::Handle::stop) or a
    /// [signal](Server::stop_on_signals) ends the server. Calls `ready` once, when the server listens, with the address
    /// and the port in use (the system chooses a port if `address` has port 0).
    ///
    /// ```
    /// use picture_frame::{http::Response, server::{Router, Server, Settings}};
    ///
    /// let router = Router::new().get("/", |_, _| Response::text(200, "hello\n").into());
    /// let server = Server::new((), router, &Settings::default())?;
    /// let handle = server.handle();
    /// server.run("127.0.0.1:0".parse()?, |address| {
    ///     println!("listening on http://{address}");
    ///     handle.stop();
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Listen`] if the server cannot listen on `address`; [`Failure::System`] if the system refuses a
    /// resource that the loop needs, such as a descriptor.
    pub fn run(self, address: SocketAddr, ready: impl FnOnce(SocketAddr)) -> Result<(), Failure> {
        let listener = self.bind(&address.into())?;
        let Address::Tcp(address) = listener.address()? else {
            unreachable!("a socket of TCP has an address of TCP");
        };
        self.serve(vec![listener], || ready(address))
    }

    /// Serves clients that connect to `listener`, as [`run`](Server::run) does: a socket that the caller has bound, or
    /// has got from another process. The address may be told before the server runs. Two settings that `run` makes for
    /// its own listener are left to the caller: a long backlog (listen(2)), and `SO_REUSEADDR` (socket(7)).
    ///
    /// # Errors
    ///
    /// [`Failure::System`] if the system refuses a resource that the loop needs, such as a descriptor.
    pub fn run_on(self, listener: impl Into<Listener>) -> Result<(), Failure> {
        self.serve(vec![listener.into()], || ())
    }

    /// Listens on `address`, with the options for connections of this server.
    pub(crate) fn bind(&self, address: &Address) -> Result<Listener, Failure> {
        let bound = Listener::bind(address, self.timeouts.write);
        bound.map_err(|error| Failure::Listen(address.clone(), error))
    }

    /// As [`Server::run_on`], for any number of listeners. Calls `ready` first: no signal and no connection from then on
    /// is lost.
    pub(crate) fn serve(
        mut self,
        listeners: Vec<Listener>,
        ready: impl FnOnce(),
    ) -> Result<(), Failure> {
        let reactor = self.take_loop()?;
        let mut reactor = self.listen(reactor, listeners)?;
        ready();
        self.give_sign(reactor.io());
        self.run_loop(reactor)
    }

    /// Has a loop accept connections from `listeners`, as many as this server may have.
    pub(super) fn listen(
        &self,
        reactor: Reactor<Self>,
        listeners: Vec<Listener>,
    ) -> io::Result<Reactor<Self>> {
        let most = self.overflow.most().saturating_add(KEPT_BACK);
        reactor.listen(listeners, most, APART + 1)
    }

    /// The loop of an earlier [exchange](Server::exchange), or else a new one, with the journals started.
    pub(super) fn take_loop(&mut self) -> io::Result<Reactor<Self>> {
        if let Some(reactor) = self.rehearsed.take() {
            return Ok(*reactor);
        }
        let none = || Signals::new([0; 0]);
        let signals = self.signals.take().map_or_else(none, Ok)?;
        let inbox = self.inbox.take().expect("a server runs once");
        let reactor = Reactor::reached_by((self.mailbox.clone(), inbox), signals)?;
        self.start_journals(&reactor.mailbox());
        Ok(reactor.bound_memory(self.buffered))
    }

    /// Gives the supervisor a sign of life, and sets the alarm of the next one.
    pub(super) fn give_sign(&mut self, io: &mut Io<Self>) {
        let subscribers = self.parts.channels.subscribers();
        if let Some(watch) = &mut self.watch {
            watch.tell(Sign::Turning { subscribers });
            io.set_alarm(watch.next(io.now()));
        }
    }
}
