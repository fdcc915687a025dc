//! A server's `/metrics`, strictly read.

use super::{
    PATIENCE,
    client::{Client, Response, get},
    pause,
};
use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

/// The samples of one scrape, by name with labels.
#[derive(Clone, Debug)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Scrapes on a connection of its own.
    pub fn scrape(address: SocketAddr) -> Self {
        Self::read(&get(address, "/metrics"))
    }

    /// Scrapes on an existing connection.
    pub fn scrape_by(client: &mut Client) -> Self {
        Self::read(&client.ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
    }

    /// Scrapes until `holds`.
    pub fn wait_for(address: SocketAddr, holds: impl Fn(&Self) -> bool) -> Self {
        let begun = Instant::now();
        loop {
            let metrics = Self::scrape(address);
            if holds(&metrics) {
                return metrics;
            }
            assert!(begun.elapsed() < PATIENCE, "{metrics:#?}");
            pause();
        }
    }

    pub fn read(response: &Response) -> Self {
        assert_eq!(response.status, 200);
        let lines = response.text().lines();
        let samples = lines.filter(|line| !line.starts_with('#')).map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        });
        let metrics = Self(samples.collect());
        assert!(!metrics.0.is_empty());
        metrics
    }

    /// The sample of this name, given without the program's prefix unless it begins with `process_`.
    #[track_caller]
    pub fn get(&self, name: &str) -> f64 {
        let prefix = match name.starts_with("process_") {
            true => "",
            false => "picture_frame_",
        };
        let value = self.0.get(&format!("{prefix}{name}"));
        *value.unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }

    /// The sample of this name whose label has the value `of`.
    #[track_caller]
    pub fn of(&self, name: &str, of: &str) -> f64 {
        let label = match name {
            "connections" => "state",
            "lookups_total" => "result",
            _ => "reason",
        };
        self.get(&format!("{name}{{{label}=\"{of}\"}}"))
    }

    /// The samples of this name that are not 0, with their labels' values.
    pub fn nonzero(&self, name: &str) -> Vec<(&str, f64)> {
        let prefix = format!("picture_frame_{name}{{");
        let all = self.0.iter().filter(|(_, value)| **value != 0.0);
        all.filter(|(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key.split('"').nth(1).unwrap(), *value))
            .collect()
    }

    /// All names with their labels.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
