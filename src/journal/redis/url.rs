//! The URL of a Redis server: parsed, and shown without its password.

use redis::{
    ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, io::tcp::TcpSettings,
};
use std::fmt;

/// The URL of a Redis or Valkey server: `redis://`, `rediss://` (TLS) or `redis+unix://`, with user, password and
/// database. It is shown without the password. A `rediss://` server needs a certificate that the system trusts, or the
/// file that `SSL_CERT_FILE` names.
#[derive(Clone)]
pub struct RedisUrl {
    pub(super) info: ConnectionInfo,
    shown: String,
}

impl RedisUrl {
    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// The reason, which does not repeat the URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = "a URL is redis://HOST:PORT, rediss://HOST:PORT (TLS) or redis+unix:///PATH, with :PASSWORD@ before \
                     the host and /NUMBER of a database behind it";
        let info = text
            .trim()
            .into_connection_info()
            .map_err(|_| wrong.to_owned())?;
        if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
            return Err(
                "#insecure is refused, since anyone on the way could read along".to_owned(),
            );
        }
        let is_path = matches!(info.addr(), ConnectionAddr::Unix(_));
        if !is_path && text.contains(['?', '#']) {
            return Err(
                "a host has no ?query and no #fragment; in a password these signs are %3F and %23"
                    .to_owned(),
            );
        }
        // Replies have another shape in any other version of the protocol.
        let plain = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP2);
        let info = info.set_redis_settings(plain);
        let database = info.redis_settings().db();
        let place = match info.addr() {
            ConnectionAddr::Tcp(host, port) => at(host, *port),
            ConnectionAddr::TcpTls { host, port, .. } => at(host, *port) + " (TLS)",
            ConnectionAddr::Unix(path) => path.display().to_string(),
            _ => return Err(wrong.to_owned()),
        };
        let shown = match database {
            0 => place,
            number => format!("{place}, database {number}"),
        };
        let settings = settings();
        let info = info.set_tcp_settings(settings);
        Ok(Self { info, shown })
    }

    /// True if the connection is encrypted.
    pub(super) fn has_tls(&self) -> bool {
        matches!(self.info.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// The text without the password.
    pub(super) fn without_password(&self, text: &str) -> String {
        match self.info.redis_settings().password() {
            Some(password) if !password.is_empty() => text.replace(password, "(the password)"),
            _ => text.to_owned(),
        }
    }
}

fn at(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// A command is sent at once, and a server that acknowledges nothing is given up (tcp(7)).
fn settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let settings = settings.set_user_timeout(std::time::Duration::from_secs(5));
    settings
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_user_and_password() {
        for (url, shown) in [
            ("redis://localhost", "localhost:6379"),
            (
                "redis://:s3cret@10.0.0.7:7000/2",
                "10.0.0.7:7000, database 2",
            ),
            ("rediss://me:s3cret@[::1]:7000", "[::1]:7000 (TLS)"),
            (
                "redis+unix:///run/redis.sock?pass=s3cret",
                "/run/redis.sock",
            ),
        ] {
            let url = RedisUrl::parse(url).unwrap();
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("s3cret"));
            let hidden = url.without_password("it is s3cret");
            assert!(
                hidden == "it is s3cret" && shown == "localhost:6379" || !hidden.contains("s3cret")
            );
        }
    }

    #[test]
    fn the_version_of_the_protocol_is_not_for_the_url_to_choose() {
        let url = RedisUrl::parse("redis+unix:///run/redis.sock?db=2&protocol=resp3").unwrap();
        let settings = url.info.redis_settings();
        assert_eq!(settings.protocol(), ProtocolVersion::RESP2);
        assert_eq!(settings.db(), 2);
    }

    #[test]
    fn a_text_that_is_no_url_is_refused_without_being_repeated() {
        for url in [
            "",
            "s3cret",
            "http://:s3cret@host",
            "redis://",
            "redis://:s3cret@host/x",
            "rediss://:s3cret@host#insecure",
            "redis://:s3cret@host?db=2",
            "redis://:s3cret@host/2?protocol=resp3",
            "redis://:s3cret@host#2",
        ] {
            let error = RedisUrl::parse(url).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
