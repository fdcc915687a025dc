//! Two kinds of events on one stream, each with a timer of its own, and a page that shows both kinds.
//!
//! ```text
//! $ cargo run --example signups &
//! $ curl -N localhost:4000/events
//! data:hello #42
//!
//! data:hello #7
//!
//! data:hello #93
//!
//! event:signup
//! data:signup event #58
//!
//! ⋮
//! ```
//!
//! The page at <http://localhost:4000/> listens to both.

use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{error::Error, time::Duration};

/// The application's state, which is empty.
struct Signups;

fn main() -> Result<(), Box<dyn Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));
    let address = std::env::args()
        .nth(1)
        .unwrap_or("127.0.0.1:4000".to_owned());
    let router = Router::new().get("/", page).get("/events", events);
    let server = Server::new(Signups, router, &Settings::default())?.stop_on_signals()?;
    server.run(address.parse()?, |address| {
        println!("listening on http://{address}");
    })?;
    Ok(())
}

fn page(_: &mut Context<'_, Signups>, _: &Request<'_>) -> Reply<Signups> {
    Response::html(include_str!("signups.html")).into()
}

fn events(_: &mut Context<'_, Signups>, _: &Request<'_>) -> Reply<Signups> {
    Reply::stream(Response::events(), |cx| {
        cx.every(Duration::from_secs(1), |cx| {
            cx.write(format!("data:hello #{}\n\n", fastrand::u8(..100)));
        });
        cx.every(Duration::from_secs(3), |cx| {
            cx.write(format!(
                "event:signup\ndata:signup event #{}\n\n",
                fastrand::u8(..100)
            ));
        });
    })
}
