//! Crowds of subscribers.

use crate::support::{
    client::{Client, Stream, publish},
    server::Server,
    setups::{await_audience, publish_on},
};

const CROWD: usize = 200;

#[test]
fn two_hundred_subscribers_that_come_at_once_all_get_every_picture() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    publish(server.address, "before");
    let clients: Vec<Client> = (0..CROWD)
        .map(|_| Client::connect(server.address))
        .collect();
    let request = "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n";
    let ask = |mut client: Client| {
        client.send(request);
        client
    };
    let asked: Vec<Client> = clients.into_iter().map(ask).collect();
    let mut streams: Vec<Stream> = asked.into_iter().map(Stream::answered).collect();
    await_audience(&mut streams[0], CROWD);
    for keyword in ["first", "second"] {
        publish(server.address, keyword);
    }
    for stream in &mut streams[1..] {
        for keyword in ["before", "first", "second"] {
            assert_eq!(stream.picture()["keyword"], keyword);
        }
    }
}

#[test]
fn a_crowd_that_comes_back_is_brought_up_to_date_each_from_its_own_place() {
    let server = Server::start(&[]);
    let mut publisher = Client::connect(server.address);
    let ids: Vec<String> = (0..CROWD)
        .map(|count| publish_on(&mut publisher, &count.to_string()))
        .collect();
    let resume = |id: &String| Stream::resume(server.address, id);
    let mut streams: Vec<Stream> = ids.iter().map(resume).collect();
    let last = publish_on(&mut publisher, "last");
    for (place, stream) in streams.iter_mut().enumerate() {
        for id in ids[place + 1..].iter().chain([&last]) {
            assert_eq!(stream.next("picture").id.as_ref(), Some(id), "{place}");
        }
    }
}

#[test]
fn subscribers_that_come_and_go_at_once_leave_nothing_behind() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut stream = Stream::open(server.address);
    for round in 0..3 {
        let guests: Vec<Stream> = (0..CROWD / 2)
            .map(|_| Stream::open(server.address))
            .collect();
        publish(server.address, "sushi");
        if round == 1 {
            guests.into_iter().for_each(|guest| guest.client.reset());
        } else {
            drop(guests);
        }
        stream.next("picture");
        await_audience(&mut stream, 1);
    }
}
