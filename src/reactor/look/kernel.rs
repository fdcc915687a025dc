//! The bytes that the kernel holds of connections for their peers, as Linux tells them (sock_diag(7)). A question is a
//! message of fixed length that names a connection by its two addresses, and so is the answer.

use super::super::system;
use mio::net::TcpStream;
use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr},
};

/// The bytes of a question: the header of netlink(7), and `inet_diag_req_v2` of sock_diag(7).
const QUESTION: usize = 72;
/// The kind of questions and answers: `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// The flag of a question: `NLM_F_REQUEST`.
const REQUEST: u16 = 1;
/// The places of an answer's fields: its kind, the number of its question, and `idiag_wqueue`.
const KIND: usize = 4;
const NUMBER: usize = 8;
const WRITE_QUEUE: usize = 76;

/// For each connection the bytes that its socket took and the peer has not acknowledged. None for a unix socket, and
/// where the system does not tell.
pub(super) fn unacknowledged(all: &[&TcpStream]) -> Vec<Option<u64>> {
    let mut told = vec![None; all.len()];
    let mut questions = Vec::with_capacity(all.len() * QUESTION);
    for (number, stream) in all.iter().enumerate() {
        if let (Ok(own), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) {
            ask(&mut questions, number as u32, own, peer);
        }
    }
    let Ok(mut kernel) = system::diagnosis() else {
        return told;
    };
    if questions.is_empty() || kernel.write_all(&questions).is_err() {
        return told;
    }
    let mut answer = [0; 512];
    while let Ok(length) = kernel.read(&mut answer) {
        if let Some((number, bytes)) = read(&answer[..length]) {
            told.get_mut(number)
                .into_iter()
                .for_each(|place| *place = Some(bytes));
        }
    }
    told
}

/// Appends a question, in the byte order of this machine but for the addresses.
fn ask(questions: &mut Vec<u8>, number: u32, own: SocketAddr, peer: SocketAddr) {
    let family = if own.is_ipv4() {
        libc::AF_INET
    } else {
        libc::AF_INET6
    };
    questions.extend((QUESTION as u32).to_ne_bytes());
    questions.extend(BY_FAMILY.to_ne_bytes());
    questions.extend(REQUEST.to_ne_bytes());
    questions.extend(number.to_ne_bytes());
    questions.extend([0; 4]);
    questions.extend([family as u8, libc::IPPROTO_TCP as u8, 0, 0]);
    // Connections in any state.
    questions.extend([u8::MAX; 4]);
    questions.extend(own.port().to_be_bytes());
    questions.extend(peer.port().to_be_bytes());
    questions.extend(sixteen(own.ip()));
    questions.extend(sixteen(peer.ip()));
    // Any interface, and any cookie.
    questions.extend([0; 4]);
    questions.extend([u8::MAX; 8]);
}

/// An address in 16 bytes. An IPv4 address has the first four.
fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&address.octets());
            bytes
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// The number of an answer's question, and the bytes that the answer tells. None for an error: a connection that is gone.
fn read(answer: &[u8]) -> Option<(usize, u64)> {
    let kind = answer.get(KIND..)?.first_chunk().copied();
    if kind.map(u16::from_ne_bytes) != Some(BY_FAMILY) {
        return None;
    }
    let word = |at: usize| {
        let bytes = answer.get(at..)?.first_chunk().copied();
        bytes.map(u32::from_ne_bytes)
    };
    Some((word(NUMBER)? as usize, u64::from(word(WRITE_QUEUE)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_length_that_it_tells() {
        for address in ["127.0.0.1:1", "[::1]:1"] {
            let (mut questions, address) = (Vec::new(), address.parse().unwrap());
            ask(&mut questions, 7, address, address);
            assert_eq!(questions.len(), QUESTION);
            assert_eq!(read(&questions), None, "a question has no write queue");
        }
        assert_eq!(read(&[]), None);
    }
}
