//! One question over HTTP: a URL in, a body or a failure out, within the time given. It knows nothing of photos, and no
//! failure quotes the URL.

use super::{
    failure::QuestionFailure,
    names::Names,
    transport::{connector, until},
};
use std::{
    io::ErrorKind,
    time::{Duration, Instant, SystemTime},
};
use ureq::{
    Agent, Body, Error, Proxy,
    http::{HeaderMap, Response},
};

/// Bound on a body, in bytes. An answer of 30 photos has about 20 KiB.
const MAX_BODY: u64 = 1 << 20;
/// Bound on a head, in bytes. Flickr's has less than 2 KiB.
const MAX_HEAD: usize = 16 << 10;
/// Size of each buffer of a kept connection, in bytes. ureq's own default is 128 KiB.
const BUFFER: usize = 16 << 10;
/// Wait after a 429 that names none, and the shortest and longest wait that is believed.
const BUSY: Duration = Duration::from_secs(60);
const BRIEFEST: Duration = Duration::from_secs(1);
const BUSIEST: Duration = Duration::from_secs(3600);

/// An agent that follows no redirect, since a redirect could carry the key elsewhere, and asks for no compression.
pub(super) fn agent(proxy: Option<Proxy>) -> Agent {
    let config = Agent::config_builder()
        .user_agent(concat!("picture-frame/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .accept_encoding("")
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(MAX_HEAD)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .proxy(proxy)
        .build();
    Agent::with_parts(config, connector(), Names::of_the_system())
}

/// The body of the answer. `time` bounds the whole exchange: name, connection, head and body, at any speed.
pub(super) fn get(agent: &Agent, url: &str, time: Duration) -> Result<Vec<u8>, QuestionFailure> {
    until(Instant::now() + time, || ask(agent, url, time))
}

fn ask(agent: &Agent, url: &str, time: Duration) -> Result<Vec<u8>, QuestionFailure> {
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

fn accepted(response: &Response<Body>) -> Result<(), QuestionFailure> {
    let status = response.status().as_u16();
    let wait = || retry_after(response.headers(), SystemTime::now());
    match status {
        200..=299 => Ok(()),
        300..=399 => Err(QuestionFailure::Refused(format!(
            "a redirect (HTTP {status}), which is not followed"
        ))),
        429 => Err(QuestionFailure::Busy(wait().unwrap_or(BUSY))),
        503 if let Some(wait) = wait() => Err(QuestionFailure::Away(wait)),
        500..=599 => Err(QuestionFailure::Transient(format!("HTTP {status}"))),
        _ => Err(QuestionFailure::Refused(format!("HTTP {status}"))),
    }
}

/// The wait that the server asks for, in seconds or as a date (RFC 9110, section 10.2.3), brought within the bounds.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok()?;
            date.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.clamp(BRIEFEST, BUSIEST))
}

/// The failure for an error before the status line. A text that could quote the URL is left out.
fn unanswered(error: Error) -> QuestionFailure {
    match error {
        Error::Timeout(_) => QuestionFailure::Timeout,
        Error::Io(error) if error.kind() == ErrorKind::TimedOut => QuestionFailure::Timeout,
        Error::Io(error) if is_hang_up(error.kind()) => {
            QuestionFailure::Transient("the connection broke".into())
        }
        Error::Io(error) => QuestionFailure::Refused(format!("no connection: {error}")),
        Error::Rustls(error) => QuestionFailure::Refused(format!("no secure connection: {error}")),
        Error::ConnectProxyFailed(why) => {
            QuestionFailure::Refused(format!("no connection by the proxy: {why}"))
        }
        Error::HostNotFound => QuestionFailure::Refused("the host's name is unknown".into()),
        Error::Protocol(_) | Error::Http(_) => QuestionFailure::Unreadable("no HTTP answer".into()),
        Error::LargeResponseHeader(..) => {
            QuestionFailure::Unreadable(format!("a header of more than {MAX_HEAD} bytes"))
        }
        _ => QuestionFailure::Refused("no connection".into()),
    }
}

fn is_hang_up(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        kind,
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

/// The failure for an error within the body.
fn cut_short(error: Error) -> QuestionFailure {
    match error {
        Error::Timeout(_) => QuestionFailure::Timeout,
        Error::Io(error) if error.kind() == ErrorKind::TimedOut => QuestionFailure::Timeout,
        Error::BodyExceedsLimit(_) => {
            QuestionFailure::Unreadable(format!("more than {MAX_BODY} bytes"))
        }
        _ => QuestionFailure::Unreadable("the answer broke off".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    /// The Unix time of Wed, 21 Oct 2015 07:28:00 GMT.
    const DATE: u64 = 1_445_412_480;

    /// The wait that a `Retry-After` of `value` asks for, read `before` seconds before that date.
    fn wait(value: &'static str, before: u64) -> Option<u64> {
        let name = "retry-after".parse().unwrap();
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(DATE - before);
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_in_seconds_is_bounded() {
        assert_eq!(wait("7", 0), Some(7));
        assert_eq!(wait(" 7 ", 0), Some(7));
        assert_eq!(wait("0", 0), Some(1));
        assert_eq!(wait("86400", 0), Some(3600));
    }

    #[test]
    fn a_wait_until_a_date_is_bounded_too_in_all_three_formats() {
        for date in [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2015",
        ] {
            assert_eq!(wait(date, 90), Some(90), "{date}");
            assert_eq!(wait(date, 0), Some(1), "{date}");
            assert_eq!(wait(date, 86400), Some(3600), "{date}");
        }
        assert_eq!(wait("Tue, 20 Oct 2015 07:28:00 GMT", 0), Some(1));
    }

    #[test]
    fn a_wait_that_makes_no_sense_is_none() {
        for value in [
            "",
            "-1",
            "1.5",
            "soon",
            "99999999999999999999",
            "Wed, 21 Oct 2015",
        ] {
            assert_eq!(wait(value, 90), None, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::now()), None);
    }
}
