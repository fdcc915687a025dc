//! Many channels, each with the quotes and the news of a stock. A channel is opened for its first subscriber, and closed
//! with its last subscriber.
//!
//! ```text
//! $ cargo run --example ticker &
//! $ curl -N localhost:4000/stocks/ACME
//! retry: 2713
//! id: 1795255720754-0
//! event: quotes
//! data: ACME
//!
//! data: {"time":1795255721561,"price":100.42}
//!
//! id: 1795255724120-0
//! event: news
//! data: ACME opens a shop on the moon
//!
//! : nothing to say
//! ⋮
//! ```
//!
//! A quote comes from a job that is sometimes slow, as a real service is. The loop serves the other clients meanwhile.
//! A client that comes back gets the news it missed. The page at <http://localhost:4000/> draws the chart.

use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings, not_found},
};
use std::{
    error::Error,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const NEWS: [&str; 4] = [
    "opens a shop on the moon",
    "has a new captain",
    "buys itself",
    "is out of teapots",
];

/// The application's state, which is empty: the price of a stock lives in the timer of its channel.
struct Ticker;

fn main() -> Result<(), Box<dyn Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));
    let address = std::env::args()
        .nth(1)
        .unwrap_or("127.0.0.1:4000".to_owned());
    let router = Router::new().get("/", page).get("/stocks/{symbol}", stock);
    let mut settings = Settings::default();
    settings.timeouts.heartbeat = Duration::from_secs(2);
    let server = Server::new(Ticker, router, &settings)?.stop_on_signals()?;
    server.run(address.parse()?, |address| {
        println!("listening on http://{address}");
    })?;
    Ok(())
}

fn page(_: &mut Context<'_, Ticker>, _: &Request<'_>) -> Reply<Ticker> {
    Response::html(include_str!("ticker.html")).into()
}

fn stock(cx: &mut Context<'_, Ticker>, request: &Request<'_>) -> Reply<Ticker> {
    let symbol = cx.parameter(request, "symbol").to_owned();
    if !(1..=5).contains(&symbol.len()) || !symbol.bytes().all(|b| b.is_ascii_uppercase()) {
        return not_found().into();
    }
    cx.open(&symbol, |cx| feed(cx, symbol.clone()));
    cx.subscribe(request, &symbol, Some(("quotes", &symbol)))
}

/// Has a quote fetched each second while the channel is open, and publishes news sometimes.
fn feed(cx: &mut Context<'_, Ticker>, symbol: String) {
    let mut price = 100.0;
    cx.every(Duration::from_secs(1), move |cx| {
        price = f64::max(1.0, price + fastrand::f64() - 0.5);
        let (symbol, last) = (symbol.clone(), price);
        // With a full queue this quote is left out. The next quote follows in a second.
        let _ = cx.run(
            move || quote(last),
            move |cx, quote| {
                cx.tell(&symbol, "", &quote);
                if fastrand::u8(..8) == 0 {
                    cx.publish(
                        &symbol,
                        "news",
                        &format!("{symbol} {}", NEWS[fastrand::usize(..NEWS.len())]),
                    );
                }
            },
        );
    });
}

/// A quote of a pretended service on the network, which blocks; every tenth answer takes long.
fn quote(price: f64) -> String {
    let slow = fastrand::u8(..10) == 0;
    thread::sleep(Duration::from_millis(if slow { 1500 } else { 20 }));
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    format!("{{\"time\":{time},\"price\":{price:.2}}}")
}
