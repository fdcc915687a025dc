//! The handle by which other threads reach a server.

use super::{
    Server,
    context::{Context, Message, News},
    parts::owner::{Owner, Purpose, RouteName},
};
use crate::reactor::Mailbox;
use std::fmt;

/// The purpose of a call that another thread asks for.
pub(super) const PURPOSE: Purpose = Purpose {
    owner: Owner::Gone,
    route: RouteName {
        method: "",
        path: "Handle::run",
    },
};

/// A handle to a server of an application `A`, for any thread: [`Server::handle`] makes the first, and clones are
/// handles to the same server.
///
/// A handle may be used before the server runs: its calls then wait until the server does. After the server's end they
/// do nothing.
pub struct Handle<A: 'static = ()> {
    mailbox: Mailbox<Message<A>>,
}

impl<A> Clone for Handle<A> {
    fn clone(&self) -> Self {
        Self {
            mailbox: self.mailbox.clone(),
        }
    }
}

impl<A> fmt::Debug for Handle<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl<A: 'static> Handle<A> {
    /// Has `call` run on the loop, once, in the order of the calls of this thread. Returns at once. A result is sent
    /// back by a means that `call` brings along, such as a channel (`std::sync::mpsc`). EventMachine calls this
    /// `EM.schedule`.
    ///
    /// `call` must not block, as an action must not. Calls that wait are not bounded in number. If `call` panics,
    /// the server goes on.
    ///
    /// ```
    /// use picture_frame::server::{Router, Server, Settings};
    /// use std::{sync::mpsc, thread};
    ///
    /// let server = Server::new((), Router::new(), &Settings::default())?.keep("news");
    /// let handle = server.handle();
    /// let other = thread::spawn(move || {
    ///     let (tell, told) = mpsc::channel();
    ///     handle.run(|cx| cx.publish("news", "headline", "Frames are back"));
    ///     handle.run(move |cx| tell.send(cx.subscribers("news")).expect("the thread waits"));
    ///     println!("for {} subscribers", told.recv().expect("the loop runs"));
    ///     handle.stop();
    /// });
    /// server.run("127.0.0.1:0".parse()?, |address| println!("listening on http://{address}"))?;
    /// other.join().expect("both calls were made");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(&self, call: impl FnOnce(&mut Context<'_, A>) + Send + 'static) {
        self.mailbox.post(Message(News::Run(Box::new(call))));
    }

    /// Has the server stop, as [SIGTERM does](Server::stop_on_signals): jobs finish, and streams end evenly over the
    /// drain. Returns at once, and does nothing if the server is stopping.
    pub fn stop(&self) {
        self.mailbox.post(Message(News::Stop));
    }
}

impl<A: 'static> Server<A> {
    /// A handle by which other threads reach this server: to have code run on its loop, or to stop it.
    pub fn handle(&self) -> Handle<A> {
        Handle {
            mailbox: self.mailbox.clone(),
        }
    }
}
