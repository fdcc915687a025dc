//! Redirects of streams: a subscriber goes where the answer sends it, and the names of other servers are resolved on
//! threads of their own, since that may take a while.

use super::{Crowd, Message, member::Stage};
use crate::{load::wire::target::Target, reactor::Io};
use std::{collections::HashMap, thread};

/// The most servers that redirects may lead to in a run: each takes a thread while it is resolved.
const MOST: usize = 64;

/// The servers that redirects led to.
#[derive(Default)]
pub(super) struct Servers {
    /// The redirects that were followed, over all subscribers.
    pub(super) followed: u64,
    known: HashMap<String, Server>,
}

enum Server {
    /// Its name is being resolved, and subscribers wait for that, each on its way to a URL.
    Awaited(Vec<(u32, String)>),
    Known(Box<Target>),
    /// It cannot be reached, and why.
    Unknown(String),
}

impl Crowd {
    /// A subscriber is redirected: it goes there, or gives up.
    pub(super) fn redirect(&mut self, io: &mut Io<Self>, number: u32) {
        let member = &mut self.members[number as usize];
        let here = member.way.target(number, &self.plan.targets).clone();
        match member.way.follow(number, &self.plan.targets) {
            Err(why) => self.gives_up(io, number, &why),
            Ok(url) => {
                self.hang_up_stream(io, number);
                match here.at(&url) {
                    Some(target) => self.go_to(io, number, target),
                    None => self.go_abroad(io, number, url),
                }
            }
        }
    }

    /// Goes to another server, once its name is resolved.
    fn go_abroad(&mut self, io: &mut Io<Self>, number: u32, url: String) {
        let origin = origin(&url);
        let count = self.servers.known.len();
        match self.servers.known.get_mut(&origin) {
            Some(Server::Awaited(waiting)) => waiting.push((number, url)),
            Some(Server::Known(target)) => match target.at(&url) {
                Some(target) => self.go_to(io, number, target),
                None => self.gives_up(io, number, "redirected to what is no URL"),
            },
            Some(Server::Unknown(why)) => {
                let why = why.clone();
                self.gives_up(io, number, &why);
            }
            None if count == MOST => {
                self.gives_up(io, number, "redirected to more than 64 servers in all");
            }
            None => {
                resolve(io, &origin);
                let waiting = Server::Awaited(vec![(number, url)]);
                self.servers.known.insert(origin, waiting);
            }
        }
    }

    /// The name of a server is resolved, or cannot be.
    pub(super) fn resolved(
        &mut self,
        io: &mut Io<Self>,
        origin: String,
        found: Result<Target, String>,
    ) {
        let found = found.and_then(|mut target| {
            let reached = target.reach_from(&self.plan.options.bind);
            reached.map(|()| target)
        });
        let server = match found {
            Ok(target) => Server::Known(Box::new(target)),
            Err(why) => Server::Unknown(format!("redirected: {why}")),
        };
        if let Some(Server::Awaited(waiting)) = self.servers.known.insert(origin, server) {
            for (number, url) in waiting {
                if self.members[number as usize].stage == Stage::Away {
                    self.go_abroad(io, number, url);
                }
            }
        }
    }

    fn go_to(&mut self, io: &mut Io<Self>, number: u32, target: Target) {
        self.servers.followed += 1;
        self.members[number as usize].way.lead(target);
        self.set_out(io, number);
    }
}

/// The part of a URL that names its server (RFC 6454).
fn origin(url: &str) -> String {
    let begin = url.find("//").map_or(0, |at| at + 2);
    let end = url[begin..].find(['/', '?', '#']);
    url[..end.map_or(url.len(), |end| begin + end)].to_owned()
}

/// Resolves the name of a server on a thread, which posts the result.
fn resolve(io: &Io<Crowd>, origin: &str) {
    let (mailbox, name) = (io.mailbox(), origin.to_owned());
    let resolve = move || {
        let found = Target::resolve(&name);
        mailbox.post(Message::Resolved(name, found));
    };
    let thread = thread::Builder::new().name("resolver".to_owned());
    if let Err(error) = thread.spawn(resolve) {
        let why = Err(error.to_string());
        io.mailbox().post(Message::Resolved(origin.to_owned(), why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, name) in [
            ("http://a:1/b?c", "http://a:1"),
            ("https://a", "https://a"),
            ("http://a?b//c", "http://a"),
            ("a", "a"),
        ] {
            assert_eq!(origin(url), name);
        }
    }
}
