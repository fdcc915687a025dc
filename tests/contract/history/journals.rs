//! The library's seam: a journal that does not answer, or refuses, holds up its publishers and no other client.

use super::*;
use crate::support::{
    PATIENCE,
    client::{ask, get},
    setups::assert_problem,
};
use picture_frame::{
    event::Id,
    http::{Request, Response},
    journal::{Appended, Entry, Failure, Full, Journal, Kept, Report, Reporter},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{net::SocketAddr, sync::mpsc, thread, time::Duration};

/// The data of an event that tells the journal of the tests how to answer.
const ANSWERS: [&str; 4] = ["late", "never", "refused", "full"];

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

fn start() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let router = Router::new()
            .post("/news", post)
            .get("/news", |cx, request| cx.subscribe(request, "news", None))
            .get("/", |_, _| Response::text(200, "fine").into());
        let mut settings = Settings::default();
        settings.timeouts.publish = Duration::from_millis(200);
        let server = Server::new((), router, &settings).unwrap();
        let server = server.keep_in("news", Moody::default()).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        server.run(address, |address| tell.send(address).unwrap())
    });
    told.recv_timeout(PATIENCE).unwrap()
}

#[test]
fn a_journal_that_refuses_or_does_not_answer_is_a_503_and_all_else_goes_on() {
    let address = start();
    let mut stream = Stream::open_with(address, "/news", "Last-Event-ID: 2-0\r\n");
    assert_eq!(stream.block().unwrap().id.as_deref(), Some("3-0"));
    let mut waiting = ANSWERS.map(|answer| {
        let mut client = Client::connect(address);
        client.send(format!(
            "POST /news?{answer} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        ));
        client
    });
    assert_eq!(get(address, "/").text(), "fine");
    let late = waiting[0].response();
    assert_eq!(late.status, 200);
    assert_eq!(stream.next("late").id.as_deref(), Some(late.text()));
    for client in &mut waiting[1..] {
        let response = client.response();
        assert_problem(&response, 503);
        assert!(response.header("retry-after").is_some());
    }
    assert_eq!(
        ask(
            address,
            "POST /news?late HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        )
        .status,
        200
    );
}
