//! A body that comes bit by bit: a word each second, five times, and a farewell.
//!
//! ```text
//! $ cargo run --example ping &
//! $ curl -N localhost:4000
//! ping
//!
//! ping
//! ⋮
//! ok, bye!
//!
//! ```
//!
//! One thread answers any number of clients at once. A client that leaves early takes its timer with it.

use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{error::Error, time::Duration};

/// The application's state, which is empty.
struct Ping;

fn main() -> Result<(), Box<dyn Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));
    let address = std::env::args()
        .nth(1)
        .unwrap_or("127.0.0.1:4000".to_owned());
    let server =
        Server::new(Ping, Router::new().get("/", ping), &Settings::default())?.stop_on_signals()?;
    server.run(address.parse()?, |address| {
        println!("listening on http://{address}");
    })?;
    Ok(())
}

fn ping(_: &mut Context<'_, Ping>, _: &Request<'_>) -> Reply<Ping> {
    let head = Response::new(200).header("Content-Type", "text/plain");
    Reply::stream(head, |cx| {
        let mut count = 0;
        cx.every(Duration::from_secs(1), move |cx| {
            cx.write("ping\n\n");
            count += 1;
            if count == 5 {
                cx.write("ok, bye!\n\n");
                cx.finish();
            }
        });
    })
}
