//! One question over HTTP: a URL out, a body or a failure back, by the time given. Knows nothing of photos, and repeats
//! nothing of the URL.

use super::failure::Failure;
use std::{io::ErrorKind, time::Duration};
use ureq::{
    Agent, Body, Error, Proxy,
    http::{HeaderMap, Response},
};

/// An answer of 30 photos has about 20 KiB.
const MAX_BODY: u64 = 1 << 20;
/// Flickr's header has less than 2 KiB.
const MAX_HEAD: usize = 16 << 10;
/// Buffers of a kept connection; ureq's own default is 128 KiB each.
const BUFFER: usize = 16 << 10;
/// How long "too many requests" lasts where the answer does not say, and the longest that it is believed to last.
const BUSY: Duration = Duration::from_secs(60);
const BUSIEST: Duration = Duration::from_secs(3600);

/// An agent that follows no redirect, which could carry the key elsewhere, and asks for no compression. A proxy named in
/// the environment is used for `https` only: through it the key passes unseen.
pub(super) fn agent(secure: bool) -> Agent {
    Agent::config_builder()
        .user_agent(concat!("picture-frame/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .accept_encoding("")
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(MAX_HEAD)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .proxy(if secure { Proxy::try_from_env() } else { None })
        .build()
        .into()
}

/// The body of the answer. `time` bounds all of it: name, connection, header and body, however slowly they trickle.
pub(super) fn get(agent: &Agent, url: &str, time: Duration) -> Result<Vec<u8>, Failure> {
    let request = agent.get(url).config().timeout_global(Some(time)).build();
    let mut response = request.call().map_err(unanswered)?;
    accepted(&response)?;
    response
        .body_mut()
        .with_config()
        .limit(MAX_BODY + 1)
        .read_to_vec()
        .map_err(cut_short)
}

fn accepted(response: &Response<Body>) -> Result<(), Failure> {
    let status = response.status().as_u16();
    match status {
        200..=299 => Ok(()),
        300..=399 => Err(Failure::Refused(format!(
            "a redirect (HTTP {status}), which is not followed"
        ))),
        429 => Err(Failure::Busy(retry_after(response.headers()))),
        500..=599 => Err(Failure::Transient(format!("HTTP {status}"))),
        _ => Err(Failure::Refused(format!("HTTP {status}"))),
    }
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let value = headers
        .get("retry-after")
        .and_then(|value| value.to_str().ok());
    let seconds = value.and_then(|value| value.trim().parse().ok());
    seconds
        .map_or(BUSY, Duration::from_secs)
        .clamp(Duration::from_secs(1), BUSIEST)
}

/// An error before the status line. Only the texts of errors that cannot quote the URL are passed on.
fn unanswered(error: Error) -> Failure {
    match error {
        Error::Timeout(_) => Failure::Timeout,
        Error::Io(error) if error.kind() == ErrorKind::TimedOut => Failure::Timeout,
        Error::Io(error) if is_hang_up(error.kind()) => {
            Failure::Transient("the connection broke".into())
        }
        Error::Io(error) => Failure::Refused(format!("no connection: {error}")),
        Error::Rustls(error) => Failure::Refused(format!("no secure connection: {error}")),
        Error::HostNotFound => Failure::Refused("the host's name is unknown".into()),
        Error::Protocol(_) | Error::Http(_) => Failure::Unreadable("no HTTP answer".into()),
        Error::LargeResponseHeader(..) => {
            Failure::Unreadable(format!("a header of more than {MAX_HEAD} bytes"))
        }
        _ => Failure::Refused("no connection".into()),
    }
}

fn is_hang_up(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        kind,
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

/// An error within the body.
fn cut_short(error: Error) -> Failure {
    match error {
        Error::Timeout(_) => Failure::Timeout,
        Error::Io(error) if error.kind() == ErrorKind::TimedOut => Failure::Timeout,
        Error::BodyExceedsLimit(_) => Failure::Unreadable(format!("more than {MAX_BODY} bytes")),
        _ => Failure::Unreadable("the answer broke off".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    fn wait(value: &'static str) -> u64 {
        let headers = HeaderMap::from_iter([(
            "retry-after".parse().unwrap(),
            HeaderValue::from_static(value),
        )]);
        retry_after(&headers).as_secs()
    }

    #[test]
    fn a_wait_is_bounded_and_a_minute_where_none_is_told() {
        assert_eq!(retry_after(&HeaderMap::new()).as_secs(), 60);
        assert_eq!(wait("7"), 7);
        assert_eq!(wait("0"), 1);
        assert_eq!(wait("86400"), 3600);
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), 60);
        assert_eq!(wait("-1"), 60);
    }
}
