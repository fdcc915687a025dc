//! Step 10: a chat on `server`. Each member has a stream of events; a member that leaves is told to the others.
//!
//! ```text
//! A> GET /chat/Ann HTTP/1.0
//! A>
//! A< …
//! A< data: Ann
//! B> GET /chat/Joe HTTP/1.0
//! B>
//! B< …
//! B< data: Joe
//! A< …
//! A< event: joined
//! A< data: Joe
//! C> POST /chat/Joe HTTP/1.0
//! C> Content-Length: 5
//! C>
//! C> Hello
//! A< …
//! A< event: said
//! A< data: Joe: Hello
//! B leaves
//! A< …
//! A< event: left
//! A< data: Joe
//! ```
//!
//! The cost: 70 bytes for an idle client. A line takes 1 turn and 4 system calls, one of which writes to a member.

use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let router = Router::new()
        .get("/chat/{name}", join)
        .post("/chat/{name}", say);
    let server = Server::new((), router, &Settings::default())?
        .keep("chat")
        .stop_on_signals()?;
    server.run(address.parse()?, |address| {
        println!("listening on {address}")
    })?;
    Ok(())
}

fn join(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    let name = cx.parameter(request, "name").to_owned();
    cx.publish("chat", "joined", &name);
    cx.subscribe(request, "chat", None)
        .left(move |cx| cx.publish("chat", "left", &name))
}

fn say(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    let line = String::from_utf8_lossy(request.body);
    let line = format!("{}: {line}", cx.parameter(request, "name"));
    cx.publish("chat", "said", &line);
    Response::new(204).into()
}
