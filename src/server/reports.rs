//! The reports of journals: events that go into a ring, and the answers that publishers wait for.

use super::{
    Server,
    context::{Message, News, Sockets as _},
    parts::{
        alarm::{Alarm, JOURNAL},
        owner::ChannelKey,
    },
};
use crate::{
    journal::Report,
    reactor::{Io, Mailbox},
};

impl<A: 'static> Server<A> {
    /// Starts the journals. Their reports come as messages.
    pub(super) fn start_journals(&mut self, mailbox: &Mailbox<Message<A>>) {
        self.parts.channels.start_journals(|channel| {
            let mailbox = mailbox.clone();
            Box::new(move |report| mailbox.post(Message(News::Journal(channel, report))))
        });
    }

    /// Acts on a report of a channel's journal.
    pub(super) fn report(&mut self, io: &mut Io<Self>, channel: ChannelKey, report: Report) {
        let channels = &mut self.parts.channels;
        let late = match report {
            Report::Event(entry) => return channels.reported(channel, entry),
            Report::Appended { token, id } => channels.appended(token, id),
            Report::Failed { token } => channels.failed(token),
            Report::Up { events } => return self.parts.keeping.begins(events),
            Report::Down => return self.parts.keeping.ends(),
            Report::Committed { took, events } => {
                return self.parts.keeping.committed(took, events);
            }
            Report::Begin(kept) => return channels.begin(channel, kept),
            Report::Gap => return channels.gap(channel),
            Report::Batch(number) => return channels.batch(channel, number),
            Report::Others(subscribers) => return channels.note_others(channel, subscribers),
            Report::Link(news) => return self.parts.sharing.note(news),
        };
        if let Some(late) = late {
            self.finish(io, late.purpose, |cx| (late.then)(cx, late.outcome));
        }
    }

    /// Answers 503 to the publishers that have waited too long for a journal.
    pub(super) fn give_up_publishes(&mut self, io: &mut Io<Self>) {
        while let Some(late) = self.parts.channels.overdue(io.now()) {
            self.finish(io, late.purpose, |cx| (late.then)(cx, late.outcome));
        }
        if let Some(at) = self.parts.channels.next_overdue() {
            io.set_alarm(Alarm { id: JOURNAL, at });
        }
    }
}
