//! The open internet: clients that mean no good, or know no better. Whatever they do, the others are served meanwhile,
//! and afterwards nothing is left of it.

#[cfg(target_os = "linux")]
mod clock;
mod crowds;
mod endings;
mod flickr;
mod pauses;
mod smuggling;
mod states;
