//! Pipes against a server of the same library, with everything that is sent cut into pieces.

use super::*;
use proptest::prelude::*;
use rustls::{
    ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    io::{Read, Write},
    path::PathBuf,
    sync::Arc,
};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/tls", name]
        .iter()
        .collect()
}

fn server() -> ServerConnection {
    let certificate = CertificateDer::from_pem_file(fixture("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    ServerConnection::new(Arc::new(config)).unwrap()
}

fn trust() -> Trust {
    Trust::new(Some(&fixture("certificate.pem")), false).unwrap()
}

fn pipe(url: &str, trust: &Trust) -> Pipe {
    Pipe::new(&Target::resolve(url).unwrap(), trust).unwrap()
}

/// A pipe and its server, joined without a socket. Pieces have the lengths `cuts`, in turn.
struct Pair<'a> {
    pipe: Pipe,
    server: ServerConnection,
    cuts: &'a [usize],
    turn: usize,
    /// The plaintext on either side.
    heard: Vec<u8>,
    told: Vec<u8>,
}

impl<'a> Pair<'a> {
    fn new(pipe: Pipe, cuts: &'a [usize]) -> Self {
        Self {
            pipe,
            server: server(),
            cuts,
            turn: 0,
            heard: Vec::new(),
            told: Vec::new(),
        }
    }

    fn cut(&mut self) -> usize {
        self.turn += 1;
        self.cuts[self.turn % self.cuts.len()]
    }

    /// Passes bytes on in both directions until neither side has any.
    fn settle(&mut self) -> Result<(), Fault> {
        loop {
            let (mut up, mut down) = (Vec::new(), Vec::new());
            while !self.pipe.is_through() || up.is_empty() {
                let (most, before) = (self.cut(), up.len());
                let mut room = most;
                self.pipe.flush(|bytes| {
                    let taken = bytes.len().min(room);
                    up.extend_from_slice(&bytes[..taken]);
                    room -= taken;
                    taken
                });
                if up.len() == before {
                    break;
                }
            }
            let mut rest = &up[..];
            while !rest.is_empty() {
                self.server.read_tls(&mut rest).unwrap();
                let _ = self.server.process_new_packets();
            }
            let _ = self.server.reader().read_to_end(&mut self.heard);
            while self.server.wants_write() {
                self.server.write_tls(&mut down).unwrap();
            }
            if up.is_empty() && down.is_empty() {
                return Ok(());
            }
            self.take(&down)?;
        }
    }

    fn take(&mut self, mut down: &[u8]) -> Result<(), Fault> {
        while !down.is_empty() {
            let (piece, rest) = down.split_at(self.cut().min(down.len()));
            let told = &mut self.told;
            self.pipe.read(piece, &mut |plain| {
                told.extend_from_slice(plain);
                Ok::<_, Fault>(())
            })?;
            down = rest;
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_session_is_the_same_however_its_bytes_are_cut(
        cuts in prop::collection::vec(1..400_usize, 1..12),
        answer in prop::collection::vec("[a-z\n]{1,3000}", 0..8),
    ) {
        let mut pair = Pair::new(pipe("https://localhost/", &trust()), &cuts);
        pair.pipe.write(REQUEST);
        pair.settle().unwrap();
        prop_assert_eq!(&pair.heard, REQUEST);
        prop_assert!(pair.pipe.is_through());
        pair.pipe.write(REQUEST);
        prop_assert!(!pair.pipe.is_through());
        pair.settle().unwrap();
        prop_assert_eq!(&pair.heard, &[REQUEST, REQUEST].concat());
        for part in &answer {
            pair.server.writer().write_all(part.as_bytes()).unwrap();
            pair.settle().unwrap();
        }
        prop_assert_eq!(String::from_utf8(pair.told.clone()).unwrap(), answer.concat());
        prop_assert_eq!(pair.pipe.end(), Err(Fault::Cut("without TLS's close_notify")));
        pair.server.send_close_notify();
        pair.settle().unwrap();
        prop_assert!(pair.pipe.is_ended() && pair.pipe.end().is_ok());
    }

    #[test]
    fn a_plain_pipe_passes_everything_on_however_it_is_cut(
        cuts in prop::collection::vec(0..40_usize, 1..12),
    ) {
        let mut pipe = Pipe::default();
        pipe.write(REQUEST);
        let mut sent = Vec::new();
        for most in cuts.iter().cycle().take(REQUEST.len() * cuts.len()) {
            let mut room = *most;
            pipe.flush(|bytes| {
                let taken = bytes.len().min(room);
                sent.extend_from_slice(&bytes[..taken]);
                room -= taken;
                taken
            });
        }
        if cuts.iter().any(|most| *most > 0) {
            prop_assert_eq!(&sent, REQUEST);
            prop_assert!(pipe.is_through() && pipe.0.is_none());
        }
    }
}

#[test]
fn a_plain_pipe_tells_what_it_gets() {
    let mut pipe = pipe("http://127.0.0.1/", &trust());
    let mut told = Vec::new();
    let tell = &mut |plain: &[u8]| {
        told.extend_from_slice(plain);
        Ok::<_, Fault>(())
    };
    pipe.read(b"hello", tell).unwrap();
    assert!(told == b"hello" && pipe.end().is_ok() && !pipe.is_ended());
}

#[test]
fn a_certificate_that_is_not_trusted_or_for_another_name_is_refused_unless_any_is_taken() {
    let settled = |url, trust: &Trust| Pair::new(pipe(url, trust), &[400]).settle();
    let roots = Trust::new(None, false).unwrap();
    let unknown = Fault::Tls("the certificate's issuer is not trusted: name its file by --ca");
    let misnamed = Fault::Tls("the certificate is for another name");
    for (url, trust, result) in [
        ("https://localhost/", trust(), Ok(())),
        ("https://127.0.0.1/", trust(), Ok(())),
        ("https://[::1]/", trust(), Ok(())),
        ("https://localhost/", roots, Err(unknown)),
        ("https://127.0.0.2/", trust(), Err(misnamed)),
        (
            "https://127.0.0.2/",
            Trust::new(None, true).unwrap(),
            Ok(()),
        ),
    ] {
        assert_eq!(settled(url, &trust), result, "{url}");
    }
}

#[test]
fn an_answer_that_is_not_tls_is_told_as_that() {
    let mut pipe = pipe("https://localhost/", &trust());
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    let read = pipe.read(answer, &mut |_| Ok::<_, Fault>(()));
    let fault = Fault::Tls("the answer is not TLS: does the port speak https?");
    assert_eq!(read, Err(fault));
}

#[test]
fn a_file_without_certificates_is_refused() {
    for (name, word) in [("key.pem", "no certificate"), ("none.pem", "none.pem")] {
        let told = Trust::new(Some(&fixture(name)), false).unwrap_err();
        assert!(told.contains("--ca") && told.contains(word), "{told}");
    }
}
