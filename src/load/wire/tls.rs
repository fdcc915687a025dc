//! TLS (RFC 8446): the certificates that are trusted, and the session of a connection. Pure: bytes of the socket in,
//! plaintext out, and back. Each session is a full handshake, as those of different browsers are: none is resumed.

use super::response::Fault;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, RootCertStore,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use std::{
    io::{BufRead, Write},
    path::Path,
    sync::Arc,
};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The protocol that is offered (RFC 7301): HTTP/2 is not spoken.
const HTTP_1_1: &[u8] = b"http/1.1";

/// The certificates that are trusted.
#[derive(Clone, Debug)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts the certificates in the file `ca` alone, or without it the roots of Mozilla's list; any certificate if
    /// `is_insecure`.
    pub(crate) fn new(ca: Option<&Path>, is_insecure: bool) -> Result<Self, String> {
        let roots = match ca {
            Some(file) => roots(file)?,
            None => RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            },
        };
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS: {error}"))?;
        let mut config = match is_insecure {
            true => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
            false => builder.with_root_certificates(roots),
        }
        .with_no_client_auth();
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    /// The session of a new connection to the server of this name.
    pub(super) fn session(&self, name: &ServerName<'static>) -> Result<Session, Fault> {
        let connection = ClientConnection::new(Arc::clone(&self.0), name.clone());
        let mut connection = connection.map_err(|error| fault(&error))?;
        // A request is taken whole, and waits in the session until the handshake is over.
        connection.set_buffer_limit(None);
        Ok(Session {
            connection,
            is_ended: false,
        })
    }
}

/// The same trust for the client of the probe.
pub(crate) fn of_ureq(ca: Option<&Path>, is_insecure: bool) -> Result<TlsConfig, String> {
    let mut roots = RootCerts::WebPki;
    if let Some(file) = ca {
        let found = certificates(file)?;
        let found = found.iter().map(|found| Certificate::from_der(found));
        roots = RootCerts::Specific(Arc::new(found.map(|found| found.to_owned()).collect()));
    }
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .disable_verification(is_insecure)
        .build())
}

/// The certificates of a file.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |why: &str| format!("--ca {}: {why}", file.display());
    let found =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => Err(wrong("no certificate in PEM")),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        let added = roots.add(certificate);
        added.map_err(|error| format!("--ca {}: {error}", file.display()))?;
    }
    Ok(roots)
}

/// The session of a connection.
#[derive(Debug)]
pub(super) struct Session {
    connection: ClientConnection,
    /// The server has told that it sends no more (`close_notify`).
    pub(super) is_ended: bool,
}

impl Session {
    /// Takes bytes of the socket, and tells the plaintext in them.
    pub(super) fn read<E: From<Fault>>(
        &mut self,
        mut bytes: &[u8],
        tell: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // The session takes nothing more after the server's end.
        while !bytes.is_empty() && !self.is_ended {
            let taken = self.connection.read_tls(&mut bytes);
            taken.map_err(|_| Fault::Tls("a record too long"))?;
            let state = self.connection.process_new_packets();
            self.is_ended = state.map_err(|error| fault(&error))?.peer_has_closed();
            self.tell(tell)?;
        }
        Ok(())
    }

    fn tell<E>(&mut self, tell: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut reader = self.connection.reader();
        // An error says that there is no more plaintext for the time being.
        while let Ok(plain @ [_, ..]) = reader.fill_buf() {
            let count = plain.len();
            tell(plain)?;
            reader.consume(count);
        }
        Ok(())
    }

    /// Takes plaintext that is to be sent.
    pub(super) fn write(&mut self, plain: &[u8]) {
        // The session's buffers have no bound, so that they take everything.
        let _ = self.connection.writer().write_all(plain);
    }

    /// Appends the bytes that are to be sent to the socket.
    pub(super) fn seal(&mut self, bytes: &mut Vec<u8>) {
        while self.connection.wants_write() && self.connection.write_tls(bytes).is_ok() {}
    }

    /// Whether the handshake goes on, or bytes wait to be sealed.
    pub(super) fn is_busy(&self) -> bool {
        self.connection.is_handshaking() || self.connection.wants_write()
    }
}

/// The fault for an error of TLS. The log has the details.
fn fault(error: &Error) -> Fault {
    log::debug!("TLS: {error}");
    Fault::Tls(match error {
        Error::InvalidCertificate(why) => certificate(why),
        Error::AlertReceived(alert) => refusal(*alert),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            "the answer is not TLS: does the port speak https?"
        }
        Error::PeerIncompatible(_) => "no version or cipher in common: TLS 1.2 and 1.3 are spoken",
        _ => "the session failed",
    })
}

fn certificate(why: &CertificateError) -> &'static str {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    match why {
        UnknownIssuer => "the certificate's issuer is not trusted: name its file by --ca",
        Expired | ExpiredContext { .. } => "the certificate has expired",
        NotValidYet | NotValidYetContext { .. } => "the certificate is not valid yet",
        NotValidForName | NotValidForNameContext { .. } => "the certificate is for another name",
        _ => "the certificate is not valid",
    }
}

fn refusal(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion => {
            "the server refused: no version or cipher in common"
        }
        AlertDescription::UnrecognisedName => "the server refused: it does not know the name",
        AlertDescription::CertificateRequired => "the server refused: it wants a certificate",
        AlertDescription::NoApplicationProtocol => "the server refused: it does not speak HTTP/1.1",
        _ => "the server ended the session by an alert",
    }
}

/// Takes any certificate for good, of any name, and checks only that the server has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
