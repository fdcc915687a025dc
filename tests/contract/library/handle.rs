//! The handle by which other threads have code run on the loop, and stop it.

use crate::support::{
    PATIENCE,
    client::{Client, Stream},
};
use picture_frame::{
    http::Response,
    server::{Context, Handle, Router, Server, Settings},
};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// A server whose state is a number, which `GET /` tells, with a handle to it and the thread that it runs on.
fn start() -> (SocketAddr, Handle<u64>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    let server = move || {
        let router = Router::new()
            .get("/", |cx: &mut Context<'_, u64>, _| {
                Response::text(200, cx.app.to_string()).into()
            })
            .get("/news", |cx, request| cx.subscribe(request, "news", None));
        let mut settings = Settings::default();
        settings.timeouts.drain = std::time::Duration::ZERO;
        let server = Server::new(0, router, &settings).unwrap().keep("news");
        tell.send(server.handle()).unwrap();
        server.run_on(listener).unwrap();
    };
    let thread = thread::spawn(server);
    (address, told.recv_timeout(PATIENCE).unwrap(), thread)
}

#[test]
fn calls_from_other_threads_run_on_the_loop_each_once_and_in_the_order_of_their_thread() {
    let (address, handle, _) = start();
    let callers = [1, 1000].map(|step| {
        let handle = handle.clone();
        thread::spawn(move || (0..100).for_each(|_| handle.run(move |cx| *cx.app += step)))
    });
    for caller in callers {
        caller.join().unwrap();
    }
    let (tell, told) = mpsc::channel();
    for number in 0..50 {
        let tell = tell.clone();
        handle.run(move |cx| tell.send((number, *cx.app)).unwrap());
    }
    let calls: Vec<_> = told.iter().take(50).collect();
    let expected: Vec<_> = (0..50).map(|number| (number, 100_100)).collect();
    assert_eq!(calls, expected);
    let mut client = Client::connect(address);
    assert_eq!(
        client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text(),
        "100100"
    );
}

#[test]
fn calls_that_come_before_the_server_runs_wait_for_it() {
    let server = Server::new(0, Router::new(), &Settings::default()).unwrap();
    let (handle, (tell, told)) = (server.handle(), mpsc::channel());
    handle.run(|cx| *cx.app = 7);
    handle.run(move |cx| tell.send(*cx.app).unwrap());
    handle.stop();
    server
        .run_on(TcpListener::bind("127.0.0.1:0").unwrap())
        .unwrap();
    assert_eq!(told.recv(), Ok(7));
    handle.run(|_| panic!("the loop has ended"));
    handle.stop();
}

#[test]
fn another_thread_publishes_and_a_stop_ends_the_streams_and_the_loop() {
    let (address, handle, thread) = start();
    let mut stream = Stream::open_with(address, "/news", "");
    handle.run(|cx| cx.publish("news", "headline", "one"));
    assert_eq!(stream.next("headline").data, "one");
    handle.stop();
    handle.stop();
    while stream.block().is_some() {}
    thread.join().unwrap();
}

#[test]
fn the_loop_goes_on_after_a_call_that_panics() {
    let (address, handle, _) = start();
    handle.run(|_| panic!("a mistake of a handle"));
    handle.run(|cx| *cx.app = 1);
    let mut client = Client::connect(address);
    assert_eq!(client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text(), "1");
}

#[test]
fn the_library_leaves_signals_alone_unless_it_is_asked() {
    let (address, ..) = start();
    Client::connect(address);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let caught = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:\t"))
        .unwrap();
    let caught = u64::from_str_radix(caught, 16).unwrap();
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGUSR2] {
        assert_eq!(caught & (1 << (signal - 1)), 0, "{signal}");
    }
}
