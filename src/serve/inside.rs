//! The server as a part of a process that does more: its loop has a thread, and signals are the process's own.

use super::{
    Capacity, ServeError, application, listeners::Listeners, open_files, settings, source,
};
use crate::{
    config::Config,
    frame::{PICTURES, PictureFrame},
    reactor::Address,
    server::{Server, Successor},
    source::Source,
};
use std::sync::Arc;

/// Serves until `successor` has taken over, or a system call fails. Calls `ready` once with the addresses of the
/// listeners, the operator's last. `source_of` may put another source in front of that of `config`. The pictures are kept in
/// memory.
///
/// # Errors
///
/// [`ServeError`], when the server cannot start, or when a system call fails later.
pub(crate) fn serve_inside(
    config: &Config,
    successor: Successor,
    source_of: impl FnOnce(Arc<dyn Source>) -> Arc<dyn Source>,
    ready: impl FnOnce(Vec<Address>),
) -> Result<(), ServeError> {
    let mut made = source(&config.source, None).map_err(ServeError::Setup)?;
    made.source = source_of(made.source);
    let listeners = Listeners::new(config)?;
    let limits = Capacity::new(config, &listeners, open_files());
    let app = application(config, &listeners, &made);
    let router = PictureFrame::router(listeners.has_operators());
    let server = Server::new(app, router, &settings(config, &limits))?
        .operated_by(PictureFrame::operators(false))
        .succeeded_by(successor, PictureFrame::carry, PictureFrame::continue_from)
        .keep(PICTURES);
    let opened = listeners.open(config.write_timeout)?;
    let addresses = opened.lines.into_iter().map(|line| line.address).collect();
    server.serve(opened.listeners, || ready(addresses))?;
    Ok(())
}
