//! The stream that has gone back: Redis says nothing of it, so that a server compares the stream with its own memory,
//! and puts back the events that Redis has lost.

use super::{
    common::Common,
    entry::{Content, Event, add, content, entries},
    fault::Fault,
    link::{Link, bytes, id, list},
};
use crate::{
    event::Id,
    journal::{self, Report},
};
use redis::{Cmd, Pipeline, Value, cmd, pipe};
use std::sync::atomic::Ordering::Relaxed;

/// The most events that are put back together.
const TOGETHER: usize = 256;
/// The number of entries that Redis keeps, in histories.
const KEPT: usize = 4;

/// The state of the stream. All is absent of a stream that is not there.
#[derive(Debug, Default)]
pub struct State {
    /// The greatest id that Redis has given.
    pub last: Id,
    /// The id of the oldest entry.
    pub first: Option<Id>,
    /// The newest entry.
    newest: Option<(Id, Content)>,
}

impl State {
    /// The command that asks for the state.
    pub fn question(key: &str) -> Cmd {
        let mut question = cmd("XINFO");
        question.arg("STREAM").arg(key);
        question
    }

    /// Reads the reply.
    ///
    /// # Errors
    ///
    /// The fault that Redis replies with, but for a stream that is not there.
    pub fn read(reply: Result<Value, Fault>) -> Result<Self, Fault> {
        let reply = match reply {
            Err(Fault::Refused(code, text)) if code == "ERR" && text.contains("no such key") => {
                return Ok(Self::default());
            }
            reply => reply?,
        };
        let field = |name: &[u8]| {
            let mut pairs = list(&reply).chunks_exact(2);
            let pair = pairs.find(|pair| bytes(&pair[0]) == name);
            pair.map_or(&Value::Nil, |pair| &pair[1])
        };
        let key = |entry: &Value| list(entry).first().and_then(id);
        let newest = field(b"last-entry");
        let fields = list(newest).get(1).map(list).unwrap_or_default();
        Ok(Self {
            last: id(field(b"last-generated-id")).unwrap_or_default(),
            first: key(field(b"first-entry")),
            newest: key(newest).map(|id| (id, content(fields))),
        })
    }
}

/// The place of an entry to be appended.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// The id of an event that is put back.
    At(Id),
    /// An id that Redis gives.
    End,
    /// An id that Redis gives. If the stream is not there, Redis appends nothing.
    EndIfThere,
}

/// The command that appends an event.
pub fn append(common: &Common, place: Place, event: &Event) -> Cmd {
    let mut command = begin_append(common, place);
    add(&mut command, event);
    command
}

/// The command after which Redis gives only ids that are greater than `place`. Redis refuses the command if the newest
/// entry's id is greater than `place`.
pub fn go_on(common: &Common, place: Id) -> Cmd {
    let mut command = cmd("XSETID");
    command.arg(&common.key).arg(place.to_string());
    command
}

fn begin_append(common: &Common, place: Place) -> Cmd {
    let mut command = cmd("XADD");
    command.arg(&common.key);
    if matches!(place, Place::EndIfThere) {
        command.arg("NOMKSTREAM");
    }
    let kept = common.history.saturating_mul(KEPT);
    command.arg("MAXLEN").arg("~").arg(kept);
    match place {
        Place::At(id) => command.arg(id.to_string()),
        Place::End | Place::EndIfThere => command.arg("*"),
    };
    command
}

/// Compares the stream with the events that were read, and puts back those that Redis has lost.
///
/// # Errors
///
/// [`Fault`] if Redis does not answer, or refuses.
pub fn check(common: &Common, link: &mut Link) -> Result<(), Fault> {
    let _healing = common.healing();
    let mut commands = pipe();
    commands.add_command(State::question(&common.key));
    let newest = common.shelf().events().next_back().cloned();
    if let Some((id, _)) = &newest {
        let newest = id.to_string();
        let range = commands.cmd("XRANGE").arg(&common.key);
        range.arg(&newest).arg(&newest);
    }
    let mut replies = link.ask(&commands)?.into_iter();
    let state = State::read(replies.next().unwrap_or(Ok(Value::Nil)))?;
    let found = replies.next().transpose()?;
    let found = found.map(|found| entries(&found)).unwrap_or_default();
    let Some(_step) = common.signals.step() else {
        return Ok(());
    };
    if state.last < common.shelf().place() {
        return put_back(common, link, &state);
    }
    match (newest, found.first()) {
        // Another event has got the id of the lost one. All subscribers lack one of the two.
        (Some((id, event)), Some((_, there))) if !there.has_token(&event.token) => {
            mark(common, link, id.ahead(u64::MAX))
        }
        (Some((id, _)), None) if state.first.is_some_and(|first| first <= id) => {
            mark(common, link, id)
        }
        _ => Ok(()),
    }
}

/// Puts back the events that are newer than the stream, and then has Redis go on behind the newest id of all. Another
/// server may do the same at the same time: Redis refuses the second event of an id.
fn put_back(common: &Common, link: &mut Link, state: &State) -> Result<(), Fault> {
    common.has_gone_back.store(true, Relaxed);
    let (lost, place) = {
        let shelf = common.shelf();
        let lost = shelf.events().filter(|(id, _)| *id > state.last);
        (lost.cloned().collect::<Vec<_>>(), shelf.place())
    };
    // Told first: when Redis is lost in between, or another process goes on, the stream no longer shows it.
    if has_strangers(common, state) {
        (common.report)(Report::Gap);
    }
    let mut healed = 0;
    for events in lost.chunks(TOGETHER) {
        let mut commands = Pipeline::new();
        for (id, event) in events {
            commands.add_command(append(common, Place::At(*id), event));
        }
        let replies = link.ask(&commands)?;
        healed += replies.iter().filter(|reply| reply.is_ok()).count();
        if let Some(Err(refused)) = replies.into_iter().find(is_refused) {
            return Err(refused);
        }
    }
    let mut set = pipe();
    set.add_command(go_on(common, place));
    if let Some(Err(refused)) = link.ask(&set)?.into_iter().find(is_refused) {
        return Err(refused);
    }
    if healed > 0 {
        log::warn!(
            "Redis at {} had lost {healed} pictures, which are put back",
            common.url
        );
        (common.report)(Report::Link(journal::Link::Healed(healed)));
    }
    Ok(())
}

/// True if Redis refuses more than a second event of an id, or an id that is behind its newest entry.
pub fn is_refused(reply: &Result<Value, Fault>) -> bool {
    matches!(reply, Err(fault) if fault.kind() != "ERR")
}

/// True if the stream has gone back and then got events of other servers, whose ids are too small to be sent.
fn has_strangers(common: &Common, state: &State) -> bool {
    let Some((id, Content::Event(event))) = &state.newest else {
        return false;
    };
    common.own(&event.token).is_none() && !common.shelf().has(*id)
}

/// Tells all servers that this server has read an event which is not in the stream, and which cannot be put back since
/// newer ones are there. Each server that has not read an entry of this id tells its subscribers that they may have missed
/// an event.
fn mark(common: &Common, link: &mut Link, lost: Id) -> Result<(), Fault> {
    let mut command = begin_append(common, Place::End);
    let token = common.token(0);
    command.arg("p").arg(token).arg("l").arg(lost.to_string());
    let mut commands = pipe();
    commands.add_command(command);
    for reply in link.ask(&commands)? {
        reply?;
    }
    Ok(())
}
