//! The promise of `Last-Event-ID`: a client that drops and comes back at any time sees every picture once and in order.

use crate::support::{
    client::{Client, Event, Stream},
    server::Server,
    setups::{id, publish_on},
};
use fastrand::Rng;
use std::{net::SocketAddr, thread};

const CLIENTS: u64 = 20;
const PUBLISHERS: usize = 2;
const PICTURES: usize = 400;

/// A client that drops at random instants, with the pictures that it has seen, up to a picture of the keyword `last`.
struct Visitor {
    address: SocketAddr,
    place: String,
    seen: Vec<String>,
    done: bool,
    random: Rng,
}

impl Visitor {
    fn visit(mut self) -> Vec<String> {
        while !self.done {
            match self.random.u8(..8) {
                0 => self.leave_before_the_answer(),
                1 => self.leave_within_an_event(),
                _ => self.read_some(),
            }
        }
        self.seen
    }

    fn request(&mut self) -> String {
        let place = &self.place;
        match self.random.bool() {
            true => format!("GET /subscribe HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {place}\r\n\r\n"),
            false => format!("GET /subscribe?lastEventId={place} HTTP/1.1\r\nHost: a\r\n\r\n"),
        }
    }

    fn ask(&mut self) -> Client {
        let mut client = Client::connect(self.address);
        let request = self.request();
        client.send(request);
        client
    }

    fn leave(&mut self, client: Client) {
        if self.random.bool() {
            client.reset();
        }
    }

    fn leave_before_the_answer(&mut self) {
        let client = self.ask();
        self.leave(client);
    }

    /// Leaves with an event half read: the server has to send that event again.
    fn leave_within_an_event(&mut self) {
        let mut client = self.ask();
        client.head();
        let lines = self.random.usize(..8);
        client.raw_lines().take(lines).for_each(drop);
        self.leave(client);
    }

    fn read_some(&mut self) {
        let client = self.ask();
        let mut stream = Stream::answered(client);
        for _ in 0..self.random.usize(..12) {
            let event = stream.block().expect("nothing ends the stream");
            self.take(event);
            if self.done {
                return;
            }
        }
        self.leave(stream.client);
    }

    fn take(&mut self, event: Event) {
        assert_ne!(event.name, "missed");
        let Some(id) = event.id else { return };
        self.place.clone_from(&id);
        if event.name == "picture" {
            self.seen.push(id);
            self.done = event.data.contains("\"keyword\":\"last\"");
        }
    }
}

/// Publishes at random intervals of a few turns of the loop, so that drops and pictures mix. Returns the ids.
fn publish(address: SocketAddr, count: usize) -> Vec<String> {
    let mut client = Client::connect(address);
    (0..count)
        .map(|number| {
            for _ in 0..fastrand::u8(..4) {
                assert_eq!(
                    client
                        .ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                        .status,
                    200
                );
            }
            publish_on(&mut client, &format!("k{number}"))
        })
        .collect()
}

#[test]
fn clients_that_drop_and_reconnect_at_random_see_exactly_what_was_published_in_order() {
    let server = Server::start(&["--history", "1024", "--heartbeat", "0.05"]);
    let address = server.address;
    let place = Stream::open(address).block().unwrap().id.unwrap();
    let seed = fastrand::u64(..);
    thread::scope(|scope| {
        let visitors: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let visitor = Visitor {
                    address,
                    place: place.clone(),
                    seen: Vec::new(),
                    done: false,
                    random: Rng::with_seed(seed.wrapping_add(number)),
                };
                scope.spawn(|| visitor.visit())
            })
            .collect();
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|_| scope.spawn(move || publish(address, PICTURES / PUBLISHERS)))
            .collect();
        let published = publishers.into_iter().map(|each| each.join().unwrap());
        let mut published: Vec<String> = published.flatten().collect();
        published.push(publish_on(&mut Client::connect(address), "last"));
        published.sort_by_key(|text| id(text));
        for visitor in visitors {
            assert_eq!(visitor.join().unwrap(), published, "seed {seed}");
        }
    });
}
