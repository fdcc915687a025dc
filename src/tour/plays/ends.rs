//! The steps about the end of a process: an upgrade, and a shutdown.

use super::requests::expect;
use crate::tour::{
    client::{Client, shown},
    fault::Fault,
    stage::Stage,
    step::Step,
    transcript::Speaker,
};
use rustix::process::Pid;

/// The subscribers of the last step.
const SUBSCRIBERS: [char; 3] = ['P', 'Q', 'R'];
/// The line by which the loop tells that the new process serves.
const TAKEN: &str = "has taken";

pub(in crate::tour) const UPGRADE: Step = Step {
    title: "an upgrade",
    watch: "\
        The server starts its own binary as a new process, as SIGUSR2 has it do, and hands over the listeners, the ring and each \
        connection (SCM_RIGHTS, unix(7)). Client M is a subscriber, N has sent half of a publish, and O asks for the upgrade at the \
        operator's listener. The lines of the new process begin with \"new\". Watch that M and N do not connect again: M's stream goes on \
        at the next byte, and the rest of N's request is read by another process than its beginning.",
    play: upgrade,
    read: &[
        "src/server/upgrade.rs: Server::run_loop",
        "src/server/upgrade/giving.rs: Server::hand_over",
        "src/server/upgrade/heir.rs: Server::take_over",
        "src/reactor/courier.rs: Courier::send",
    ],
    without: "\
        Nothing is final until the new process has said that it has everything. If it dies before, the old one takes each connection \
        back. Without that the clients would stay connected to a process that never hears of them again.",
    exercise: "43-no-way-back",
};

fn upgrade(stage: &mut Stage) -> Result<String, Fault> {
    let (mut m, _) = stage.subscribe('M')?;
    let (mut n, _) = stage.connect('N')?;
    let first = stage.publish(&mut n, "before")?;
    let event = stage.read_event(&mut m, "picture")?;
    expect(
        event.id == first,
        "the subscriber gets the event before the upgrade",
    )?;
    let request = stage.post("after");
    let (begin, end) = request.split_at(request.len() / 2);
    let since = stage.transcript.len();
    n.send(begin.as_bytes())?;
    stage.rest(since, (&format!("read {} bytes", begin.len()), 1))?;
    let (mut o, _) = stage.connect_to('O', stage.operators, None)?;
    hand_over(stage, &mut o)?;
    let since = stage.transcript.len();
    n.send(end.as_bytes())?;
    let answer = stage.answer(&mut n, since)?;
    let event = stage.read_event(&mut m, "picture")?;
    stage.leave([m, n, o])?;
    expect(
        answer.id() == Some(event.id),
        "the subscriber gets the event of the request that began before the upgrade",
    )?;
    Ok("\
M had both events on one connection, whose chunks were read strictly: no byte is lost or doubled. N's request began in \
one process and was answered by the other."
        .to_owned())
}

/// Has a client ask for the upgrade. Returns once the new process serves.
fn hand_over(stage: &mut Stage, operator: &mut Client) -> Result<(), Fault> {
    let since = stage.transcript.len();
    let request = "POST /upgrade HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n";
    stage.newcomer.take_over(|| {
        operator.send(request.as_bytes())?;
        let answer = operator.answers(1)?.remove(0);
        operator.say(format!("< {}", answer.shown()));
        let line = stage.transcript.wait("the new process", |lines| {
            let mut lines = lines.iter().skip(since).map(|line| line.text.as_str());
            lines
                .find(|line| line.contains(TAKEN) || line.contains("the upgrade failed"))
                .map(str::to_owned)
        })?;
        process(&line).ok_or_else(|| Fault::of(line))
    })?;
    stage.await_end_of_server()?;
    stage.serving = Speaker::NewLoop;
    stage.rest(since, ("turn ", 1))
}

/// The number of the process that has taken over, as the log tells it.
fn process(line: &str) -> Option<Pid> {
    let (_, rest) = line.split_once("the process ")?;
    let (number, _) = rest.split_once(", ")?;
    Pid::from_raw(number.parse().ok()?)
}

pub(in crate::tour) const SHUTDOWN: Step = Step {
    title: "shutdown",
    watch: "\
        Clients P, Q and R subscribe at the new process, which then gets SIGTERM. The signal's handler only writes to a socket pair, \
        for which the loop waits as for any socket. Watch the streams end: each by its last chunk (\"0\\r\\n\\r\\n\"), by which a client \
        knows that its stream is whole, and one after the other over the drain of 0.2 s, so that the clients do not all come back at \
        the same moment. The loop ends once no connection is left.",
    play: shutdown,
    read: &[
        "src/reactor/turn.rs: hear",
        "src/server/shutdown.rs: Server::end_more",
        "src/server/parts/phase.rs: ServerPhase::next_slot",
        "src/server/connection/subscriber.rs: Connection::conclude",
    ],
    without: "\
        A stream that still lacks events gets no last chunk. Without that rule it would end as if it were whole, and its client would \
        not know that something is missing.",
    exercise: "30-whole-though-cut",
};

fn shutdown(stage: &mut Stage) -> Result<String, Fault> {
    let mut clients = Vec::new();
    for name in SUBSCRIBERS {
        let (client, number) = stage.subscribe(name)?;
        let slot = stage.wait_for(0, &format!("connection {number}: gets slot "))?;
        let slot = slot.rsplit(' ').next();
        let slot = slot.and_then(|slot| slot.parse::<u64>().ok());
        clients.push((slot, number, client));
    }
    // The streams end in the order of their slots.
    clients.sort_by_key(|(slot, ..)| *slot);
    let since = stage.transcript.len();
    stage.newcomer.terminate()?;
    for (_, number, client) in &mut clients {
        let last = client.end_of_stream()?;
        stage.wait_for(since, &format!("connection {number}: drained"))?;
        client.say(format!("< {}", shown(&last)));
        expect(
            last.ends_with(b"0\r\n\r\n"),
            "the stream ends by its last chunk",
        )?;
    }
    clients.into_iter().for_each(|(.., client)| client.leave());
    let ended = stage.wait_for(since, "the process has ended: ")?;
    expect(ended.ends_with("status 0"), "the process ends with 0")?;
    Ok(format!(
        "{} streams ended whole, one after the other, and the process with status 0.",
        SUBSCRIBERS.len()
    ))
}
