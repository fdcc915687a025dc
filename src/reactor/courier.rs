//! A courier between two processes: frames over a pair of unix sockets, and descriptors beside them (unix(7),
//! `SCM_RIGHTS`).
//!
//! The kernel gives the receiver descriptors of its own for the same open sockets. The descriptors come with the first
//! byte that they were sent with. A receiver without room for them gets fewer.

use super::system;
use crate::handover::{Frame, Malformed};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::{
    collections::VecDeque,
    fmt,
    io::{self, ErrorKind, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

/// The most descriptors of a frame (unix(7), `SCM_MAX_FD`).
pub(crate) const BATCH: usize = 253;
/// Bytes that are read at once.
const READ: usize = 64 * 1024;

/// An end of the way between two processes. Its calls block.
#[derive(Debug)]
pub(crate) struct Courier {
    stream: UnixStream,
    /// Bytes of frames that are not whole.
    bytes: Vec<u8>,
    /// The descriptors that have come, for frames to come.
    descriptors: VecDeque<OwnedFd>,
}

/// The reason why no frame comes.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The other process has ended, or has closed its end.
    Ended,
    /// The time is over.
    Late,
    /// The other process sent something else.
    Malformed(Malformed),
    /// The system gave fewer descriptors than were sent.
    FewDescriptors,
    /// The system refused a call.
    System(io::Error),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("it ended"),
            Self::Late => f.write_str("it gave no answer in time"),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::FewDescriptors => f.write_str("its open-file limit is too low"),
            Self::System(error) => write!(f, "the system refused: {error}"),
        }
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Late,
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Self::Ended,
            _ => Self::System(error),
        }
    }
}

impl Courier {
    /// An end of a way.
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            bytes: Vec::new(),
            descriptors: VecDeque::new(),
        }
    }

    /// Another courier at this end. Only one of the two may receive.
    ///
    /// # Errors
    ///
    /// When the system refuses a descriptor.
    pub(crate) fn second(&self) -> io::Result<Self> {
        Ok(Self::new(self.stream.try_clone()?))
    }

    /// Ends the way in both directions, also for a [second](Courier::second). Frames that were sent still arrive.
    pub(crate) fn end(&self) {
        // A way that the peer has ended cannot be ended again.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    /// Sends a frame and descriptors, until the time `until` at the latest.
    ///
    /// # Errors
    ///
    /// [`Lost`] if the frame was not sent as a whole.
    pub(crate) fn send(
        &self,
        frame: &Frame,
        descriptors: &[BorrowedFd<'_>],
        until: Instant,
    ) -> Result<(), Lost> {
        debug_assert_eq!(frame.descriptors(), descriptors.len());
        let bytes = frame.encode();
        let mut sent = 0;
        while sent < bytes.len() {
            let descriptors = if sent == 0 { descriptors } else { &[] };
            self.stream.set_write_timeout(Some(left(until)?))?;
            match self.offer(&bytes[sent..], descriptors) {
                Ok(taken) => sent += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn offer(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(ErrorKind::InvalidInput.into());
        }
        let parts = [IoSlice::new(bytes)];
        // A program in Rust ignores SIGPIPE.
        let sent = sendmsg(&self.stream, &parts, &mut beside, SendFlags::empty());
        Ok(sent?)
    }

    /// The next frame and its descriptors. Waits for it until the time `until`, or without one for ever.
    ///
    /// # Errors
    ///
    /// [`Lost`] if no frame comes.
    pub(crate) fn receive(
        &mut self,
        until: Option<Instant>,
    ) -> Result<(Frame, Vec<OwnedFd>), Lost> {
        loop {
            if let Some(frame) = Frame::take(&mut self.bytes).map_err(Lost::Malformed)? {
                let count = frame.descriptors();
                if self.descriptors.len() < count {
                    return Err(Lost::FewDescriptors);
                }
                return Ok((frame, self.descriptors.drain(..count).collect()));
            }
            let patience = until.map(left).transpose()?;
            self.stream.set_read_timeout(patience)?;
            match self.read() {
                Ok(0) => return Err(Lost::Ended),
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
        }
    }

    /// Reads bytes, and the descriptors that come with them.
    fn read(&mut self) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let begin = self.bytes.len();
        self.bytes.resize(begin + READ, 0);
        let mut slices = [IoSliceMut::new(&mut self.bytes[begin..])];
        let read = recvmsg(
            &self.stream,
            &mut slices,
            &mut beside,
            system::receive_flags(),
        );
        let read = read.map_or_else(|error| Err(error.into()), |message| Ok(message.bytes));
        self.bytes.truncate(begin + read.as_ref().unwrap_or(&0));
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        read
    }
}

/// The time that is left until `until`.
fn left(until: Instant) -> Result<Duration, Lost> {
    match until.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(Lost::Late),
        left => Ok(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handover::{CarriedConnection, CarriedState};
    use std::{fs::File, io::Read, os::fd::AsFd, thread};

    fn couriers() -> (Courier, Courier) {
        let (one, other) = UnixStream::pair().unwrap();
        (Courier::new(one), Courier::new(other))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    fn connections(count: usize) -> Frame {
        let idle = CarriedConnection {
            deadline: 0,
            is_operators: false,
            is_beyond: false,
            state: CarriedState::Idle,
        };
        Frame::Connections(vec![idle; count])
    }

    #[test]
    fn frames_bring_their_own_descriptors() {
        let (near, mut far) = couriers();
        let files: Vec<_> = (0..BATCH).map(|_| tempfile::tempfile().unwrap()).collect();
        let all: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        near.send(&connections(BATCH), &all, soon()).unwrap();
        near.send(&Frame::Yours, &[], soon()).unwrap();
        let text = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        near.send(&connections(1), &[text.as_fd()], soon()).unwrap();
        let (frame, got) = far.receive(None).unwrap();
        assert_eq!((frame, got.len()), (connections(BATCH), BATCH));
        assert_eq!(far.receive(None).unwrap().0, Frame::Yours);
        let (_, mut got) = far.receive(None).unwrap();
        let mut read = String::new();
        File::from(got.remove(0)).read_to_string(&mut read).unwrap();
        assert!(read.starts_with("[package]"));
    }

    #[test]
    fn a_frame_larger_than_the_kernels_buffer_arrives_whole() {
        let (near, mut far) = couriers();
        let frame = Frame::Failed("x".repeat(5_000_000));
        let sent = frame.clone();
        let sender = thread::spawn(move || near.send(&sent, &[], soon()));
        assert_eq!(far.receive(Some(soon())).unwrap().0, frame);
        assert!(sender.join().unwrap().is_ok());
        assert!(matches!(far.receive(Some(soon())), Err(Lost::Ended)));
    }

    #[test]
    fn a_wait_has_an_end() {
        let (near, mut far) = couriers();
        let late = far.receive(Some(Instant::now() + Duration::from_millis(1)));
        assert!(matches!(late, Err(Lost::Late)), "{late:?}");
        let frame = Frame::Failed("x".repeat(5_000_000));
        let late = near.send(&frame, &[], Instant::now() + Duration::from_millis(1));
        assert!(matches!(late, Err(Lost::Late)), "{late:?}");
    }
}
