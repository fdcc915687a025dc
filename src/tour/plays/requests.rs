//! The steps about requests: an idle subscriber, a request in two halves, pipelining, and a publish.

use crate::tour::{fault::Fault, stage::Stage, step::Step};

/// The half of a request that is sent first.
const FIRST_HALF: &str = "GET /healthz HTTP/1.1\r\nHo";
/// The other half.
const SECOND_HALF: &str = "st: 127.0.0.1\r\n\r\n";

/// The length of a request of which a read takes two, in bytes.
const REQUEST: usize = 8_000;

pub(in crate::tour) const IDLE: Step = Step {
    title: "idle",
    watch: "\
        Client A subscribes, and then there is nothing to do. The loop sleeps in epoll_wait(2) until a socket is ready, or until \
        the next deadline: here the heartbeat, due after one second of silence. Watch \"may sleep for\" and \"woke after\": the loop \
        never looks around to find out whether there is work. It asks the timer wheel how long it may sleep, and the wheel \
        reaches 20 s ahead. A first edge says that a new socket is \"writable\", since its buffer is empty. A subscriber's \
        socket says so again when the server limits its buffer. The loop has nothing to write, and sleeps again. A turn's \
        length is that of its steps, of which \"turn\" is the server's own.",
    play: idle,
    read: &[
        "src/reactor/turn.rs: Reactor::wait",
        "src/reactor/io/deadlines.rs: Io::has_deadline_come",
        "src/timer_wheel.rs: TimerWheel::next",
    ],
    without: "\
        A deadline that moves later, as with each event, leaves its entry in the wheel. The entry comes up too early, and the loop \
        sets it again: step 6 has the line. Without that no heartbeat comes after an event, and a page cannot tell a quiet stream \
        from a dead one.",
    exercise: "05-no-rearming",
};

fn idle(stage: &mut Stage) -> Result<String, Fault> {
    let (mut a, number) = stage.subscribe('A')?;
    let since = stage.transcript.len();
    for _ in 0..2 {
        stage.read_event(&mut a, "audience")?;
    }
    let turns = stage.turns_since(since);
    let beats = stage.count(
        since,
        &format!("connection {number}: its deadline has come"),
    );
    stage.leave([a])?;
    Ok(format!(
        "{beats} heartbeats took {turns} turns. Between them the loop slept."
    ))
}

pub(in crate::tour) const HALVES: Step = Step {
    title: "a request in two halves",
    watch: "\
        TCP is a stream of bytes. A request may arrive in pieces, and no piece tells whether more will follow. Client B sends a \
        request whose second half comes later. Watch the two reads: the first one ends its turn without an answer, and the loop \
        sleeps. The half waits with the connection, and its deadline is the time by which a request must be whole.",
    play: halves,
    read: &[
        "src/reactor/turn.rs: read",
        "src/server/connection.rs: Connection::read",
        "src/http/input.rs: Input::advance",
    ],
    without: "\
        The deadline is set at the first byte, and further bytes do not move it. Without that a client that sends a byte every few \
        seconds holds its connection for ever.",
    exercise: "33-trickled-request",
};

fn halves(stage: &mut Stage) -> Result<String, Fault> {
    let (mut b, number) = stage.connect('B')?;
    let since = stage.transcript.len();
    b.send(FIRST_HALF.as_bytes())?;
    stage.rest(since, (&format!("read {} bytes", FIRST_HALF.len()), 1))?;
    let middle = stage.transcript.len();
    b.send(SECOND_HALF.as_bytes())?;
    let answer = stage.answer(&mut b, middle)?;
    let reads = stage.count(since, &format!("connection {number}: read "));
    let turns = stage.turns_since(since);
    stage.leave([b])?;
    expect(answer.status == 200, "the request is answered 200")?;
    Ok(format!(
        "{reads} reads in {turns} turns, and one answer. The loop waited for the second half as it waits for anything."
    ))
}

pub(in crate::tour) const PIPELINING: Step = Step {
    title: "pipelining",
    watch: "\
        Client C sends three requests at once, each of 8,000 bytes, and reads only then. A read takes 16 KiB: two requests, and \
        the beginning of the third. Watch \"more input may be left\": no edge reports again what came before, so the loop \
        remembers the connection, does not sleep, and reads on in the next turn. While an answer is on its way the connection's \
        socket is paused, so that a client that sends without reading fills the kernel's buffer, and not the server's memory.",
    play: pipelining,
    read: &[
        "src/server.rs: Server::drive",
        "src/server/connection.rs: Connection::step",
        "src/reactor/socket.rs: Socket::pause",
    ],
    without: "\
        A loop that remembers a connection may not sleep. Without that the third request waits until something else wakes the loop.",
    exercise: "02-sleeping-with-work",
};

fn pipelining(stage: &mut Stage) -> Result<String, Fault> {
    let (mut c, number) = stage.connect('C')?;
    let since = stage.transcript.len();
    let requests =
        ["/healthz", "/nowhere", "/healthz"].map(|path| padded(stage.get(path), REQUEST));
    c.send(requests.concat().as_bytes())?;
    let answers = c.answers(3)?;
    stage.rest(since, (" bytes", 5))?;
    for answer in &answers {
        c.say(format!("< {}", answer.shown()));
    }
    let of_c = |what: &str| stage.count(since, &format!("connection {number}: {what}"));
    let (reads, writes) = (of_c("read "), of_c("took "));
    let turns = stage.turns_since(since);
    stage.leave([c])?;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    expect(statuses == [200, 404, 200], "the answers come in order")?;
    Ok(format!(
        "{reads} reads and {writes} writes in {turns} turns: 200, 404 and 200, in the order of the requests."
    ))
}

pub(in crate::tour) const PUBLISH: Step = Step {
    title: "a publish through the pool",
    watch: "\
        Client D subscribes, and client E publishes. A picture has to be found, which here takes 20 ms, and the loop must \
        not wait for it: a thread of the pool does. Watch the turn that reads the publish: it ends without an answer, and \
        the loop sleeps. \"The mailbox: a message\" then brings a result: first which picture it is, then that the picture \
        is drawn. The turn of the last message puts the event into the ring, answers E, and sends the event to D. A wake-up may \
        find no message, because the turn before has delivered it: that costs a short turn.",
    play: publish,
    read: &[
        "src/server/context/defer.rs: Context::defer",
        "src/reactor/mailbox.rs: Mailbox::post",
        "src/reactor/turn.rs: Reactor::deliver",
        "src/server/parts/channels/sweep.rs: Sweep::begin",
    ],
    without: "\
        The thread wakes the loop by a write to an eventfd(2). Without it the result waits in the mailbox until some socket wakes the \
        loop by chance.",
    exercise: "07-no-wake-up",
};

fn publish(stage: &mut Stage) -> Result<String, Fault> {
    let (mut d, subscriber) = stage.subscribe('D')?;
    let (mut e, _) = stage.connect('E')?;
    let since = stage.transcript.len();
    let id = stage.publish(&mut e, "sushi")?;
    let event = stage.read_event(&mut d, "picture")?;
    let turns = stage.turns_since(since);
    let delivered = stage.count(since, &format!("connection {subscriber}: event "));
    stage.leave([d, e])?;
    expect(
        event.id == id && delivered == 1,
        "the subscriber gets the event once",
    )?;
    Ok(format!(
        "{turns} turns. E was told the id {id}, and D got one event with this id."
    ))
}

/// A request that is so long, by a field of its head.
fn padded(request: String, length: usize) -> String {
    let room = length - request.len() - "X: \r\n".len();
    request.replacen("\r\n", &format!("\r\nX: {}\r\n", "-".repeat(room)), 1)
}

/// Checks a part of what a step is to show.
pub(super) fn expect(is_so: bool, what: &str) -> Result<(), Fault> {
    match is_so {
        true => Ok(()),
        false => Err(Fault::of(format!("it is not so that {what}"))),
    }
}
