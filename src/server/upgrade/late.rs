//! The old process after the hand-over. Jobs that were under way end here: the new process publishes their events, and
//! gets the connections that waited for them, each with its answer.

use super::Upgrade;
use crate::{
    handover::{CarriedState, Frame, Publish, Published},
    journal::{Appended, Failure, Full, Journal, Kept, Report, Reporter},
    reactor::{Courier, Io, Token},
    server::{
        Server,
        connection::Bodies,
        context::{Message, News, Sockets as _},
        parts::{alarm::Alarm, owner::ChannelKey},
    },
};
use std::{
    io, thread,
    time::{Duration, Instant},
};

/// The longest time in which the new process takes a frame.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to the new process, for what is left.
pub(in crate::server) struct Estate(Courier);

impl Drop for Estate {
    /// Has the new process see the end of this server, also if this process goes on without a server.
    fn drop(&mut self) {
        self.0.end();
    }
}

impl<A: 'static> Server<A> {
    /// Has the channels publish by the new process from here on.
    pub(super) fn settle_estate(&mut self, courier: &mut Courier) -> io::Result<Estate> {
        let (mut answers, mailbox) = (courier.second()?, self.mailbox.clone());
        // A frame that the new process has sent already is none that is waited for.
        let listen = move || {
            while let Ok((frame, _)) = answers.receive(None) {
                if let Frame::Published(Published { token, id }) = frame {
                    let report = match id {
                        Some(id) => Report::Appended {
                            token,
                            id: id.into(),
                        },
                        None => Report::Failed { token },
                    };
                    mailbox.post(Message(News::Journal(ChannelKey::default(), report)));
                }
            }
        };
        let builder = thread::Builder::new().name("late".to_owned());
        builder.spawn(listen)?;
        let estate = Estate(courier.second()?);
        // The earlier journals have let their files go.
        drop(self.parts.channels.replace_journals(|channel| {
            Box::new(Remote {
                channel: channel.to_owned(),
                courier: estate.0.second().ok(),
            })
        }));
        self.returning.clear();
        Ok(estate)
    }

    /// Ends the process once the jobs under way have ended. Each of them has all its time: the new process serves.
    pub(super) fn end_what_is_left(&mut self, io: &mut Io<Self>) {
        if let Some(Alarm { id, at }) = self.parts.phase.stop(io.now()) {
            let at = at.after(self.timeouts.publish);
            io.set_alarm(Alarm { id, at });
        }
        self.advance_shutdown(io);
    }

    /// Sends a connection, whose answer is on its way, to the new process. False if the connection stays.
    pub(in crate::server) fn send_late(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let mut bodies = Bodies::default();
        let Upgrade::Over(Estate(courier)) = &self.upgrade else {
            return false;
        };
        let Some(connection) = self.carry(io, at, &mut bodies) else {
            return false;
        };
        // The places in the rings are others there.
        if connection.state.has_cursor() || io.release(at).is_err() {
            return false;
        }
        let until = Instant::now() + PATIENCE;
        let mut frames = bodies.unsent.into_iter().map(Frame::Body);
        let sent = frames.try_for_each(|frame| courier.send(&frame, &[], until));
        let descriptor = io.lend(at);
        let frame = Frame::Connections(vec![connection]);
        let sent = sent.and_then(|()| courier.send(&frame, descriptor.as_slice(), until));
        let is_sent = sent.is_ok();
        if is_sent {
            io.with(at, |slot| slot.socket.close());
        } else if let Err(error) = io.take_back(at) {
            log::error!("connection {at} is lost: {error}");
        }
        is_sent
    }

    /// Passes a signal on to the new process.
    pub(in crate::server) fn pass_on(&mut self) {
        if let Upgrade::Over(Estate(courier)) = &self.upgrade {
            let until = Instant::now() + PATIENCE;
            if let Err(lost) = courier.send(&Frame::Stop, &[], until) {
                log::warn!("the signal cannot be passed on to the new version: {lost}");
            }
        }
    }
}

impl CarriedState {
    /// True if the connection reads a channel.
    fn has_cursor(&self) -> bool {
        use crate::handover::CarriedAfter::Subscribe;
        match self {
            Self::Idle => false,
            Self::Reading(input) => input.held.is_some(),
            Self::Polling(..) | Self::Subscribed(_) | Self::Writing(_, _, _, Subscribe(_)) => true,
            Self::Writing(..) => false,
        }
    }
}

/// The journal of a channel that the new process has.
pub(super) struct Remote {
    channel: String,
    courier: Option<Courier>,
}

impl Remote {
    /// A journal that refuses every event.
    pub(super) fn nowhere() -> Self {
        Self {
            channel: String::new(),
            courier: None,
        }
    }
}

impl Journal for Remote {
    fn open(&mut self, _: usize) -> Result<Kept, Failure> {
        Err(Failure("another process has this channel".to_owned()))
    }

    fn start(&mut self, _: Reporter) {}

    fn append(&mut self, token: u64, name: &str, data: &str) -> Result<Appended, Full> {
        let courier = self.courier.as_ref().ok_or(Full)?;
        let frame = Frame::Publish(Publish {
            token,
            channel: self.channel.clone(),
            name: name.to_owned(),
            data: data.to_owned(),
        });
        let sent = courier.send(&frame, &[], Instant::now() + PATIENCE);
        sent.map(|()| Appended::Later).map_err(|_| Full)
    }
}
