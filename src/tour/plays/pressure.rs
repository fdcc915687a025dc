//! The steps about scarcity: a slow reader, an unplugged cable, and no free descriptor.

use super::requests::expect;
use crate::{
    reactor::system,
    tour::{client::Client, fault::Fault, shortage::Shortage, stage::Stage, step::Step},
};

/// The unread input that the kernel of the slow reader keeps, in bytes.
const NARROW: usize = 2048;
/// The most publishes until the slow reader's socket takes no more.
const MOST: usize = 200;
/// The part of the line about a connection that the kernel has given up.
const GIVEN_UP: &str = "given up by the kernel";
/// The events in a row of which a full socket takes nothing.
const REFUSED: usize = 3;
/// The most turns meanwhile: some more than tries, since deadlines of earlier steps may come as well. A loop that spins takes
/// many thousands.
const MOST_TURNS: usize = 20;
/// The part of the line about a listener that has tried again.
const NO_DESCRIPTOR: &str = "still accepts no connections";
/// The tries of a listener without a descriptor that are waited for.
const TRIES: usize = 3;

pub(in crate::tour) const SLOW: Step = Step {
    title: "a slow reader",
    watch: "\
        Clients F and G subscribe, and H publishes large pictures. G does not read. Its kernel's buffer fills, then the \
        server's for G, and then the socket takes a part of an event. Watch \"took\": after that the socket takes nothing, \
        and the loop does not wait for G: F gets each event. Nothing is queued for G. Its cursor stays where it is in the \
        ring, and goes on from there when the socket is writable again.",
    play: slow,
    read: &[
        "src/reactor/socket.rs: Socket::write",
        "src/channel.rs: Channel::pump",
        "src/channel.rs: Channel::advance",
    ],
    without: "\
        A reader that is too slow for the ring is disconnected, so that it comes back and is told that it missed events. Without that \
        it goes on as if it had missed nothing.",
    exercise: "29-unmarked-gap",
};

fn slow(stage: &mut Stage) -> Result<String, Fault> {
    let (mut f, _) = stage.subscribe('F')?;
    let (mut g, number) = stage.connect_to('G', stage.address, Some(NARROW))?;
    stage.begin_stream(&mut g)?;
    let (mut h, _) = stage.connect('H')?;
    stage.shown = vec![number];
    h.say(format!(
        "publishes until G's socket has taken nothing of {REFUSED} events"
    ));
    h.is_quiet = true;
    let mut ids = Vec::new();
    while refused_in_a_row(stage, number)? < REFUSED {
        expect(ids.len() < MOST, "the socket is full after 200 publishes")?;
        let id = stage.publish(&mut h, &"🍣".repeat(100))?;
        let (events, _) = f.events("picture", 1)?;
        expect(events[0].id == id, "the quick subscriber gets the event")?;
        ids.push(id);
    }
    g.say("reads at last");
    let (events, bytes) = g.events("picture", ids.len())?;
    g.say(format!("< {} events, {} bytes", events.len(), bytes.len()));
    stage.leave([f, g, h])?;
    let had: Vec<String> = events.into_iter().map(|event| event.id).collect();
    expect(
        had == ids,
        "the slow reader gets each event once and in order",
    )?;
    Ok(format!(
        "{} events went to F at once. G had the same ones later, each once and in order, and kept neither F nor H waiting.",
        ids.len()
    ))
}

/// The number of last writes to a connection of which its socket has taken nothing.
fn refused_in_a_row(stage: &Stage, connection: u64) -> Result<usize, Fault> {
    let begin = format!("connection {connection}: took ");
    stage.transcript.wait("a line", |lines| {
        let writes = lines
            .iter()
            .rev()
            .filter_map(|line| line.text.strip_prefix(&begin));
        Some(
            writes
                .take_while(|taken| taken.starts_with("0 of "))
                .count(),
        )
    })
}

pub(in crate::tour) const UNPLUGGED: Step = Step {
    title: "an unplugged cable",
    watch: "\
        Client I subscribes, and its cable is unplugged. No packet says so, and the server can only notice that nothing is \
        acknowledged. This is simulated: the kernel drops each packet for I's socket (SO_ATTACH_FILTER), since to unplug a real \
        cable takes root. Watch the writes after that: each of them succeeds, because the server's kernel takes the bytes and sends \
        them again and again. After the write time-out, here 2 s, the kernel itself gives up, and reports a failure as readiness.",
    play: unplugged,
    read: &[
        "src/reactor/bind.rs: tune_accepted",
        "src/reactor/linux.rs: set_user_timeout",
        "src/reactor/socket.rs: Socket::take_failure",
    ],
    without: "\
        The server asks for this by TCP_USER_TIMEOUT (tcp(7)). Without it a heartbeat fits into the kernel's buffer for a quarter of an \
        hour, and the client counts as connected all that time.",
    exercise: "20-user-timeout",
};

fn unplugged(stage: &mut Stage) -> Result<String, Fault> {
    if !system::DROPS_INPUT {
        return Ok("This system cannot drop a socket's input. The step is left out.".to_owned());
    }
    let (i, number) = stage.subscribe('I')?;
    let (mut j, _) = stage.connect('J')?;
    stage.shown = vec![number];
    i.say("its cable is unplugged");
    i.unplug()?;
    let since = stage.transcript.len();
    stage.publish(&mut j, "ramen")?;
    let line = stage.wait_for(since, GIVEN_UP)?;
    let writes = stage.count(since, &format!("connection {number}: took "));
    let answer = stage.ask(&mut j, &stage.get("/healthz"))?;
    stage.leave([j])?;
    drop(i);
    expect(writes > 0, "a write to the unplugged client succeeds")?;
    expect(answer.status == 200, "J is served")?;
    let (_, why) = line.split_once(": ").unwrap_or_default();
    Ok(format!(
        "{writes} writes succeeded, and client I received no byte of them. Then the connection was {why}. J was served meanwhile."
    ))
}

pub(in crate::tour) const DESCRIPTORS: Step = Step {
    title: "descriptors run out",
    watch: "\
        Client K is connected. Then the process has one free descriptor left, and client L's socket takes it, so that accept4(2) fails \
        with EMFILE. L's connection stays in the backlog, and its edge is spent: no further one comes. Watch the listener stand back: \
        one line in the log, and a try at each \"alarm of the listeners\" after 100 ms, or as soon as a connection is closed. K is served meanwhile. \
        The shortage is real: the tour lowers its own limit (RLIMIT_NOFILE), opens files up to it, and raises it again afterwards.",
    play: descriptors,
    read: &[
        "src/reactor/listener.rs: Door::stand_back",
        "src/reactor/listener.rs: Listeners::freed",
        "src/reactor/listener.rs: is_the_peers",
    ],
    without: "\
        A server that takes EMFILE for the failure of one client tries again at once, fails again, and burns a processor.",
    exercise: "09-lasting-failure",
};

fn descriptors(stage: &mut Stage) -> Result<String, Fault> {
    let (mut k, _) = stage.connect('K')?;
    let shortage = Shortage::of_all_but(1).map_err(Fault::in_part("lowering the limit"))?;
    let since = stage.transcript.len();
    let mut l = Client::dial('L', stage.address, None, stage.transcript.clone())?;
    stage.wait_for(since, "accepting no connections for now: ")?;
    let begun = stage.transcript.len();
    l.send(stage.get("/healthz").as_bytes())?;
    stage.rest(begun, (NO_DESCRIPTOR, TRIES))?;
    let turns = stage.turns_since(begun);
    let answer = stage.ask(&mut k, &stage.get("/healthz"))?;
    expect(answer.status == 200, "K is served")?;
    let left = stage.transcript.len();
    k.leave();
    stage.wait_for(left, "accepting all connections again")?;
    drop(shortage);
    let answer = stage.answer(&mut l, left)?;
    stage.leave([l])?;
    expect(answer.status == 200, "L is served in the end")?;
    expect(turns <= MOST_TURNS, "the loop does not spin")?;
    Ok(format!(
        "{turns} turns for {TRIES} tries. K was served meanwhile, and L as soon as K had left."
    ))
}
