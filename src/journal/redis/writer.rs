//! The thread that appends events, and counts audience and quota.

use super::{
    common::Common,
    entry::Event,
    fault::Fault,
    heal::{Place, append, check, go_on, is_refused},
    health::Side,
    link::{self, Link, Reply},
    tally::{Question, Tally},
};
use crate::{event::Id, journal::Report};
use redis::{Pipeline, pipe};
use std::{
    ops::RangeInclusive,
    sync::{
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

/// The longest wait for a reply.
const REPLY: Duration = Duration::from_secs(1);
/// The time for which an event is appended again after a fault. Its publisher does not wait longer.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// The pause after a fault.
const PAUSE: Duration = Duration::from_millis(50);
/// The range of the random number of ids that are left out before the first event after the stream has gone back. Another
/// server may have read lost events that this server has not read. A Redis whose clock is behind would give their ids
/// again, and that server would pass over the new events.
const AHEAD: RangeInclusive<u64> = 1 << 20..=1 << 28;
/// The most events that are appended together.
const TOGETHER: usize = 64;

/// A job of the thread.
pub enum Job {
    /// An event is to be appended.
    Append(NewEvent),
    /// A look-up is to be counted.
    Count(Question),
    /// The journal ends.
    End,
}

/// An event that waits to be appended.
pub struct NewEvent {
    pub token: u64,
    pub name: String,
    pub data: String,
    pub since: Instant,
}

/// Does the jobs that come, until no more can come.
pub fn write(common: &Common, jobs: &Receiver<Job>) {
    let mut writer = Writer {
        common,
        link: None,
        tally: Tally::begin(common),
    };
    loop {
        match jobs.recv_timeout(writer.tally.patience()) {
            Ok(first) => {
                let rest = jobs.try_iter().take(TOGETHER - 1);
                writer.work([first].into_iter().chain(rest));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return writer.leave(),
        }
        if common.signals.is_over() {
            return writer.leave();
        }
        writer.count_audience();
    }
}

struct Writer<'a> {
    common: &'a Common,
    link: Option<Link>,
    tally: Tally,
}

impl Writer<'_> {
    fn work(&mut self, jobs: impl Iterator<Item = Job>) {
        let mut events = Vec::new();
        for job in jobs {
            match job {
                Job::Append(event) => events.push(event),
                Job::End => {}
                Job::Count(question) => {
                    let counted = self.with_link(|common, link| question.count(common, link));
                    match counted {
                        Ok(()) => self.common.well(Side::LookUps),
                        Err(fault) => self.meet(Side::LookUps, &fault),
                    }
                }
            }
        }
        self.append(events);
    }

    /// Appends events, again and again while their publishers wait.
    fn append(&mut self, mut events: Vec<NewEvent>) {
        loop {
            // The reader answers an event also if Redis' reply to the writer was lost.
            let signals = &self.common.signals;
            events.retain(|event| signals.is_open(event.token) && event.since.elapsed() < PATIENCE);
            if events.is_empty() {
                return;
            }
            let is_hopeless = || !self.common.signals.is_near.load(Relaxed);
            if is_hopeless() || self.common.signals.is_over() {
                return events.iter().for_each(|event| self.fail(event.token));
            }
            if !self.common.signals.is_read.load(Relaxed) {
                self.common.signals.rest(PAUSE);
                continue;
            }
            match self.with_link(|common, link| send(common, link, &events)) {
                Ok(replies) => self.settle(&mut events, replies),
                Err(fault) => {
                    self.meet(Side::Writer, &fault);
                    self.common.signals.rest(PAUSE);
                }
            }
        }
    }

    /// Calls `f` with the connection, which is opened first if there is none, and then compared with what was read: an
    /// event that is appended to a stream that has gone back keeps lost events from being put back.
    fn with_link<R>(
        &mut self,
        f: impl FnOnce(&Common, &mut Link) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => {
                let mut link = self.common.open(REPLY)?;
                if self.common.signals.is_read.load(Relaxed) {
                    check(self.common, &mut link)?;
                }
                link
            }
        };
        let result = f(self.common, &mut link);
        if !matches!(&result, Err(fault) if fault.is_of_this_connection()) {
            self.link = Some(link);
        }
        result
    }

    fn meet(&mut self, side: Side, fault: &Fault) {
        if fault.is_of_this_connection() {
            self.link = None;
        }
        self.common.lost(side, fault);
    }

    /// Drops the events that Redis has taken or refused. The others are appended again.
    fn settle(&mut self, events: &mut Vec<NewEvent>, replies: Vec<Appended>) {
        let mut replies = replies.into_iter();
        let (mut is_behind, mut wrong) = (false, Vec::new());
        let mut refused = None;
        events.retain(|event| match replies.next() {
            Some(Appended::At) => false,
            Some(Appended::Behind(id)) => {
                is_behind = true;
                wrong.extend(id);
                true
            }
            Some(Appended::Refused(fault)) => {
                self.fail(event.token);
                refused = Some(fault);
                false
            }
            None => true,
        });
        match refused {
            Some(fault) => self.meet(Side::Writer, &fault),
            None => self.common.well(Side::Writer),
        }
        if is_behind && let Err(fault) = self.with_link(|common, link| heal(common, link, &wrong)) {
            self.meet(Side::Writer, &fault);
        }
    }

    fn fail(&self, token: u64) {
        self.common.signals.closes(token);
        (self.common.report)(Report::Failed { token });
    }

    /// Counts the audience, if it is time for it.
    fn count_audience(&mut self) {
        if !self.tally.is_due() || self.common.signals.is_held() {
            return;
        }
        let mut tally = std::mem::take(&mut self.tally);
        let counted = self.with_link(|common, link| tally.count(common, link));
        self.tally = tally;
        match counted {
            Ok(()) => {
                self.common.well(Side::Tally);
                self.common.takes_writes();
            }
            Err(fault) => {
                self.tally.fail(self.common);
                self.meet(Side::Tally, &fault);
            }
        }
    }

    /// Takes this server's audience out of the count, unless another process goes on with it.
    fn leave(&mut self) {
        if !self.common.signals.is_held()
            && let Some(link) = &mut self.link
        {
            let _ = Tally::leave(self.common, link);
        }
    }
}

/// The reply to an appended event.
enum Appended {
    /// The event has an id that grows. The reader will read it.
    At,
    /// The stream has gone back: it is gone and the event is not appended, or the event has an id that the reader has
    /// passed without reading the event.
    Behind(Option<Id>),
    Refused(Fault),
}

fn send(common: &Common, link: &mut Link, events: &[NewEvent]) -> Result<Vec<Appended>, Fault> {
    let (place, seen, is_back) = {
        let _healing = common.healing();
        let shelf = common.shelf();
        let is_back = common.has_gone_back.swap(false, Relaxed);
        (shelf.place(), shelf.newest(), is_back)
    };
    let mut commands = Pipeline::with_capacity(events.len() + 1);
    if is_back {
        commands.add_command(go_on(common, place.ahead(fastrand::u64(AHEAD))));
    }
    // A server that holds no event has nothing to put back before a new one.
    let end = match seen {
        None => Place::End,
        Some(_) => Place::EndIfThere,
    };
    for event in events {
        common.sends(event.token, event.since);
        let event = Event {
            token: common.token(event.token),
            name: event.name.clone(),
            data: event.data.clone(),
            seen,
        };
        commands.add_command(append(common, end, &event));
    }
    let replies = link.ask(&commands).inspect_err(|_| {
        common.has_gone_back.fetch_or(is_back, Relaxed);
    })?;
    let mut replies = replies.into_iter();
    if is_back && replies.next().is_some_and(|reply| is_refused(&reply)) {
        common.has_gone_back.store(true, Relaxed);
    }
    let shelf = common.shelf();
    let verdict = |(reply, event): (Reply, &NewEvent)| match reply.map(|value| link::id(&value)) {
        Ok(Some(id)) if shelf.shows(id, &common.token(event.token)) => Appended::At,
        Ok(id) => Appended::Behind(id),
        Err(fault) => Appended::Refused(fault),
    };
    Ok(replies.zip(events).map(verdict).collect())
}

/// Heals the stream, and deletes the entries that no reader would read.
fn heal(common: &Common, link: &mut Link, wrong: &[Id]) -> Result<(), Fault> {
    check(common, link)?;
    if wrong.is_empty() {
        return Ok(());
    }
    let mut commands = pipe();
    let delete = commands.cmd("XDEL").arg(&common.key);
    for id in wrong {
        delete.arg(id.to_string());
    }
    link.ask(&commands)?
        .into_iter()
        .try_for_each(|reply| reply.map(drop))
}
