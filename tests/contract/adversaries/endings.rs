//! Connections that end in any state of their life: by a reset, by a half-close, or because their process was killed.
//! No trace is left of them, and no other client notices.

use super::states::{self, HANGING, Situation};
use crate::support::{
    client::{Client, Stream},
    flickr::FlickrStub,
    process::{connections, descriptors, eventually, metric},
    server::Server,
    setups::{over_flickr, publish_on},
};
use std::{
    env,
    io::{self, BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Command, Stdio},
};

/// The test that plays the client's process.
const VICTIM: &str = "adversaries::endings::the_client_that_is_to_be_killed";
/// The variable that tells the client the server's address and the number of the round.
const TOLD: &str = "VICTIM_OF_PICTURE_FRAME";
/// The line that the client prints when all its connections are open.
const READY: &str = "all are there";

/// Look-up threads, and so the number of connections that the server keeps to its source.
const THREADS: usize = 4;

/// Ends connections in each state, by `end`. Two rounds tell a leak from memory that is kept for reuse. Afterwards the
/// watcher alone is left, and everything works.
fn all_end(end: impl Fn(&FlickrStub, &Server, &str)) {
    let stub = FlickrStub::start();
    let mut options = vec!["--heartbeat", "0.1"];
    for patient in [
        "--lookup-timeout",
        "--request-timeout",
        "--idle-timeout",
        "--write-timeout",
    ] {
        options.extend([patient, "600"]);
    }
    let server = over_flickr(&stub, &options);
    let address = server.address;
    let mut watcher = Stream::open(address);
    let left = ["first", "second"].map(|round| {
        end(&stub, &server, round);
        stub.release();
        for _ in 0..HANGING {
            picture_of(&mut watcher, "mode:hang");
        }
        eventually("only the watcher and who asks are left", || {
            connections(address, "") == 2
        });
        assert_eq!(metric(address, "picture_frame_subscribers"), 1);
        publish_on(&mut Client::connect(address), round);
        picture_of(&mut watcher, round);
        eventually("the publisher has left", || connections(address, "") == 2);
        descriptors(server.pid())
    });
    assert!(left[1] <= left[0] + THREADS, "{left:?} descriptors");
    assert!(!server.log().contains("panic"), "{}", server.log());
}

/// Waits for a picture of a keyword that begins with `keyword`.
fn picture_of(watcher: &mut Stream, keyword: &str) {
    let mut of = || {
        watcher.picture()["keyword"]
            .as_str()
            .map(str::to_owned)
            .unwrap()
    };
    while !of().starts_with(keyword) {}
}

/// Waits until the server has a connection in each state.
fn await_all(stub: &FlickrStub, address: SocketAddr, round: &str) {
    let is_of_round = |keyword: &str| keyword.contains(round);
    eventually("the source is asked", || {
        let asked = stub.requests();
        let keywords = asked.iter().filter_map(|asked| asked.parameter("text"));
        keywords.filter(|keyword| is_of_round(keyword)).count() == HANGING
    });
    for state in ["idle", "reading", "polling", "writing", "subscribed"] {
        eventually(state, || connections(address, state) > 0);
    }
    // The client that scrapes is deferred as well.
    eventually("deferred", || {
        connections(address, "deferred") == 1 + HANGING as u64
    });
    eventually("one is behind", || {
        metric(address, "picture_frame_slowest_behind") > 0
    });
}

#[test]
fn a_reset_in_any_state_leaves_nothing_behind() {
    all_end(|stub, server, round| {
        let mut all = states::all(server.address, round);
        await_all(stub, server.address, round);
        all.extend(states::last(server.address));
        all.into_iter()
            .for_each(|situation| situation.client.reset());
    });
}

/// Reads what the connection is owed, and its end.
fn await_end(situation: &mut Situation) {
    let Situation { name, client, owed } = situation;
    match owed {
        None => while client.raw_lines().next().is_some() {},
        Some(owed) => {
            let told: Vec<u16> = owed.iter().map(|_| client.response().status).collect();
            assert_eq!(&told, owed, "{name}");
            assert_eq!(client.rest(), "", "{name}");
        }
    }
}

#[test]
fn a_half_close_in_any_state_is_answered_with_what_was_asked_and_the_end() {
    all_end(|stub, server, round| {
        let mut all = states::all(server.address, round);
        await_all(stub, server.address, round);
        all.extend(states::last(server.address));
        for Situation { client, .. } in &all {
            client.half_close();
        }
        // A picture that comes before the end of a poll's client is read would be the poll's answer.
        let (mut polls, mut rest): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|situation| situation.name == "polling");
        polls.iter_mut().for_each(await_end);
        stub.release();
        rest.iter_mut().for_each(await_end);
    });
}

#[test]
fn a_client_that_is_killed_with_connections_in_all_states_leaves_nothing_behind() {
    all_end(|stub, server, round| {
        let mut victim = Command::new(env::current_exe().unwrap())
            .args(["--exact", VICTIM, "--nocapture", "--ignored"])
            .env(TOLD, format!("{} {round}", server.address))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(victim.stdout.take().unwrap()).lines();
        assert!(says.any(|line| line.unwrap().contains(READY)));
        await_all(stub, server.address, round);
        victim.kill().unwrap();
        victim.wait().unwrap();
    });
}

#[test]
#[ignore = "is the client of another test"]
fn the_client_that_is_to_be_killed() {
    let Ok(told) = env::var(TOLD) else { return };
    let (address, round) = told.split_once(' ').unwrap();
    let address = address.parse().unwrap();
    let _all = [states::all(address, round), states::last(address)];
    println!("{READY}");
    // Ends also when the process that is to kill this one has died.
    let _ = io::stdin().read(&mut [0]);
}
