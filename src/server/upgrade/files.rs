//! The files of journals after a hand-over that has failed: the process that goes on opens them again. Threads do so,
//! since a disk may hang. A file that cannot be opened is tried again each second; publishers are refused meanwhile.

use super::late::Remote;
use crate::{
    journal::{Failure, Journal},
    reactor::Io,
    server::{
        Server,
        context::{Message, News, Sockets as _},
        parts::{
            alarm::{Alarm, FILES},
            owner::ChannelKey,
        },
    },
};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// The time that the loop waits for the files before it goes on.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// A journal whose file is to be opened again, and its channel.
pub(in crate::server) struct Returning(ChannelKey, Stage);

enum Stage {
    /// A thread opens the file.
    Opening(Receiver<Opened>),
    /// The file could not be opened.
    Failed(Box<dyn Journal>),
}

/// A journal, and the outcome of its opening.
type Opened = (Box<dyn Journal>, Result<(), Failure>);

impl<A: 'static> Server<A> {
    /// Opens the files of all journals again.
    pub(super) fn take_files_back(&mut self, io: &mut Io<Self>) {
        let channels = &mut self.parts.channels;
        for (channel, journal) in channels.replace_journals(|_| Box::new(Remote::nowhere())) {
            // The journal of a channel that is in the list already is there.
            if !self.returning.iter().any(|other| other.0 == channel) {
                let stage = open(journal, channels.history());
                self.returning.push(Returning(channel, stage));
            }
        }
        self.start_returned(io, Instant::now() + AT_ONCE);
    }

    /// Starts the journals whose files are open, and tries again to open those that are not.
    pub(in crate::server) fn look_for_files(&mut self, io: &mut Io<Self>) {
        let most = self.parts.channels.history();
        let again = |Returning(channel, stage)| match stage {
            Stage::Failed(journal) => Returning(channel, open(journal, most)),
            opening @ Stage::Opening(_) => Returning(channel, opening),
        };
        self.returning = self.returning.drain(..).map(again).collect();
        self.start_returned(io, Instant::now());
    }

    /// True while a thread opens a file.
    pub(super) fn is_opening_files(&self) -> bool {
        let mut stages = self.returning.iter().map(|Returning(_, stage)| stage);
        stages.any(|stage| matches!(stage, Stage::Opening(_)))
    }

    /// Starts the journals whose files are open by the time `until`.
    fn start_returned(&mut self, io: &mut Io<Self>, until: Instant) {
        for Returning(channel, stage) in std::mem::take(&mut self.returning) {
            if let Some(stage) = self.start_if_open(channel, stage, until) {
                self.returning.push(Returning(channel, stage));
            }
        }
        if !self.returning.is_empty() {
            let at = io.now().after(LOOK);
            io.set_alarm(Alarm { id: FILES, at });
        }
    }

    /// Starts a journal if its file is open. Returns the stage that the journal is in if not.
    fn start_if_open(
        &mut self,
        channel: ChannelKey,
        stage: Stage,
        until: Instant,
    ) -> Option<Stage> {
        let Stage::Opening(opened) = stage else {
            return Some(stage);
        };
        let left = until.saturating_duration_since(Instant::now());
        match opened.recv_timeout(left) {
            Ok((journal, Ok(()))) => {
                let mailbox = self.mailbox.clone();
                let report = move |report| mailbox.post(Message(News::Journal(channel, report)));
                let channels = &mut self.parts.channels;
                channels.start_again(channel, journal, Box::new(report));
                None
            }
            Ok((journal, Err(failure))) => {
                self.tell_lack(&failure);
                Some(Stage::Failed(journal))
            }
            Err(RecvTimeoutError::Timeout) => Some(Stage::Opening(opened)),
            Err(RecvTimeoutError::Disconnected) => {
                log::error!("no thread opens the history again: restart the server");
                None
            }
        }
    }

    /// Tells once that a file cannot be opened.
    fn tell_lack(&mut self, failure: &Failure) {
        if self.parts.keeping.is_up() {
            log::error!("no picture is published until the history can be used again: {failure}");
            self.parts.keeping.ends();
        }
    }
}

/// Has a thread open the file of a journal.
fn open(mut journal: Box<dyn Journal>, most: usize) -> Stage {
    let (tell, told) = channel();
    let work = move || {
        let opened = journal.open(most).map(drop);
        // The receiver is gone once the server has ended.
        let _ = tell.send((journal, opened));
    };
    // If the system refuses a thread, nothing is told.
    let _ = thread::Builder::new().name("files".to_owned()).spawn(work);
    Stage::Opening(told)
}
