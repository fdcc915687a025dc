//! The new process: it gets what the old one has, and serves when the old one says so.

use super::{Progress, VARIABLE};
use crate::{
    event::Id,
    handover::{
        CarriedConnection, CarriedListener, FORMAT, Frame, Hello, Publish, Published, State,
    },
    http::Response,
    reactor::{Courier, Io, Listener, Lost, Reactor, Token},
    server::{
        Failure, Server,
        connection::{CarriedBodies, Connection},
        context::{Context, Message, News},
        parts::channels::Numbers,
    },
};
use std::{
    env, io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    thread,
    time::{Duration, Instant},
};

/// The longest wait for the offer, and for each frame of the hand-over once it has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that is to take over from the process that started it.
#[derive(Debug)]
pub(crate) struct Heir {
    courier: Courier,
}

impl Heir {
    /// The heir that this process is; `None` if no old process has started it to take over. The way to the old process
    /// is the standard input, which is empty from then on.
    ///
    /// # Errors
    ///
    /// When the system refuses a descriptor.
    pub(crate) fn find() -> io::Result<Option<Self>> {
        if env::var_os(VARIABLE).is_none() {
            return Ok(None);
        }
        let input = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        if input.local_addr().is_err() {
            // The variable was meant for another process.
            return Ok(None);
        }
        rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
        Ok(Some(Self {
            courier: Courier::new(input),
        }))
    }

    /// The listeners of the old process, each with true if it is the operator's.
    ///
    /// # Errors
    ///
    /// When the old process offers nothing that this one understands.
    pub(crate) fn listeners(&mut self) -> Result<Vec<(Listener, bool)>, Failure> {
        let until = Instant::now() + PATIENCE;
        let (offer, descriptors) = match self.courier.receive(Some(until)).map_err(lost)? {
            (Frame::Offer(offer), descriptors) if offer.format == FORMAT => (offer, descriptors),
            (Frame::Offer(offer), _) => {
                let formats = (offer.format, FORMAT);
                return Err(self.refuse(format!(
                    "the hand-over is of format {}, and this version speaks format {}",
                    formats.0, formats.1
                )));
            }
            _ => return Err(self.refuse("it was not offered the listeners".to_owned())),
        };
        let listener = |(socket, carried): (OwnedFd, &CarriedListener)| {
            Ok((Listener::inherited(socket, carried)?, carried.is_operators))
        };
        let listeners = descriptors.into_iter().zip(&offer.listeners).map(listener);
        let listeners: io::Result<Vec<_>> = listeners.collect();
        listeners.map_err(|error| self.refuse(format!("a listener cannot be used: {error}")))
    }

    /// Tells the old process that this one could take over `room` connections. Waits until the hand-over begins.
    ///
    /// # Errors
    ///
    /// When the old process does not hand over.
    pub(crate) fn greet(&mut self, room: usize) -> Result<State, Failure> {
        let hello = Frame::Hello(Hello {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            room: room as u64,
        });
        self.send(&hello, &[])?;
        match self.courier.receive(None).map_err(lost)?.0 {
            Frame::State(state) => Ok(*state),
            _ => Err(self.refuse("it was not sent the state".to_owned())),
        }
    }

    /// Tells the old process why this one cannot take over. Returns the reason as an error.
    pub(crate) fn refuse(&self, why: String) -> Failure {
        // The old process sees the end of this one in any case.
        let _ = self.send(&Frame::Failed(why.clone()), &[]);
        Failure::HandOver(why)
    }

    fn send(&self, frame: &Frame, descriptors: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        self.courier.send(frame, descriptors, until).map_err(lost)
    }

    /// Gets the connections, and gives each of them to `adopt`. Returns when they are this process's.
    fn take_over(
        &mut self,
        mut adopt: impl FnMut(CarriedConnection, OwnedFd, &CarriedBodies) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let (mut bodies, mut count) = (CarriedBodies::new(), 0);
        loop {
            let until = Instant::now() + PATIENCE;
            let (frame, sockets) = self.courier.receive(Some(until)).map_err(lost)?;
            match frame {
                Frame::Body(body) => drop(bodies.insert(body.number, body.bytes.into())),
                Frame::Connections(connections) => {
                    let had = connections.len() as u32;
                    for (connection, socket) in connections.into_iter().zip(sockets) {
                        adopt(connection, socket, &bodies)?;
                    }
                    count += had;
                    self.send(&Frame::Had(had), &[])?;
                }
                Frame::End(all) if all == count => break,
                _ => return Err(out_of_order()),
            }
        }
        self.send(&Frame::Taken(count), &[])?;
        match self.courier.receive(None) {
            // An old process that has died has not killed this one: no other process has the connections.
            Ok((Frame::Yours, _)) | Err(Lost::Ended) => Ok(()),
            Ok(_) => Err(out_of_order()),
            Err(error) => Err(lost(error)),
        }
    }
}

fn lost(lost: Lost) -> Failure {
    Failure::HandOver(match lost {
        Lost::Ended => "the old version ended before it handed over".to_owned(),
        lost => format!("the old version does not hand over: {lost}"),
    })
}

fn out_of_order() -> Failure {
    Failure::HandOver("the hand-over is out of order".to_owned())
}

impl<A: 'static> Server<A> {
    /// As [`Server::serve`], with the connections of the old process.
    pub(crate) fn inherit(
        mut self,
        mut heir: Heir,
        state: State,
        listeners: Vec<Listener>,
        ready: impl FnOnce(),
    ) -> Result<(), Failure> {
        let taken = self.take_over(&mut heir, state, listeners);
        let mut reactor = taken.map_err(|error| heir.refuse(error.to_string()))?;
        reactor.own_files();
        ready();
        self.parts.channels.visit_all();
        self.give_sign(reactor.io());
        self.attend(heir.courier)?;
        self.run_loop(reactor)
    }

    fn take_over(
        &mut self,
        heir: &mut Heir,
        state: State,
        listeners: Vec<Listener>,
    ) -> Result<Reactor<Self>, Failure> {
        let numbers = self.parts.channels.continue_from(state.channels);
        let mut reactor = self.take_loop()?;
        self.continue_counts(&state.counts, reactor.io().meter_mut());
        if let Some(carrying) = &self.carrying {
            (carrying.continue_from)(&mut self.app, &state.application);
        }
        reactor = self.listen(reactor, listeners)?;
        let io = reactor.io();
        heir.take_over(|connection, socket, bodies| {
            self.adopt(io, connection, socket, &numbers, bodies)
                .map(drop)
        })?;
        Ok(reactor)
    }

    /// Takes over a connection.
    fn adopt(
        &mut self,
        io: &mut Io<Self>,
        carried: CarriedConnection,
        socket: OwnedFd,
        numbers: &Numbers,
        bodies: &CarriedBodies,
    ) -> io::Result<Token> {
        let now = io.now();
        let state = Connection::carried(carried.state, numbers, bodies, now);
        let state = state.ok_or_else(|| io::Error::other("a connection is of no known channel"))?;
        let at = io.adopt(socket, carried.is_operators)?;
        if let Some(cursor) = state.cursor() {
            self.parts.channels.join(cursor.channel());
        }
        io.with(at, |slot| {
            slot.state = state;
            if slot.state.is_busy() {
                slot.socket.pause();
            }
            slot.socket.set_deadline(now.at_distance(carried.deadline));
        });
        if carried.is_beyond {
            self.overflow.keep_apart(at, |_| true);
        } else if !carried.is_operators {
            // A connection that was let in stays, however many its client has.
            self.count_address(io, at);
        }
        Ok(at)
    }

    /// Takes over a connection that waited for a job of the old process.
    pub(super) fn adopt_late(
        &mut self,
        io: &mut Io<Self>,
        carried: CarriedConnection,
        socket: OwnedFd,
        bodies: &CarriedBodies,
    ) {
        match self.adopt(io, carried, socket, &Numbers::new(), bodies) {
            // This process may have handed over in turn.
            Ok(at) if self.send_late(io, at) => {}
            Ok(at) => self.drive(io, at),
            Err(error) => log::error!("a connection is lost: {error}"),
        }
    }

    /// Has a thread hear of the jobs that end late in the old process.
    fn attend(&mut self, mut courier: Courier) -> io::Result<()> {
        let mailbox = self.mailbox.clone();
        let post = move |news| mailbox.post(Message(news));
        let answers = courier.second()?;
        let listen = move || {
            let mut bodies = CarriedBodies::new();
            while let Ok((frame, sockets)) = courier.receive(None) {
                match frame {
                    Frame::Body(body) => drop(bodies.insert(body.number, body.bytes.into())),
                    Frame::Connections(connections) => {
                        for (connection, socket) in connections.into_iter().zip(sockets) {
                            let bodies = std::mem::take(&mut bodies);
                            let late = Progress::Late(connection, socket, bodies);
                            post(News::Upgrade(late));
                        }
                    }
                    Frame::Publish(event) => {
                        if let Ok(answers) = answers.second() {
                            let publish = |cx: &mut Context<'_, A>| publish(cx, event, answers);
                            post(News::Run(Box::new(publish)));
                        }
                    }
                    Frame::Stop => post(News::Stop),
                    _ => {}
                }
            }
            post(News::Upgrade(Progress::Alone));
        };
        let builder = thread::Builder::new().name("heir".to_owned());
        self.has_predecessor = builder.spawn(listen).is_ok();
        Ok(())
    }
}

/// Publishes an event of a job that has ended in the old process, and sends the answer.
fn publish<A: 'static>(cx: &mut Context<'_, A>, event: Publish, answers: Courier) {
    let Publish {
        token,
        channel,
        name,
        data,
    } = event;
    let answer = move |_: &mut Context<'_, A>, id: Option<Id>| {
        let id = id.map(Into::into);
        let frame = Frame::Published(Published { token, id });
        // An old process that has ended waits for no answer.
        let _ = answers.send(&frame, &[], Instant::now() + PATIENCE);
        Response::new(204).into()
    };
    // No client waits for this reply.
    let _ = cx.publish_then(&channel, &name, &data, answer);
}
