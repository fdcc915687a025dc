//! A client of the tour. It does what its step tells it, and reads answers and streams as strictly as the load test does.

use super::{
    fault::Fault,
    transcript::{Speaker, Transcript},
};
use crate::{
    load::wire::{
        response::{Part, Reader},
        sse::{Decoder, Item, Pending},
    },
    reactor::{BlockingStream, Dial},
};
use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};

/// The longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(30);
/// The characters of sent or received bytes that are shown.
const SHOWN: usize = 84;

/// A client, with its connection.
pub(super) struct Client {
    pub(super) name: char,
    stream: BlockingStream,
    reader: Reader,
    decoder: Decoder,
    events: VecDeque<Event>,
    /// True if the transcript does not have what the client does.
    pub(super) is_quiet: bool,
    /// True once the answer is whole.
    is_whole: bool,
    status: u16,
    transcript: Arc<Transcript>,
}

/// An event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) id: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The bytes as they came.
    pub(super) bytes: Vec<u8>,
}

impl Client {
    /// Begins a connection whose kernel keeps about `receive_buffer` bytes of unread input.
    pub(super) fn dial(
        name: char,
        to: SocketAddr,
        receive_buffer: Option<usize>,
        transcript: Arc<Transcript>,
    ) -> Result<Self, Fault> {
        let dial = Dial {
            to,
            from: None,
            receive_buffer,
        };
        transcript.push(
            Speaker::Client(name),
            format!("connects to port {}", to.port()),
        );
        let stream = BlockingStream::dial(&dial).map_err(Fault::in_part("connecting"))?;
        Ok(Self {
            name,
            stream,
            reader: Reader::default(),
            decoder: Decoder::default(),
            events: VecDeque::new(),
            is_quiet: false,
            is_whole: false,
            status: 0,
            transcript,
        })
    }

    /// Adds a line to the transcript.
    pub(super) fn say(&self, text: impl Into<String>) {
        if !self.is_quiet {
            self.transcript
                .push(Speaker::Client(self.name), text.into());
        }
    }

    /// Sends bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.say(format!("> {}", shown(bytes)));
        let sent = self.stream.write(bytes, PATIENCE);
        sent.map_err(Fault::in_part("sending"))
    }

    /// Reads a whole answer. More bytes that have come with it belong to the next answers, which are read as well: `count`
    /// in all.
    pub(super) fn answers(&mut self, count: usize) -> Result<Vec<Answer>, Fault> {
        let mut answers = Vec::new();
        let mut bytes = Vec::new();
        while answers.len() < count {
            for byte in self.receive()? {
                bytes.push(byte);
                self.take(&[byte])?;
                if std::mem::take(&mut self.is_whole) {
                    self.reader = Reader::default();
                    answers.push(Answer {
                        status: self.status,
                        bytes: std::mem::take(&mut bytes),
                    });
                }
            }
        }
        Ok(answers)
    }

    /// Reads the stream until `count` events of this name have come. Returns these events and the number of bytes.
    pub(super) fn events(
        &mut self,
        name: &str,
        count: usize,
    ) -> Result<(Vec<Event>, Vec<u8>), Fault> {
        let (mut found, mut bytes) = (Vec::new(), Vec::new());
        loop {
            while let Some(event) = self.events.pop_front() {
                if event.name == name {
                    found.push(event);
                }
                if found.len() == count {
                    return Ok((found, bytes));
                }
            }
            if self.is_whole {
                return Err(Fault::of(format!("the stream ended before its {name}")));
            }
            let received = self.receive()?;
            self.take(&received)?;
            bytes.extend(received);
        }
    }

    /// Reads the stream to its end, by the last chunk. Returns the last bytes.
    pub(super) fn end_of_stream(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while !self.is_whole {
            bytes = self.receive()?;
            self.take(&bytes)?;
        }
        Ok(bytes)
    }

    /// Has the kernel drop all that comes for the connection, as if its cable were unplugged.
    pub(super) fn unplug(&self) -> Result<(), Fault> {
        let vanished = self.stream.vanish();
        vanished.map_err(Fault::in_part("this system cannot drop a socket's input"))
    }

    /// Closes the connection.
    pub(super) fn leave(self) {
        self.say("closes its connection");
    }

    fn receive(&mut self) -> Result<Vec<u8>, Fault> {
        let mut buffer = vec![0; 16 * 1024];
        let read = self.stream.read(&mut buffer, PATIENCE);
        match read.map_err(Fault::in_part("receiving"))? {
            0 => Err(Fault::of("the connection has ended")),
            count => {
                buffer.truncate(count);
                Ok(buffer)
            }
        }
    }

    /// Takes bytes of the answer apart.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let Self {
            reader,
            decoder,
            events,
            is_whole,
            status,
            ..
        } = self;
        let mut fault = None;
        let read = reader.read(bytes, &mut |part| match part {
            Part::Head(head) => *status = head.status,
            Part::End => *is_whole = true,
            Part::Body(body) => {
                let mut tell = |item: Item<'_>| events.extend(event(item));
                let fed = decoder.feed(body, &mut Pending::default(), &mut tell);
                fault = fault.take().or(fed.err());
            }
        });
        read.map_err(|fault| Fault::of(fault.to_string()))?;
        match fault {
            None => Ok(()),
            Some(_) => Err(Fault::of("an event is too long")),
        }
    }
}

fn event(item: Item<'_>) -> Option<Event> {
    let Item::Block(block) = item else {
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Event {
        name: text(block.name),
        id: text(block.id.unwrap_or_default()),
    })
}

/// Bytes as a line shows them: control characters are escaped, and a long text is cut.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = escaped(bytes);
    match text.len() {
        ..=SHOWN => text,
        _ => format!("{}… ({} bytes)", &text[..SHOWN], bytes.len()),
    }
}

impl Answer {
    /// The first line, and the beginning of the body.
    pub(super) fn shown(&self) -> String {
        let text = escaped(&self.bytes);
        let (head, body) = text.split_once(r"\r\n\r\n").unwrap_or((&text, ""));
        let line = head.split(r"\r\n").next().unwrap_or_default();
        let body = &body[..body.len().min(SHOWN / 2)];
        format!(r"{line}\r\n…\r\n\r\n{body}… ({} bytes)", self.bytes.len())
    }

    /// The id of the picture that a publish is answered with.
    pub(super) fn id(&self) -> Option<String> {
        let begin = self.bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let picture: serde_json::Value = serde_json::from_slice(&self.bytes[begin + 4..]).ok()?;
        Some(picture["id"].as_str()?.to_owned())
    }
}

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\\"", "\"")
}
