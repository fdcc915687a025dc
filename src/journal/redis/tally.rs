//! The counts that all servers share: the audience, and the look-ups of an hour.

use super::{
    common::Common,
    fault::Fault,
    link::{Link, bytes, list, number},
};
use redis::{Value, pipe};
use std::{
    sync::{atomic::Ordering::Relaxed, mpsc::SyncSender},
    time::{Duration, Instant},
};

/// The time between two counts.
const EACH: Duration = Duration::from_secs(1);
/// The time after which a server's number is told again, though it has not changed.
const AGAIN: Duration = Duration::from_secs(15);
/// Seconds for which a server counts that is gone.
const GONE: u64 = 45;
/// Seconds of the quota's hour.
const HOUR: u64 = 3600;
/// The most servers that are counted.
const MOST: usize = 1024;

/// The audience of all servers.
#[derive(Default)]
pub struct Tally {
    /// The time of the last try.
    tried: Option<Instant>,
    /// The number that was told last, after how many holds of the stream, and the time.
    told: Option<(usize, u64, Instant)>,
    /// The time of the last count.
    counted: Option<Instant>,
}

impl Tally {
    /// The tally of a server that begins. A server that takes over counts later, since its subscribers are still coming.
    pub fn begin(common: &Common) -> Self {
        Self {
            tried: common.shelf().has_begun.then(Instant::now),
            ..Self::default()
        }
    }

    /// The time until the next count.
    pub fn patience(&self) -> Duration {
        let since = self.tried.map_or(EACH, |tried| tried.elapsed());
        EACH.saturating_sub(since).max(Duration::from_millis(1))
    }

    /// True if it is time for a count.
    pub fn is_due(&self) -> bool {
        self.tried.is_none_or(|tried| tried.elapsed() >= EACH)
    }

    /// Tells this server's audience, and sums up those of the others.
    ///
    /// # Errors
    ///
    /// [`Fault`] if Redis does not answer, or refuses.
    pub fn count(&mut self, common: &Common, link: &mut Link) -> Result<(), Fault> {
        let now = Instant::now();
        self.tried = Some(now);
        let own = common.signals.audience.load(Relaxed);
        let nodes = format!("{}:audience", common.key);
        let mut commands = pipe();
        let holds = common.signals.holds();
        let is_known =
            |(told, then, at)| (told, then) == (own, holds) && Instant::elapsed(&at) < AGAIN;
        let tells = !self.told.is_some_and(is_known);
        if tells {
            let set = commands.cmd("SET").arg(audience(common, &common.node));
            set.arg(own).arg("EX").arg(GONE);
            commands.cmd("SADD").arg(&nodes).arg(&common.node);
        }
        commands.cmd("SMEMBERS").arg(&nodes);
        let replies = link.ask(&commands)?.into_iter();
        let replies = replies.collect::<Result<Vec<_>, _>>()?;
        if tells {
            self.told = Some((own, holds, now));
        }
        let names = replies.last().map(list).unwrap_or_default().iter();
        let names = names.map(|name| String::from_utf8_lossy(bytes(name)).into_owned());
        let names = names.filter(|name| *name != common.node).take(MOST);
        let others = sum(common, link, names.collect(), &nodes)?;
        self.counted = Some(now);
        common.tell_others(others);
        Ok(())
    }

    /// Forgets the other servers when Redis has not answered for so long that they may be gone.
    pub fn fail(&mut self, common: &Common) {
        self.tried = Some(Instant::now());
        self.told = None;
        let is_old = |counted: Instant| counted.elapsed().as_secs() >= GONE;
        if self.counted.is_some_and(is_old) {
            self.counted = None;
            common.tell_others(0);
        }
    }

    /// Takes this server out of the count.
    ///
    /// # Errors
    ///
    /// [`Fault`] if Redis does not answer.
    pub fn leave(common: &Common, link: &mut Link) -> Result<(), Fault> {
        let mut commands = pipe();
        commands.cmd("DEL").arg(audience(common, &common.node));
        let nodes = format!("{}:audience", common.key);
        commands.cmd("SREM").arg(nodes).arg(&common.node);
        link.ask(&commands).map(drop)
    }
}

/// The key of a server's audience.
fn audience(common: &Common, node: &str) -> String {
    format!("{}:audience:{node}", common.key)
}

/// The audience of these servers. The servers that are gone are taken out of the set.
fn sum(common: &Common, link: &mut Link, names: Vec<String>, nodes: &str) -> Result<usize, Fault> {
    if names.is_empty() {
        return Ok(0);
    }
    let mut commands = pipe();
    let get = commands.cmd("MGET");
    for name in &names {
        get.arg(audience(common, name));
    }
    let reply = link.ask(&commands)?.pop().unwrap_or(Ok(Value::Nil))?;
    let counts: Vec<_> = list(&reply).iter().map(number).collect();
    let mut gone = pipe();
    for (name, _) in names
        .iter()
        .zip(&counts)
        .filter(|(_, count)| count.is_none())
    {
        gone.cmd("SREM").arg(nodes).arg(name);
    }
    if !gone.is_empty() {
        link.ask(&gone)?;
    }
    let counts = counts.into_iter().flatten();
    Ok(counts.filter_map(|count| usize::try_from(count).ok()).sum())
}

/// The look-ups that all servers have begun within the present hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookUps {
    /// Their number, with the one that asks.
    pub count: u64,
    /// The time until the hour is over.
    pub left: Duration,
}

/// The question for the number of look-ups, which counts one more.
pub struct Question(pub SyncSender<LookUps>);

impl Question {
    /// Counts a look-up. The hour begins with its first look-up.
    pub fn count(self, common: &Common, link: &mut Link) -> Result<(), Fault> {
        let key = format!("{}:quota", common.key);
        let mut commands = pipe();
        commands.cmd("MULTI");
        let begin = commands.cmd("SET").arg(&key).arg(0);
        begin.arg("EX").arg(HOUR).arg("NX");
        commands.cmd("INCR").arg(&key);
        commands.cmd("TTL").arg(&key);
        commands.cmd("EXEC");
        let replies = link.ask(&commands)?.into_iter();
        let replies = replies.collect::<Result<Vec<_>, _>>()?;
        let counted = replies.last().map(list).unwrap_or_default();
        let [_, count, left] = counted else {
            return Err(Fault::Away("the count cannot be read".to_owned()));
        };
        let natural = |value: &Value| number(value).and_then(|number| u64::try_from(number).ok());
        let count = link.reply(count.clone())?;
        let Some(count) = natural(&count) else {
            return Err(Fault::refused("ERR", "the count of look-ups is no number"));
        };
        let left = Duration::from_secs(natural(left).unwrap_or(HOUR));
        let look_ups = LookUps { count, left };
        // The look-up may have been given up meanwhile.
        let _ = self.0.try_send(look_ups);
        Ok(())
    }
}
