//! Addresses of host names, from the system's resolver, which may take longer than a look-up has. At most one thread
//! asks for a name: look-ups that need it meanwhile wait for the same answer.

use crate::reactor::interleaved;
use std::{
    collections::HashMap,
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::Instant,
};
use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// Bound on the addresses of one name.
const MOST: usize = 16;

/// The resolver's answer for a name: its addresses, or the error's text.
type Resolution = Result<Vec<SocketAddr>, String>;
type Ask = dyn Fn(&str) -> Resolution + Send + Sync;

/// The names that were asked for: the endpoint's and the proxy's.
pub(super) struct Names {
    shared: Arc<SharedNames>,
}

struct SharedNames {
    ask: Box<Ask>,
    names: Mutex<HashMap<String, Name>>,
    answered: Condvar,
}

#[derive(Default)]
struct Name {
    is_asked: bool,
    /// Number of answers so far, and the last answer.
    answers: u64,
    answer: Option<Resolution>,
}

impl Names {
    /// Names that the system resolves (getaddrinfo(3)).
    pub(super) fn of_the_system() -> Self {
        Self::new(|name| {
            let found = name.to_socket_addrs().map_err(|error| error.to_string())?;
            Ok(interleaved(found).into_iter().take(MOST).collect())
        })
    }

    fn new(ask: impl Fn(&str) -> Resolution + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(SharedNames {
                ask: Box::new(ask),
                names: Mutex::default(),
                answered: Condvar::new(),
            }),
        }
    }

    /// The addresses of a host and a port. None if the answer does not come before `deadline`.
    fn find(&self, name: &str, deadline: Instant) -> io::Result<Option<Resolution>> {
        if let Ok(address) = name.parse() {
            return Ok(Some(Ok(vec![address])));
        }
        let shared = &self.shared;
        let mut names = shared.names();
        let known = names.entry(name.to_owned()).or_default();
        let before = known.answers;
        if !known.is_asked {
            let (shared, name) = (Arc::clone(shared), name.to_owned());
            let ask = thread::Builder::new().name("name".to_owned());
            ask.spawn(move || shared.ask(&name))?;
            known.is_asked = true;
        }
        loop {
            let known = &names[name];
            if known.answers > before {
                return Ok(known.answer.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let waited = shared.answered.wait_timeout(names, left);
            names = waited.expect("nothing panics while it holds the names").0;
        }
    }
}

impl SharedNames {
    fn ask(&self, name: &str) {
        let answer = (self.ask)(name);
        if let Some(known) = self.names().get_mut(name) {
            known.is_asked = false;
            known.answers += 1;
            known.answer = Some(answer);
        }
        self.answered.notify_all();
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, Name>> {
        let names = self.names.lock();
        names.expect("nothing panics while it holds the names")
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let parts = uri.scheme().zip(uri.authority());
        let name = parts.and_then(|(scheme, host)| DefaultResolver::host_and_port(scheme, host));
        let name = name.ok_or(Error::HostNotFound)?;
        let deadline = super::transport::deadline(timeout);
        let answer = self
            .find(&name, deadline)?
            .ok_or(Error::Timeout(timeout.reason))?;
        let mut found = self.empty();
        answer
            .map_err(io::Error::other)?
            .into_iter()
            .for_each(|address| found.push(address));
        if found.is_empty() {
            Err(Error::HostNotFound)
        } else {
            Ok(found)
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering::SeqCst},
            mpsc,
        },
        time::Duration,
    };

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn late() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[test]
    fn a_name_whose_answer_does_not_come_is_asked_for_by_one_thread() {
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, answers) = mpsc::channel::<Resolution>();
        let (count, answers) = (Arc::clone(&asked), Mutex::new(answers));
        let names = Names::new(move |_| {
            count.fetch_add(1, SeqCst);
            answers.lock().unwrap().recv().unwrap()
        });
        for _ in 0..5 {
            assert_eq!(names.find("frame.test:80", soon()).unwrap(), None);
        }
        assert_eq!(asked.load(SeqCst), 1);
        let addresses = vec![SocketAddr::from(([192, 0, 2, 1], 80))];
        thread::scope(|scope| {
            let waiting = [(); 3].map(|()| scope.spawn(|| names.find("frame.test:80", late())));
            // An answer for each waiting look-up, as some may ask after the first answer.
            for _ in &waiting {
                answer.send(Ok(addresses.clone())).unwrap();
            }
            for found in waiting {
                assert_eq!(found.join().unwrap().unwrap(), Some(Ok(addresses.clone())));
            }
        });
    }

    #[test]
    fn an_answer_is_not_kept_for_later_and_an_error_is_one() {
        let asked = AtomicUsize::new(0);
        let names = Names::new(move |_| match asked.fetch_add(1, SeqCst) {
            0 => Err("no such name".to_owned()),
            _ => Ok(Vec::new()),
        });
        let find = || names.find("frame.test:80", late()).unwrap().unwrap();
        assert_eq!(find(), Err("no such name".to_owned()));
        assert_eq!(find(), Ok(Vec::new()));
    }

    #[test]
    fn an_address_is_not_looked_up() {
        let names = Names::new(|_| panic!("it is an address"));
        for text in ["127.0.0.1:80", "[::1]:443"] {
            let found = names.find(text, soon()).unwrap();
            assert_eq!(found, Some(Ok(vec![text.parse().unwrap()])));
        }
    }
}
