//! The contract's section on Redis: several servers share one frame, and subscribers notice neither which server they
//! read nor what happens to Redis.

mod gaps;
mod links;
mod load;
mod options;
mod outages;
mod proxies;
mod refusals;
mod resuming;
mod sharing;
mod starts;
mod tls;

use crate::support::{
    client::{Client, Event, Stream},
    server::Server,
    setups::{id, publish_on},
};

/// Publishes pictures by turns on these servers. Returns the ids.
fn publish_by_turns(servers: &[&Server], count: usize) -> Vec<String> {
    let connect = |server: &&Server| Client::connect(server.address);
    let mut clients: Vec<Client> = servers.iter().map(connect).collect();
    let turns = clients.len();
    let ids: Vec<String> = (0..count)
        .map(|number| publish_on(&mut clients[number % turns], &format!("k{number}")))
        .collect();
    assert!(
        ids.iter()
            .map(|text| id(text))
            .is_sorted_by(|one, other| one < other)
    );
    ids
}

/// The ids of a stream's next pictures. An event `missed` among them has no id.
fn next_ids(stream: &mut Stream, count: usize) -> Vec<Option<String>> {
    let told = |event: &Event| matches!(&*event.name, "picture" | "missed");
    let mut ids = Vec::new();
    // Heartbeats keep coming, so the bound is a count.
    for _ in 0..10_000 {
        if ids.len() == count {
            return ids;
        }
        let event = stream.block().expect("the stream goes on");
        if told(&event) {
            ids.push(event.id);
        }
    }
    panic!("{count} pictures do not come: {ids:?}");
}

fn known(ids: &[String]) -> Vec<Option<String>> {
    ids.iter().cloned().map(Some).collect()
}

/// `missed`, and then these pictures.
fn missed_and(ids: &[String]) -> Vec<Option<String>> {
    [None].into_iter().chain(known(ids)).collect()
}
