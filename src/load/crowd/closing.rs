//! The end of a run: all counts are put together as a report.

use super::Crowd;
use crate::load::{
    judge::{latencies::Latencies, pictures::Pictures},
    options::Ends,
    report::{
        Asked, Connections, Report, Sample, Storm, Totals,
        machine::{Machine, without_secrets},
        units::many,
    },
    wire::url::shown,
};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

impl Crowd {
    /// The report of the run.
    pub(crate) fn report(self) -> Report {
        let took = self.now();
        let began = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .saturating_sub(took);
        let (asked, connections) = (self.asked(), self.connections());
        let (storm, counted) = (self.ended_storm(), self.counted());
        let machine = Machine::this(self.plan.is_local());
        let Self {
            books,
            course,
            limit,
            servers,
            ..
        } = self;
        let judgement = course.judgement;
        let about_others = books.broadcasts.notes();
        let (broadcasts, latency, latency_sent_late) = books.broadcasts.finish();
        let (arrived_from, arrived_until) = books.span.unwrap_or_default();
        let (fetches, pictures) = books.pictures.map(Pictures::finish).unzip();
        let histograms = whole([
            ("latency", Some(&latency)),
            ("latency_sent_late", Some(&latency_sent_late)),
            ("connect", Some(&books.connects)),
            ("answer", Some(&books.answers)),
            ("read_late", Some(&books.read_late)),
            ("picture", pictures.as_ref()),
        ]);
        let mut report = Report {
            asked,
            began: began.as_secs_f64(),
            took: took.as_secs_f64(),
            held_from: course.held_from.as_secs_f64(),
            held_until: course.held_until.as_secs_f64(),
            arrived_from: arrived_from.as_secs_f64(),
            arrived_until: arrived_until.as_secs_f64(),
            interrupted: course.interrupted,
            limit,
            connections,
            totals: totals(counted, judgement.totals),
            which: judgement.which,
            notes: judgement.notes,
            only_markers: judgement.only_markers,
            events: judgement.events,
            latency: latency.quantiles(),
            latency_sent_late: latency_sent_late.quantiles(),
            read_late: books.read_late.quantiles(),
            histograms,
            stages: course.stages,
            broadcasts,
            fetches,
            storm,
            memory: Some(course.measures.memory()),
            cpu: course.measures.cpu(),
            network: course.measures.network(),
            samples: course.samples.into_vec(),
            errors: books.errors,
            traffic: books.traffic,
            machine,
            required: Vec::new(),
        };
        for it in report.broadcasts.iter_mut().filter(|it| it.audience == 0) {
            // A broadcast of another process is known from its first receipt on.
            it.audience = held_at(&report.samples, it.at).max(it.live);
        }
        report.notes.extend(about_others);
        report.notes.extend(report.pace());
        report.notes.extend(report.measuring_notes());
        let notes = further_notes(report.limit.as_deref(), servers.followed);
        report.notes.extend(notes);
        report.with_whole_times()
    }

    fn asked(&self) -> Asked {
        let options = self.plan.options.clone();
        let publish = options.place();
        Asked {
            title: options.title,
            url: shown_all(&options.urls),
            run: self.run.clone(),
            process: self.process.clone(),
            publish: publish.map(|url| without_secrets(&shown(&url))),
            subscribers: options.subscribers,
            stalled: options.stalled,
            slow: options.slow,
            half_open: options.half_open,
            every: options.every.as_secs_f64(),
            hold: options.hold.as_secs_f64(),
            ramp: options.ramp,
            churn: options.churn,
            storm: options.storm,
            fetch_picture: options.fetch_picture,
            gap_event: self.plan.gap_event.clone(),
            ends_fail: options.ends == Ends::Fail,
        }
    }

    /// The counts of the books, and what is known of the misbehaving.
    fn counted(&self) -> Totals {
        Totals {
            let_go: self.let_go(),
            ..self.books.totals.clone()
        }
    }

    /// The misbehaving connections that the server has let go: by its own word, or if each of them saw its end. A peer
    /// that does not read may not see its end, and a peer that has vanished never does.
    fn let_go(&self) -> Option<u64> {
        let all = u64::from(self.plan.misbehaving());
        let seen = self.books.totals.seen_let_go;
        let told = self.course.measures.let_go();
        told.or((seen == all).then_some(seen))
    }

    fn connections(&self) -> Connections {
        Connections {
            ramp: self.course.ramp.as_secs_f64(),
            opened: self.books.opened,
            reconnects: self.course.reconnects,
            top: self.course.top,
            held: self.course.held_at_end,
            connect: self.books.connects.quantiles(),
            after_seconds: self.books.after_seconds.clone(),
            answer: self.books.answers.quantiles(),
        }
    }

    fn ended_storm(&self) -> Option<Storm> {
        let storm = self.course.storm.clone()?;
        let back = match storm.back > 0.0 {
            true => storm.at + storm.back,
            false => self.course.held_until.as_secs_f64(),
        };
        let slowest_publish = self.books.broadcasts.slowest_answer(storm.at, back);
        Some(Storm {
            slowest_publish,
            ..storm
        })
    }
}

/// Notes on the limit of this machine that ended the run, if it did, and on the redirects that were `followed`.
fn further_notes(limit: Option<&str>, followed: u64) -> impl Iterator<Item = String> {
    let limit = limit.map(|limit| format!("a limit of this machine ended the run: {limit}"));
    let redirects = (followed > 0).then(|| format!("{} followed", many(followed, "redirect")));
    limit.into_iter().chain(redirects)
}

/// URLs for the report, without the secrets in them.
fn shown_all(urls: &[String]) -> String {
    let urls: Vec<_> = urls
        .iter()
        .map(|url| without_secrets(&shown(url)))
        .collect();
    urls.join(" ")
}

/// Distributions in full, by their names.
fn whole<const N: usize>(times: [(&str, Option<&Latencies>); N]) -> BTreeMap<String, String> {
    let known = times
        .into_iter()
        .filter_map(|(name, times)| Some((name.to_owned(), times?.compressed())));
    known.collect()
}

/// The counts of the books, with those of the ledger.
fn totals(books: Totals, ledger: Totals) -> Totals {
    Totals {
        events: books.events,
        resumed: books.resumed,
        missed: books.missed,
        ended: books.ended,
        dropped: books.dropped,
        given_up: books.given_up,
        let_go: books.let_go,
        seen_let_go: books.seen_let_go,
        published: books.published,
        unpublished: books.unpublished,
        not_sent: books.not_sent,
        sent_late: books.sent_late,
        bytes: books.bytes,
        ..ledger
    }
}

/// The subscribers that held a stream at a moment.
fn held_at(samples: &[Sample], moment: f64) -> u32 {
    let until = samples.partition_point(|sample| sample.at <= moment);
    samples[..until].last().map_or(0, |sample| sample.held)
}
