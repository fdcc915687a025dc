//! A subscriber's way to its stream: the pipe of its connection, the addresses that it tries, and the redirects that it
//! follows. Knows no socket.

use crate::load::wire::{pipe::Pipe, request::Ask, target::Target, url::shown};

/// The most redirects from a URL to its stream.
const MOST: usize = 5;

/// The way of a subscriber. Between two redirects, and once the stream is there, a way without TLS holds nothing on the
/// heap.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// The pipe of the present connection.
    pub(super) pipe: Pipe,
    detour: Option<Box<Detour>>,
    /// How often the subscriber has come back: each time it turns to the next of several URLs.
    turn: u16,
    /// Addresses of the server that have failed since the subscriber began to connect.
    pub(super) failed: u8,
    has_begun: bool,
}

const _: () = assert!(size_of::<Way>() <= 24);

/// The redirects that a subscriber follows.
#[derive(Debug, Default)]
struct Detour {
    /// The URLs so far: those that redirected the subscriber, and the last, which is to have the stream.
    urls: Vec<String>,
    /// The resource that the last redirect led to, once its server is known.
    target: Option<Target>,
    /// The `Location` of the answer that has just come.
    location: Option<String>,
}

impl Way {
    /// Begins anew: at the first of the URLs, or else at the next.
    pub(super) fn begin(&mut self) {
        let turns = std::mem::replace(&mut self.has_begun, true);
        self.turn = self.turn.wrapping_add(turns.into());
        self.arrive();
        self.failed = 0;
    }

    /// The stream is there: the redirects that led to it are forgotten, for the subscriber will come back to its URL.
    pub(super) fn arrive(&mut self) {
        self.detour = None;
    }

    /// The resource that the subscriber with this number is to ask for: one of `targets`, which have the same stream, or
    /// that to which it was redirected.
    pub(super) fn target<'a>(&'a self, number: u32, targets: &'a [Target]) -> &'a Target {
        let detour = self.detour.as_ref();
        let redirected = detour.and_then(|detour| detour.target.as_ref());
        redirected.unwrap_or_else(|| self.first(number, targets))
    }

    /// One of `targets`, each in turn, and the next each time that the subscriber comes back.
    fn first<'a>(&self, number: u32, targets: &'a [Target]) -> &'a Target {
        &targets[(number as usize + usize::from(self.turn)) % targets.len()]
    }

    /// The request on this way, with the path that was prepared for it.
    pub(super) fn ask<'a>(&'a self, number: u32, targets: &'a [Target], path: &'a str) -> Ask<'a> {
        let target = self.target(number, targets);
        Ask {
            target,
            path,
            number,
            is_abroad: !target.is_beside(self.first(number, targets)),
        }
    }

    /// Path and query of the request. A `Location` has no `{n}`.
    pub(super) fn path(&self, number: u32, targets: &[Target]) -> String {
        let target = self.target(number, targets);
        match self.is_redirected() {
            true => target.path.clone(),
            false => target.path(number).into_owned(),
        }
    }

    /// Whether the subscriber was redirected.
    pub(super) fn is_redirected(&self) -> bool {
        let detour = self.detour.as_ref();
        detour.is_some_and(|detour| detour.target.is_some())
    }

    /// An answer redirects the subscriber to `location`.
    pub(super) fn redirect(&mut self, location: Option<&[u8]>) {
        let location = location.and_then(|location| std::str::from_utf8(location).ok());
        self.detour.get_or_insert_default().location = location.map(str::to_owned);
    }

    /// The URL that the last answer redirects to, absolute. An error says why it cannot be followed.
    pub(super) fn follow(&mut self, number: u32, targets: &[Target]) -> Result<String, String> {
        let location = self
            .detour
            .as_mut()
            .and_then(|detour| detour.location.take());
        let location = location.ok_or("redirected without a Location, or with several")?;
        let target = self.target(number, targets);
        let from = target.absolute(&self.path(number, targets), number);
        let to = target.absolute(&location, number);
        let mut detour = self.detour.take().unwrap_or_default();
        if detour.urls.is_empty() {
            detour.urls.push(from);
        }
        if detour.urls.contains(&to) {
            return Err(format!("redirected in a loop, to {}", named(&to)));
        }
        if detour.urls.len() > MOST {
            return Err(format!(
                "redirected more than {MOST} times, to {}",
                named(&to)
            ));
        }
        detour.urls.push(to.clone());
        self.detour = Some(detour);
        Ok(to)
    }

    /// The server that the last redirect leads to is known.
    pub(super) fn lead(&mut self, target: Target) {
        if let Some(detour) = &mut self.detour {
            detour.target = Some(target);
            self.failed = 0;
        }
    }
}

/// A URL for a report: without its query, which may be secret.
fn named(url: &str) -> String {
    shown(url.split(['?', '#']).next().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(urls: &[&str]) -> Vec<Target> {
        let targets = urls.iter().map(|url| Target::resolve(url));
        targets.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn subscribers_are_spread_over_the_urls_and_each_turns_to_the_next_when_it_comes_back() {
        let targets = targets(&[
            "http://127.0.0.1/a",
            "http://127.0.0.1/b",
            "http://127.0.0.1/c",
        ]);
        let mut way = Way::default();
        for paths in [["/a", "/b", "/c"], ["/b", "/c", "/a"], ["/c", "/a", "/b"]] {
            way.begin();
            assert_eq!([0, 1, 2].map(|number| way.path(number, &targets)), paths);
        }
    }

    #[test]
    fn redirects_are_followed_five_times_and_forgotten_with_the_stream() {
        let targets = targets(&["http://127.0.0.1/{n}"]);
        let mut way = Way::default();
        way.begin();
        for step in 0..MOST {
            way.redirect(Some(format!("/step{step}").as_bytes()));
            let url = way.follow(7, &targets).unwrap();
            assert_eq!(url, format!("http://127.0.0.1/step{step}"));
            way.lead(targets[0].at(&url).unwrap());
            assert_eq!(way.path(7, &targets), format!("/step{step}"));
        }
        way.redirect(Some(b"/once/more?secret"));
        let told = way.follow(7, &targets).unwrap_err();
        assert_eq!(
            told,
            "redirected more than 5 times, to http://127.0.0.1/once/more"
        );
        way.begin();
        assert_eq!(way.path(7, &targets), "/7");
    }

    #[test]
    fn a_loop_and_a_redirect_to_nowhere_are_named() {
        let targets = targets(&["http://127.0.0.1/{n}"]);
        let mut way = Way::default();
        way.begin();
        way.redirect(Some(b"/7"));
        let told = way.follow(7, &targets).unwrap_err();
        assert_eq!(told, "redirected in a loop, to http://127.0.0.1/7");
        for location in [None, Some(&b"\xff"[..])] {
            way.begin();
            way.redirect(location);
            assert!(
                way.follow(7, &targets)
                    .unwrap_err()
                    .contains("without a Location")
            );
        }
    }

    #[test]
    fn a_request_is_abroad_when_a_redirect_has_led_to_another_server() {
        let targets = targets(&["http://127.0.0.1/a"]);
        let mut way = Way::default();
        way.begin();
        let path = "/a";
        assert!(!way.ask(0, &targets, path).is_abroad);
        for (location, is_abroad) in [("/b", false), ("http://127.0.0.2/c", true)] {
            way.redirect(Some(location.as_bytes()));
            let url = way.follow(0, &targets).unwrap();
            way.lead(Target::resolve(&url).unwrap());
            assert_eq!(way.ask(0, &targets, path).is_abroad, is_abroad);
        }
    }
}
