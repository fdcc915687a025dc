//! The parts of the server, each by itself and without sockets: the processor time of a request, an event, a deadline and
//! a delivery.

#![forbid(unsafe_code)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use picture_frame::{
    channel::{Channel, Cursor, Framing},
    event::{Id, encode},
    http::{Input, Response, Step, Wire},
    timer_wheel::{Tick, TimerWheel},
};
use std::hint::black_box;

/// A request as a browser sends it.
const REQUEST: &[u8] = b"GET /subscribe HTTP/1.1\r\nHost: picture-frame.example\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: text/event-stream\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n\
    Referer: http://picture-frame.example/\r\nDNT: 1\r\nConnection: keep-alive\r\nSec-Fetch-Dest: empty\r\n\
    Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n";
const PICTURE: &str = "{\"url\":\"https://live.staticflickr.com/48/177506457_6da382ee6d_z.jpg\",\
    \"keyword\":\"sushi\",\"title\":\"Vessels and fruit\",\"owner\":\"picture-frame gallery\"}";
const CROWD: usize = 1000;

fn request(c: &mut Criterion) {
    c.bench_function("parse a request", |b| {
        let mut input = Input::new();
        b.iter(|| {
            input.push(black_box(REQUEST));
            assert_eq!(input.step(), Step::Ready);
            black_box(input.request());
            input.next();
        });
    });
}

fn response(c: &mut Criterion) {
    let wire = Wire {
        minor: 1,
        head: false,
        keep_alive: true,
        date: "Sat, 21 Nov 2026 10:00:00 GMT",
    };
    c.bench_function("make and encode an answer", |b| {
        b.iter(|| {
            let response = Response::text(200, "ok").header("Cache-Control", "no-store");
            response.encode(black_box(&wire))
        });
    });
}

fn event(c: &mut Criterion) {
    c.bench_function("encode an event", |b| {
        let mut bytes = Vec::new();
        b.iter(|| {
            bytes.clear();
            encode(
                &mut bytes,
                Some(Id::at(1_795_255_721_561)),
                "picture",
                black_box(PICTURE),
            );
        });
    });
}

/// A tick passes: the deadlines that were set for it come up, and each is set anew.
fn wheel(c: &mut Criterion) {
    let mut group = c.benchmark_group("a turn of the wheel");
    group.throughput(Throughput::Elements(CROWD as u64));
    group.bench_function(format!("with {CROWD} deadlines"), |b| {
        let mut now = Tick::default();
        let mut wheel = TimerWheel::new(now);
        for entry in 0..CROWD {
            wheel.set(now.later(Tick::LENGTH), entry);
        }
        b.iter(|| {
            now = now.later(Tick::LENGTH);
            while let Some((at, entry)) = wheel.pop(now) {
                wheel.set(at.later(Tick::LENGTH), black_box(entry));
            }
        });
    });
}

/// Every cursor gets an event, by a socket that takes all of it.
fn pump(c: &mut Criterion) {
    let mut channel = Channel::new(256, Id::at(0));
    let before = channel.latest(Framing::Chunked);
    let id = Id::at(1_795_255_721_561);
    channel.push(id, "picture", PICTURE).expect("ids grow");
    let mut group = c.benchmark_group("pump an event");
    group.throughput(Throughput::Elements(CROWD as u64));
    group.bench_function(format!("to {CROWD} cursors"), |b| {
        let deliver = |mut cursors: Vec<Cursor>| {
            for cursor in &mut cursors {
                let pumped = channel.pump(cursor, |bytes| black_box(bytes).len());
                assert!(pumped.is_ok());
            }
            cursors
        };
        b.iter_batched(|| vec![before; CROWD], deliver, BatchSize::SmallInput);
    });
}

criterion_group!(parts, request, response, event, wheel, pump);
criterion_main!(parts);
