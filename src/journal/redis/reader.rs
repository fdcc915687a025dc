//! The thread that reads the stream. All events come by it, also those of this server: there is one order and one way.

use super::{
    common::Common,
    entry::{Content, entries},
    fault::Fault,
    heal::{self, State},
    health::Side,
    link::{Link, list},
};
use crate::{
    event::Id,
    journal::{self, Entry, Kept, Report},
};
use redis::{Value, pipe};
use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

/// The longest wait of Redis for the next entry. The stream is compared with the memory after each wait.
const BLOCK: Duration = Duration::from_secs(2);
/// The longest wait for a reply: a link that is cut while Redis waits is seen after it.
const PATIENCE: Duration = Duration::from_millis(3500);
/// The most entries that are read together.
const TOGETHER: usize = 256;
/// The least time between two lines about entries that are no pictures.
const SELDOM: Duration = Duration::from_secs(60);
/// The pause after a first fault, which doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The pause from which on Redis counts as away: events that are published are refused at once.
const LONG_PAUSE: Duration = Duration::from_millis(400);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Reads the stream until the journal ends.
pub fn read(common: &Common) {
    let mut reader = Reader {
        common,
        connected: 0,
        batch: 0,
        pause: FIRST_PAUSE,
        strange: 0,
        warned: None,
    };
    while !common.signals.is_over() {
        if let Err(fault) = reader.session() {
            reader.meet(&fault);
        }
    }
}

struct Reader<'a> {
    common: &'a Common,
    /// The number of connections that were made.
    connected: usize,
    /// The number of batches that were reported.
    batch: u64,
    pause: Duration,
    /// The number of entries that were no pictures and of which the log has not told.
    strange: usize,
    /// The time at which the log told of such entries.
    warned: Option<Instant>,
}

impl Reader<'_> {
    /// Notes a fault, and pauses. Redis unblocks its readers when it becomes a replica, which is no fault.
    fn meet(&mut self, fault: &Fault) {
        let signals = &self.common.signals;
        if fault.kind() != "UNBLOCKED" {
            self.common.lost(Side::Reader, fault);
        }
        if self.pause >= LONG_PAUSE {
            signals.is_near.store(false, Relaxed);
        }
        signals.rest(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// Reads by one connection until the connection fails or the journal ends.
    fn session(&mut self) -> Result<(), Fault> {
        let link = &mut self.common.open(PATIENCE)?;
        self.try_to_read(link)?;
        if self.common.shelf().has_begun {
            heal::check(self.common, link)?;
        } else {
            self.begin(link)?;
        }
        self.connected += 1;
        if self.connected > 1 {
            (self.common.report)(Report::Link(journal::Link::Reconnected));
        }
        self.common.well(Side::Reader);
        while !self.common.signals.is_over() {
            self.round(link)?;
            self.pause = FIRST_PAUSE;
        }
        Ok(())
    }

    /// Reads no entry: a Redis that answers, but refuses to be read, is not well.
    fn try_to_read(&self, link: &mut Link) -> Result<(), Fault> {
        let mut commands = pipe();
        let read = commands.cmd("XREAD").arg("STREAMS");
        read.arg(&self.common.key).arg("$");
        let replies = link.ask(&commands)?;
        replies.into_iter().try_for_each(|reply| reply.map(drop))
    }

    /// Reads the newest entries. The id of the entry before them is the place behind which nothing is missing.
    fn begin(&mut self, link: &mut Link) -> Result<(), Fault> {
        let common = self.common;
        let mut commands = pipe();
        commands.add_command(State::question(&common.key));
        let newest = commands.cmd("XREVRANGE").arg(&common.key);
        newest.arg("+").arg("-");
        newest.arg("COUNT").arg(common.history.saturating_add(1));
        let mut replies = link.ask(&commands)?.into_iter();
        let mut next = || replies.next().unwrap_or(Ok(Value::Nil));
        let state = State::read(next())?;
        let mut found = entries(&next()?);
        found.reverse();
        let Some(_step) = common.signals.step() else {
            return Ok(());
        };
        let kept = self.keep(&state, &found);
        let (url, key, count) = (&common.url, &common.key, kept.events.len());
        log::info!("the frame is shared by Redis at {url}, key {key}, which has {count} pictures");
        (common.report)(Report::Begin(kept));
        Ok(())
    }

    fn keep(&self, state: &State, found: &[(Id, Content)]) -> Kept {
        let mut shelf = self.common.shelf();
        let mut events = Vec::new();
        for (id, content) in found {
            let is_event = shelf.read(*id, content, false).is_event;
            if let (true, Content::Event(event)) = (is_event, content) {
                events.push(Entry {
                    id: *id,
                    name: event.name.clone(),
                    data: event.data.clone(),
                });
            }
        }
        shelf.move_to(state.last);
        shelf.has_begun = true;
        let first = found.first().map(|(id, _)| *id);
        let after = match first {
            None => state.last,
            // The stream may have had more, or may be new: nobody can tell.
            Some(first) if found.len() <= self.common.history => first.before(),
            Some(first) => first,
        };
        events.retain(|event| event.id > after);
        Kept {
            after,
            events,
            until: Id::default(),
        }
    }

    /// Waits for entries, and looks at the stream.
    fn round(&mut self, link: &mut Link) -> Result<(), Fault> {
        let common = self.common;
        let place = common.shelf().place();
        let mut commands = pipe();
        commands.add_command(State::question(&common.key));
        let read = commands
            .cmd("XREAD")
            .arg("BLOCK")
            .arg(BLOCK.as_millis() as u64);
        read.arg("COUNT").arg(TOGETHER).arg("STREAMS");
        read.arg(&common.key).arg(place.to_string());
        let mut replies = link.ask(&commands)?.into_iter();
        let mut next = || replies.next().unwrap_or(Ok(Value::Nil));
        let (state, news) = (State::read(next())?, next()?);
        if state.last < place {
            heal::check(common, link)?;
        }
        // The reply has a list for each stream: its key and its entries.
        let stream = list(&news).first().map(list).unwrap_or_default();
        let found = stream.get(1).map(entries).unwrap_or_default();
        let is_cut = state.first.is_some_and(|first| first > place) && place > Id::default();
        self.take(&found, is_cut);
        Ok(())
    }

    /// Reports entries, and waits until the loop has acted on them.
    fn take(&mut self, found: &[(Id, Content)], mut is_cut: bool) {
        if found.is_empty() {
            return;
        }
        let Some(step) = self.common.signals.step() else {
            return;
        };
        let mut strange = Vec::new();
        for (id, content) in found {
            let verdict = self.common.shelf().read(*id, content, is_cut);
            is_cut = false;
            if verdict.is_behind_gap {
                log::warn!("pictures before {id} are missing in Redis");
                (self.common.report)(Report::Gap);
            }
            match content {
                Content::Event(event) if verdict.is_event => {
                    (self.common.report)(Report::Event(Entry {
                        id: *id,
                        name: event.name.clone(),
                        data: event.data.clone(),
                    }));
                    self.answer(*id, &event.token);
                }
                Content::Foreign(why) => strange.push((*id, *why)),
                Content::Event(_) | Content::Mark(_) => {}
            }
        }
        self.warn(&strange);
        self.batch += 1;
        (self.common.report)(Report::Batch(self.batch));
        drop(step);
        self.common.signals.wait_for(self.batch);
    }

    /// Tells of entries that are no pictures, unless the log has told of others just now.
    fn warn(&mut self, strange: &[(Id, &str)]) {
        self.strange += strange.len();
        if let Some((id, why)) = strange.first()
            && self.warned.is_none_or(|at| at.elapsed() >= SELDOM)
        {
            let count = std::mem::take(&mut self.strange);
            log::warn!("{count} entries in Redis are no pictures, one of them is {id}: {why}");
            self.warned = Some(Instant::now());
        }
    }

    /// Reports that an event of this server has its id.
    fn answer(&self, id: Id, token: &str) {
        let Some(token) = self.common.own(token) else {
            return;
        };
        // The token is closed before the report, so that the writer does not append an event again that was answered.
        self.common.signals.closes(token);
        (self.common.report)(Report::Appended { token, id });
        if let Some(lag) = self.common.reads(token) {
            (self.common.report)(Report::Link(journal::Link::Read(lag)));
        }
    }
}
