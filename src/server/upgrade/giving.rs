//! The old process: it hands over what it has, or goes on as if nothing had been.

use super::{Upgrade, starting::Ready, tell_failure};
use crate::{
    handover::{CarriedConnection, Frame, State},
    reactor::{BATCH, Courier, Io, Lost, Pace, Reactor, Token},
    server::{Server, connection::Bodies, watch::Sign},
};
use std::{
    process,
    time::{Duration, Instant},
};

/// The longest time without service.
const FREEZE: Duration = Duration::from_secs(5);

/// The longest wait of an event for its journal at which a hand-over begins: with a disk that hangs it does not.
const APPEND: Duration = Duration::from_secs(1);

/// A hand-over that is under way.
struct Giving<'a> {
    courier: &'a mut Courier,
    /// The time at which the hand-over fails.
    until: Instant,
    /// True once the journals have let their files go.
    has_let_go: bool,
    /// The connections that the loop has released.
    released: Vec<Token>,
    bodies: Bodies,
}

impl<A: 'static> Server<A> {
    /// Hands over to the new process. If that fails, the new process is killed, and this one goes on.
    pub(super) fn hand_over(&mut self, reactor: &mut Reactor<Self>, mut ready: Ready) {
        let began = Instant::now();
        let (process, room) = (ready.process(), ready.hello.room);
        let mut giving = Giving {
            courier: &mut ready.courier,
            until: began + FREEZE,
            has_let_go: false,
            released: Vec::new(),
            bodies: Bodies::default(),
        };
        let given = self.give(reactor, &mut giving, process, room);
        let (released, has_let_go) = (giving.released, giving.has_let_go);
        match given {
            Ok(()) => {
                let (count, millis) = (released.len(), began.elapsed().as_millis());
                let version = &ready.hello.version;
                log::info!(
                    "version {version}, the process {process}, has taken {count} connections over in {millis} ms"
                );
                self.retire(reactor, ready.keep(), &released);
            }
            Err(why) => {
                drop(ready);
                self.go_on_without(reactor, &released, has_let_go);
                tell_failure(&why);
            }
        }
    }

    fn give(
        &mut self,
        reactor: &mut Reactor<Self>,
        giving: &mut Giving<'_>,
        process: u32,
        room: u64,
    ) -> Result<(), String> {
        let channels = &self.parts.channels;
        if channels.longest_append(reactor.io().now()) > APPEND {
            return Err("the disk does not take the history".to_owned());
        }
        if self.is_opening_files() {
            return Err("the disk does not give the history back".to_owned());
        }
        giving.has_let_go = true;
        if !self.parts.channels.let_files_go() {
            return Err("the disk does not take the history in time".to_owned());
        }
        self.take_reports(reactor);
        if self.parts.phase.is_draining() {
            return Err("the server is stopping".to_owned());
        }
        let connections = reactor.io().connections();
        if connections as u64 > room {
            return Err(format!(
                "the open-file limit of the new version leaves room for {room} connections, and there are {connections}: raise it (LimitNOFILE= or ulimit -n) and restart"
            ));
        }
        let state = self.state(reactor.io());
        let taken = giving
            .send(&Frame::State(Box::new(state)))
            .and_then(|()| self.give_connections(reactor.io(), giving))
            .and_then(|()| giving.end());
        taken.map_err(|fault| giving.reason(fault).to_string())?;
        self.tell_watch(Sign::Succeeded { by: process });
        let last = giving.send(&Frame::Yours);
        last.map_err(|fault| {
            self.tell_watch(Sign::Succeeded { by: process::id() });
            fault.to_string()
        })
    }

    /// Puts the last events of the journals into the rings. All other messages stay in the mailbox.
    fn take_reports(&mut self, reactor: &mut Reactor<Self>) {
        self.postponed = Some(Vec::new());
        reactor.catch_up(self);
        for message in self.postponed.take().into_iter().flatten() {
            self.mailbox.post(message);
        }
    }

    fn tell_watch(&mut self, sign: Sign) {
        if let Some(watch) = &mut self.watch {
            watch.tell(sign);
        }
    }

    /// The state that connections share.
    fn state(&self, io: &Io<Self>) -> State {
        State {
            channels: self.parts.channels.carry(),
            counts: self.carry_counts(io.meter()),
            application: self
                .carrying
                .as_ref()
                .map(|carrying| (carrying.carry)(&self.app))
                .unwrap_or_default(),
        }
    }

    /// Releases the connections that can be carried over, and sends them.
    fn give_connections(
        &mut self,
        io: &mut Io<Self>,
        giving: &mut Giving<'_>,
    ) -> Result<(), Fault> {
        let all: Vec<Token> = (0..io.top()).filter_map(|index| io.at(index)).collect();
        let mut batch = Vec::new();
        for at in all {
            if let Some(connection) = self.carry(io, at, &mut giving.bodies) {
                io.release(at).map_err(Lost::System)?;
                giving.released.push(at);
                batch.push((at, connection));
            }
            if batch.len() == BATCH {
                giving.send_batch(io, std::mem::take(&mut batch))?;
            }
        }
        match batch.is_empty() {
            true => Ok(()),
            false => giving.send_batch(io, batch),
        }
    }

    /// A connection as the new process gets it. `None` if the connection stays.
    pub(super) fn carry(
        &self,
        io: &mut Io<Self>,
        at: Token,
        bodies: &mut Bodies,
    ) -> Option<CarriedConnection> {
        let now = io.now();
        let (is_operators, is_beyond) = (io.apart().contains(&at), self.overflow.has(at));
        let channels = &self.parts.channels;
        io.with(at, |slot| {
            let channel = slot.state.channel();
            if channel.is_some_and(|number| !channels.can_carry(number)) {
                return None;
            }
            Some(CarriedConnection {
                deadline: slot.socket.deadline().distance(now),
                is_operators,
                is_beyond,
                state: slot.state.carry(bodies, now)?,
            })
        })
        .flatten()
    }

    /// Goes on after a hand-over that has failed.
    fn go_on_without(&mut self, reactor: &mut Reactor<Self>, released: &[Token], has_let_go: bool) {
        let io = reactor.io();
        for &at in released {
            if let Err(error) = io.take_back(at) {
                log::error!("connection {at} is lost: {error}");
                io.with(at, |slot| slot.socket.close());
            }
        }
        if has_let_go {
            self.take_files_back(io);
        }
    }

    /// Forgets everything that the new process has. The jobs that are under way end here.
    fn retire(&mut self, reactor: &mut Reactor<Self>, courier: &mut Courier, given: &[Token]) {
        reactor.forget_listeners();
        let io = reactor.io();
        // The operator's connections are closed or in the new process: a paused loop would never end.
        io.set_pace(Pace::Free);
        self.watch = None;
        match self.settle_estate(courier) {
            Ok(estate) => self.upgrade = Upgrade::Over(estate),
            Err(error) => log::error!("jobs that end late are lost: {error}"),
        }
        // The loop's own descriptors are closed. The sockets stay open in the new process.
        for &at in given {
            io.with(at, |slot| slot.socket.close());
        }
        self.end_what_is_left(io);
    }
}

/// The reason why a hand-over fails.
enum Fault {
    Lost(Lost),
    /// The new process cannot take over.
    Failed(String),
    /// The new process has not taken what it was sent.
    Otherwise(Frame),
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(lost) => write!(f, "the new version does not take over: {lost}"),
            Self::Failed(why) => write!(f, "the new version cannot take over: {why}"),
            Self::Otherwise(frame) => {
                write!(
                    f,
                    "the new version does not take over: it answers {frame:.40?}"
                )
            }
        }
    }
}

impl Giving<'_> {
    fn send(&self, frame: &Frame) -> Result<(), Fault> {
        Ok(self.courier.send(frame, &[], self.until)?)
    }

    /// Waits for the answer `expected`.
    fn expect(&mut self, expected: &Frame) -> Result<(), Fault> {
        match self.courier.receive(Some(self.until))?.0 {
            frame if frame == *expected => Ok(()),
            Frame::Failed(why) => Err(Fault::Failed(why)),
            frame => Err(Fault::Otherwise(frame)),
        }
    }

    /// The fault as the new process tells it, if it has told before it ended.
    fn reason(&mut self, fault: Fault) -> Fault {
        if !matches!(fault, Fault::Lost(Lost::Ended)) {
            return fault;
        }
        match self.courier.receive(Some(self.until)) {
            Ok((Frame::Failed(why), _)) => Fault::Failed(why),
            _ => fault,
        }
    }

    /// Sends connections, and waits for the receipt: the system bounds the descriptors that are on their way.
    fn send_batch<A: 'static>(
        &mut self,
        io: &Io<Server<A>>,
        batch: Vec<(Token, CarriedConnection)>,
    ) -> Result<(), Fault> {
        for body in std::mem::take(&mut self.bodies.unsent) {
            self.send(&Frame::Body(body))?;
        }
        let descriptors: Vec<_> = batch.iter().filter_map(|(at, _)| io.lend(*at)).collect();
        let count = batch.len() as u32;
        let connections = batch.into_iter().map(|(_, connection)| connection);
        let frame = Frame::Connections(connections.collect());
        self.courier.send(&frame, &descriptors, self.until)?;
        self.expect(&Frame::Had(count))
    }

    /// Tells that all connections were sent, and waits until the new process has them.
    fn end(&mut self) -> Result<(), Fault> {
        let count = self.released.len() as u32;
        self.send(&Frame::End(count))?;
        self.expect(&Frame::Taken(count))
    }
}
