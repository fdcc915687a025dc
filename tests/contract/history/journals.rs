//! The library's seam: a journal that does not answer, or refuses, holds up its publishers and no other client.

use super::*;
use crate::support::{PATIENCE, client::get, setups::assert_problem};
use picture_frame::{
    event::Id,
    http::{Request, Response},
    journal::{Appended, Entry, Failure, Full, Journal, Kept, Report, Reporter},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{net::SocketAddr, sync::mpsc, thread, time::Duration};

/// The data of an event that tells the journal of the tests how to answer.
const ANSWERS: [&str; 4] = ["never", "late", "refused", "full"];

/// A journal that answers as each event says, from a thread of its own.
#[derive(Default)]
struct Moody {
    appended: Option<mpsc::Sender<(u64, String)>>,
}

impl Journal for Moody {
    fn open(&mut self, _: usize) -> Result<Kept, Failure> {
        let entry = |millis| Entry {
            id: Id::at(millis),
            name: "kept".to_owned(),
            data: "x".to_owned(),
        };
        Ok(Kept {
            after: Id::at(1),
            events: vec![entry(2), entry(3)],
            until: Id::at(10),
        })
    }

    fn start(&mut self, report: Reporter) {
        let (appended, events) = mpsc::channel();
        self.appended = Some(appended);
        thread::spawn(move || {
            for (millis, (token, data)) in (11..).zip(events) {
                if data == "refused" {
                    report(Report::Failed { token });
                }
                if data == "late" {
                    let id = Id::at(millis);
                    let name = "late".to_owned();
                    report(Report::Event(Entry { id, name, data }));
                    report(Report::Appended { token, id });
                }
            }
        });
    }

    fn append(&mut self, token: u64, _: &str, data: &str) -> Result<Appended, Full> {
        if data == "full" {
            return Err(Full);
        }
        self.appended
            .as_ref()
            .unwrap()
            .send((token, data.to_owned()))
            .unwrap();
        Ok(Appended::Later)
    }
}

fn post(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    let data = request.query.unwrap_or_default();
    cx.publish_then("news", "news", data, |_, id| {
        Response::text(200, format!("{}", id.unwrap())).into()
    })
}

/// Starts a server whose publishers wait for the journal for so long.
fn start(patience: Duration) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let router = Router::new()
            .post("/news", post)
            .get("/news", |cx, request| cx.subscribe(request, "news", None))
            .get("/", |_, _| Response::text(200, "fine").into());
        let mut settings = Settings::default();
        settings.timeouts.publish = patience;
        let server = Server::new((), router, &settings).unwrap();
        let server = server.keep_in("news", Moody::default()).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        server.run(address, |address| tell.send(address).unwrap())
    });
    told.recv_timeout(PATIENCE).unwrap()
}

#[test]
fn a_journal_that_refuses_or_does_not_answer_is_a_503_and_all_else_goes_on() {
    let address = start(Duration::from_secs(600));
    let mut stream = Stream::open_with(address, "/news", "Last-Event-ID: 2-0\r\n");
    assert_eq!(stream.block().unwrap().id.as_deref(), Some("3-0"));
    let [_never, mut late, mut refused, mut full] =
        ANSWERS.map(|answer| publisher(address, answer));
    assert_eq!(get(address, "/").text(), "fine");
    let answered = late.response();
    assert_eq!(answered.status, 200);
    assert_eq!(stream.next("late").id.as_deref(), Some(answered.text()));
    assert_unavailable(&mut refused);
    assert_unavailable(&mut full);
    assert_eq!(publisher(address, "late").response().status, 200);
    let hasty = start(Duration::from_millis(200));
    assert_unavailable(&mut publisher(hasty, "never"));
}

/// A client that publishes what the journal answers in this way.
fn publisher(address: SocketAddr, answer: &str) -> Client {
    let mut client = Client::connect(address);
    client.send(format!(
        "POST /news?{answer} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    ));
    client
}

#[track_caller]
fn assert_unavailable(client: &mut Client) {
    let response = client.response();
    assert_problem(&response, 503);
    assert!(response.header("retry-after").is_some());
}
