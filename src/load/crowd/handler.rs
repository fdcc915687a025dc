//! The crowd on the reactor: each event of a connection goes to the subscriber, publisher or fetcher that has it.

use super::{Crowd, Message, Role};
use crate::reactor::{Ended, Handler, Io, Token, quit};
use signal_hook::consts::{SIGQUIT, SIGUSR1, SIGUSR2};

const LATE: &str = "no answer in time";

fn role(io: &Io<Crowd>, at: Token) -> Role {
    io.state(at).copied().unwrap_or_default()
}

impl Handler for Crowd {
    type State = Role;
    type Message = Message;

    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        match role(io, at) {
            Role::Subscriber(number) => self.hear(io, at, number, bytes),
            Role::Publisher(key) => self.publisher_hears(io, at, key, bytes),
            Role::Fetcher(number) => self.fetcher_hears(io, at, number, bytes),
            Role::None => {}
        }
    }

    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        match role(io, at) {
            Role::Subscriber(number) => self.stream_ends(io, number),
            Role::Publisher(key) => self.publisher_ends(io, key, "the connection was closed"),
            Role::Fetcher(number) => self.fetcher_ends(io, number, None),
            Role::None => {}
        }
    }

    fn writable(&mut self, io: &mut Io<Self>, at: Token) {
        match role(io, at) {
            Role::Subscriber(number) => self.ask(io, at, number),
            Role::Publisher(key) => self.publisher_writes(io, key),
            Role::Fetcher(number) => self.fetcher_writes(io, number),
            Role::None => {}
        }
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        match role(io, at) {
            Role::Subscriber(number) => self.late(io, at, number),
            Role::Publisher(key) if self.publisher_goes_on(io, key) => {}
            Role::Publisher(key) => self.unpublished(io, key, LATE),
            Role::Fetcher(number) if self.fetcher_goes_on(io, number) => {}
            Role::Fetcher(number) => self.fetch_fails(io, number, LATE),
            Role::None => {}
        }
    }

    /// The first alarms are those of the subscribers, then come those of the fetchers, then those of the run.
    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {
        let members = self.members.len() as u32;
        match id.checked_sub(members) {
            None => self.connect(io, id),
            Some(number) if (number as usize) < self.fetchers.len() => {
                self.picture_is_due(io, number);
            }
            Some(_) => self.fires(io, id),
        }
    }

    fn message(&mut self, io: &mut Io<Self>, message: Message) {
        match message {
            Message::Begin => self.begin(io),
            Message::Due(at) => self.due(io, at),
            Message::Looked(look) => self.looked(io, look),
            Message::Resolved(origin, found) => self.resolved(io, origin, found),
        }
    }

    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        match signal {
            SIGQUIT => quit(),
            SIGUSR1 | SIGUSR2 => log::info!("signal {signal}: nothing to do"),
            _ => self.interrupt(io),
        }
    }

    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        self.go_on(io);
        false
    }

    fn closed(&mut self, io: &mut Io<Self>, _: Token, role: Role, ended: Ended) {
        match role {
            Role::Subscriber(number) => self.fails(io, number, ended),
            Role::Publisher(key) => self.publisher_fails(io, key, ended),
            Role::Fetcher(number) => self.fetcher_fails(io, number, ended),
            Role::None => {}
        }
    }
}
