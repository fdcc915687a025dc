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
use std::net::SocketAddr;

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

    /// Serves clients that connect to `address`, on this thread, until SIGTERM or SIGINT. Calls `ready` once, when the
    /// server listens, with the address and the port in use (the system chooses a port if `address` has port 0).
    ///
    /// At the first SIGTERM or SIGINT the server ends within [`Timeouts::finish`] and [`Timeouts::drain`], and `run`
    /// returns. A second signal ends the process at once, with the status 128 plus the signal's number. SIGQUIT does so
    /// the first time. SIGHUP, SIGUSR1 and SIGUSR2 are only logged. `run` installs the handlers of these signals.
    ///
    /// ```
    /// use picture_frame::{http::Response, server::{Router, Server, Settings}};
    ///
    /// let router = Router::new().get("/", |_, _| Response::text(200, "hello\n").into());
    /// Server::new((), router, &Settings::default())?.run("127.0.0.1:0".parse()?, |address| {
    ///     println!("listening on http://{address}");
    /// #   std::thread::spawn(|| signal_hook::low_level::raise(signal_hook::consts::SIGTERM));
    /// })?;
    /// println!("stopped");
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
        self.run_on(vec![listener], || ready(address))
    }

    /// Listens on `address`, with the options for connections of this server.
    pub(crate) fn bind(&self, address: &Address) -> Result<Listener, Failure> {
        let bound = Listener::bind(address, self.timeouts.write);
        bound.map_err(|error| Failure::Listen(address.clone(), error))
    }

    /// As [`Server::run`], but serves the clients of listeners that are there already.
    pub(crate) fn run_on(
        mut self,
        listeners: Vec<Listener>,
        ready: impl FnOnce(),
    ) -> Result<(), Failure> {
        // The handlers are there before `ready` tells that the server is: no signal from then on is lost.
        let signals = Signals::new(HEARD)?;
        end_at_the_second(&STOP)?;
        end_at_the_second(&[SIGQUIT])?;
        let most = self.overflow.most().saturating_add(KEPT_BACK);
        let mut reactor = Reactor::client(signals)?
            .listen(listeners, most, APART + 1)?
            .bound_memory(self.buffered);
        self.start_journals(&reactor.mailbox());
        ready();
        self.give_sign(reactor.io());
        Ok(reactor.run(&mut self)?)
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
