//! Hostile and broken clients of the open internet: the other clients are served meanwhile, and no trace of the attack
//! is left.

#[cfg(target_os = "linux")]
mod clock;
mod crowds;
mod endings;
mod flickr;
mod smuggling;
mod states;
mod suspensions;
