//! Flickr's `flickr.photos.search` as a source. A look-up ends by its deadline, asks at most two questions, and reports
//! each failure without the key.

mod answer;
mod endpoint;
mod exchange;
mod failure;
mod field;
mod gate;
mod licenses;
mod names;
mod photo;
mod proxy;
mod quota;
mod secret;
mod transport;

pub(crate) use endpoint::DEFAULT_URL;
pub use endpoint::SetupError;

use super::{Picture, Source, SourceError};
use endpoint::Endpoint;
use failure::QuestionFailure;
use gate::{Gate, HealthChange};
use log::Level;
use proxy::EnvProxy;
use secret::Secret;
use std::{
    fmt,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use ureq::Proxy;

/// Least time left for a question. Flickr needs ten times as long, so with less time the answer would be lost.
const LEAST_TIME: Duration = Duration::from_millis(50);
/// Least time left for a second question: about as long as an answer takes when Flickr is well.
const RETRY_TIME: Duration = Duration::from_secs(1);

/// The Flickr source. It asks over connections that are kept between look-ups and shared by the calling threads.
pub struct Flickr {
    key: String,
    secret: Secret,
    endpoint: Endpoint,
    agent: ureq::Agent,
    gate: Mutex<Gate>,
    /// The gate's [`is_scarce`](Gate::is_scarce), readable without the lock that the loop must not wait for.
    scarce: AtomicBool,
    notes: Vec<Note>,
}

/// Shows no key and no secret.
impl fmt::Debug for Flickr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flickr").finish_non_exhaustive()
    }
}

/// A line for the log, with its level.
pub(crate) type Note = (Level, String);

/// Checks that `url` can be a REST endpoint.
///
/// # Errors
///
/// [`SetupError`], when `url` is no plain `http` or `https` URL.
pub(crate) fn check_url(url: &str) -> Result<(), SetupError> {
    Endpoint::parse(url).map(drop)
}

impl Flickr {
    /// A source that asks the REST endpoint `url` with `key`, at most `per_hour` times within any 60 minutes for all
    /// callers together (0: no limit). An `https` endpoint is asked through the proxy that `HTTPS_PROXY` or `ALL_PROXY`
    /// names in the environment: TLS hides the key from it.
    ///
    /// # Errors
    ///
    /// [`SetupError`], when `key` cannot be a key, `url` is no plain `http` or `https` URL, or a variable of the
    /// environment names no usable proxy.
    pub fn new(key: String, url: String, per_hour: u32) -> Result<Self, SetupError> {
        let key = key.trim().to_owned();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SetupError::Key);
        }
        let endpoint = Endpoint::parse(&url)?;
        let (proxy, notes) = way(&endpoint)?;
        let agent = exchange::agent(proxy);
        let gate = Mutex::new(Gate::new(per_hour, Instant::now()));
        Ok(Self {
            secret: Secret::new(&key),
            key,
            endpoint,
            agent,
            gate,
            scarce: AtomicBool::new(false),
            notes,
        })
    }

    /// Lines for the log about the way that the key takes.
    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The origin that pictures may come from beside Flickr's own hosts: the endpoint's, unless it is Flickr's own.
    #[must_use]
    pub fn image_origin(&self) -> Option<&str> {
        self.endpoint.image_origin()
    }

    fn look_up(&self, text: &str, deadline: Instant) -> Result<Vec<Picture>, SourceError> {
        let left = time_left(deadline, LEAST_TIME).ok_or(SourceError::Timeout)?;
        self.enter()?;
        let well = self.gate().is_well();
        let mut found = self.ask(text, left);
        if well && matches!(found, Err(QuestionFailure::Transient(_))) {
            found = self.ask_again(text, deadline).unwrap_or(found);
        }
        self.settle(found)
    }

    /// Asks a second and last time. None while Flickr is known to be ill, so that its load is not doubled.
    fn ask_again(
        &self,
        text: &str,
        deadline: Instant,
    ) -> Option<Result<Vec<Picture>, QuestionFailure>> {
        let left = time_left(deadline, RETRY_TIME)?;
        self.enter().ok()?;
        Some(self.ask(text, left))
    }

    /// Counts a question. The error is the reason why it must not be asked.
    fn enter(&self) -> Result<(), SourceError> {
        let mut gate = self.gate();
        let entered = gate.enter(Instant::now());
        self.scarce.store(gate.is_scarce(), Ordering::Relaxed);
        entered
    }

    fn ask(&self, text: &str, left: Duration) -> Result<Vec<Picture>, QuestionFailure> {
        let mut body = exchange::get(&self.agent, &self.endpoint.question(&self.key, text), left)?;
        answer::pictures(&mut body, self.image_origin(), &self.secret)
    }

    /// Tells the gate how the look-up ended, and logs a change of Flickr's health.
    fn settle(
        &self,
        found: Result<Vec<Picture>, QuestionFailure>,
    ) -> Result<Vec<Picture>, SourceError> {
        let news = self.gate().note(found.as_ref().err(), Instant::now());
        let found = found.map_err(|failure| self.unkeyed(failure.into()));
        match (news, &found) {
            (HealthChange::KeyRefused, Err(error)) => log::error!(
                "Flickr does not accept the key in FLICKR_API_KEY ({error}); look-ups fail until \
                 picture-frame is started with a valid one"
            ),
            (HealthChange::Lost, Err(error)) => {
                log::warn!("Flickr is lost: {error}; look-ups fail until it is back")
            }
            (HealthChange::Regained, Ok(_)) => log::info!("Flickr is back"),
            _ => {}
        }
        found
    }

    /// The error without the key, which a server may have quoted from the question.
    fn unkeyed(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Refused(why) => SourceError::Refused(self.secret.hide(&why)),
            SourceError::Unreadable(why) => SourceError::Unreadable(self.secret.hide(&why)),
            quiet @ (SourceError::Quota(_) | SourceError::Timeout) => quiet,
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate
            .lock()
            .expect("nothing panics while it holds the gate")
    }
}

/// The proxy to the endpoint, if there is one, with notes for the operator on the way that the key takes.
fn way(endpoint: &Endpoint) -> Result<(Option<Proxy>, Vec<Note>), SetupError> {
    let is_secure = endpoint.is_secure();
    let found = proxy::find(endpoint.host(), endpoint.port(), is_secure, proxy::variable)?;
    let origin = endpoint.origin();
    let mut notes = Vec::new();
    if !is_secure && !endpoint.is_loopback() {
        notes.push((
            Level::Warn,
            format!(
                "the key is sent to {origin} over plain http, where everyone on the way can read it; \
                 use a URL that begins with https:// with --flickr-url"
            ),
        ));
    }
    let proxy = match found {
        Some(EnvProxy { variable, .. }) if !is_secure => {
            let why = "is plain http: a proxy would see the key";
            notes.push((
                Level::Warn,
                format!("{variable} is not used, since {origin} {why}"),
            ));
            None
        }
        Some(EnvProxy { proxy, variable }) => {
            let (host, port) = (proxy.host(), proxy.port());
            let by = format!("{origin} is asked through the proxy {host}:{port} of {variable}");
            notes.push((Level::Info, by));
            Some(proxy)
        }
        None => None,
    };
    Ok((proxy, notes))
}

/// The key that no picture of [`read`] holds.
#[cfg(any(test, fuzzing))]
pub(crate) const FUZZED_KEY: &str = "5ec2e7";

/// The pictures of an answer, for the fuzzer to check.
#[cfg(any(test, fuzzing))]
pub(crate) fn read(
    body: &mut [u8],
    image_origin: Option<&str>,
) -> Result<Vec<Picture>, SourceError> {
    Ok(answer::pictures(
        body,
        image_origin,
        &Secret::new(FUZZED_KEY),
    )?)
}

impl Source for Flickr {
    fn find(&self, keyword: &str, deadline: Instant) -> Result<Vec<Picture>, SourceError> {
        let text = wanted(keyword);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let start = Instant::now();
        let found = self.look_up(text, deadline);
        let seconds = start.elapsed().as_secs_f32();
        match &found {
            Ok(pictures) => log::debug!("Flickr: {} pictures in {seconds:.3} s", pictures.len()),
            Err(error) => log::debug!("Flickr: {error}, after {seconds:.3} s"),
        }
        found
    }

    fn is_scarce(&self) -> bool {
        self.scarce.load(Ordering::Relaxed)
    }

    fn carry(&self, now: Instant) -> Vec<u8> {
        let carried = self.gate().carry(now);
        minicbor::to_vec(carried).expect("a Vec takes every byte")
    }

    fn continue_from(&self, carried: &[u8], now: Instant) {
        // A source that was not asked before has nothing to carry.
        if let Ok(carried) = minicbor::decode(carried) {
            self.gate().continue_from(&carried, now);
        }
    }
}

/// The text to search for. To Flickr a leading `-` means "everything but", and then no picture would be one of the
/// keyword.
fn wanted(keyword: &str) -> &str {
    keyword
        .trim_start_matches(|c: char| c == '-' || c.is_whitespace())
        .trim_end()
}

fn time_left(deadline: Instant, least: Duration) -> Option<Duration> {
    Some(deadline.saturating_duration_since(Instant::now())).filter(|left| *left >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_never_asks_for_everything_but_itself() {
        assert_eq!(wanted("-sushi"), "sushi");
        assert_eq!(wanted(" - --sushi -rice"), "sushi -rice");
        assert_eq!(wanted("t-shirt"), "t-shirt");
        assert_eq!(wanted("--"), "");
    }

    #[test]
    fn a_key_that_cannot_be_one_is_refused_without_being_repeated() {
        for key in ["", "  ", "two words", "line\nbreak", "schlüssel"] {
            let error = Flickr::new(key.into(), DEFAULT_URL.into(), 0)
                .err()
                .unwrap();
            assert_eq!(error, SetupError::Key);
            assert!(error.to_string().contains("FLICKR_API_KEY"));
        }
    }

    #[test]
    fn a_quoted_key_is_hidden() {
        let flickr = Flickr::new("abcd+1234".into(), DEFAULT_URL.into(), 0).unwrap();
        let error = SourceError::Refused("bad key abcd+1234 in ?api_key=abcd%2B1234".into());
        let hidden = "bad key (the key) in ?api_key=(the key)";
        assert_eq!(flickr.unkeyed(error), SourceError::Refused(hidden.into()));
    }
}
