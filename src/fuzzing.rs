//! Properties that hold for any bytes: each function takes bytes, and panics if they break its property. The fuzzers
//! under `tests/fuzz` search for such bytes; the tests here try the fuzzers' seeds, which include the finds of earlier
//! runs.
//!
//! Compiled for tests and fuzzers only.

pub(crate) mod connection;
mod event_id;
#[cfg(feature = "frame")]
mod flickr_answer;
#[cfg(feature = "frame")]
mod request;

pub use connection::connection;
pub use event_id::event_id;
#[cfg(feature = "frame")]
pub use flickr_answer::flickr_answer;
#[cfg(feature = "frame")]
pub use request::request;

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    /// Tries each seed of the fuzzer `target`.
    fn seeds_hold(target: &str, holds: fn(&[u8])) {
        let fuzzers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
        if !fuzzers.exists() {
            println!("skipped: the fuzzers are a package of their own, and not in this one");
            return;
        }
        let folder = fuzzers.join("seeds");
        let seeds = fs::read_dir(folder.join(target)).expect("the seeds are there");
        let seeds: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            println!("{}", seed.display());
            holds(&fs::read(seed).unwrap());
        }
    }

    #[cfg(feature = "frame")]
    #[test]
    fn requests_hold() {
        seeds_hold("request", request);
    }

    #[test]
    fn connections_hold() {
        seeds_hold("connection", connection);
    }

    #[cfg(feature = "frame")]
    #[test]
    fn answers_of_flickr_hold() {
        seeds_hold("flickr_answer", flickr_answer);
    }

    #[test]
    fn event_ids_hold() {
        seeds_hold("event_id", event_id);
    }
}
