//! The end of a run: all counts are put together as a report.

use super::Crowd;
use crate::load::{
    judge::{latencies::Latencies, pictures::Pictures},
    options::Ends,
    report::{
        Asked, Connections, MemoryGrowth, MemoryUse, Report, Sample, Storm, Totals, units::many,
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
        let (storm, memory) = (self.ended_storm(), self.memory());
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
            totals: totals(books.totals, judgement.totals),
            which: judgement.which,
            notes: judgement.notes,
            only_markers: judgement.only_markers,
            events: judgement.events,
            latency: latency.quantiles(),
            latency_sent_late: latency_sent_late.quantiles(),
            histograms,
            stages: course.stages,
            broadcasts,
            fetches,
            storm,
            memory: Some(memory),
            samples: course.samples.into_vec(),
            errors: books.errors,
            required: Vec::new(),
        };
        for it in report.broadcasts.iter_mut().filter(|it| it.audience == 0) {
            // A broadcast of another process is known from its first receipt on.
            it.audience = held_at(&report.samples, it.at).max(it.live);
        }
        report.notes.extend(about_others);
        report.notes.extend(report.pace());
        let notes = further_notes(report.limit.as_deref(), servers.followed);
        report.notes.extend(notes);
        report.with_whole_times()
    }

    fn asked(&self) -> Asked {
        let options = self.plan.options.clone();
        Asked {
            url: shown_all(&options.urls),
            run: self.run.clone(),
            process: self.process.clone(),
            publish: options.place().map(|url| shown(&url).into_owned()),
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

    fn connections(&self) -> Connections {
        Connections {
            ramp: self.course.ramp.as_secs_f64(),
            opened: self.books.opened,
            reconnects: self.course.reconnects,
            top: self.course.top,
            held: self.course.held_at_end,
            connect: self.books.connects.quantiles(),
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

    fn memory(&self) -> MemoryGrowth {
        let course = &self.course.memory;
        let (before, top) = (course.before, course.most);
        let each = |of: fn(&MemoryUse) -> Option<u64>| {
            let grown = of(&top)?.saturating_sub(of(&before)?);
            Some(grown as f64 / f64::from(self.course.connections.max(1)))
        };
        MemoryGrowth {
            before,
            top,
            after: course.after.unwrap_or(course.latest),
            per_subscriber: each(|memory| memory.resident),
            kernel_per_subscriber: each(|memory| memory.kernel),
            own_per_subscriber: each(|memory| memory.own),
        }
    }
}

/// Notes on the limit of this machine that ended the run, if it did, and on the redirects that were `followed`.
fn further_notes(limit: Option<&str>, followed: u64) -> impl Iterator<Item = String> {
    let limit = limit.map(|limit| format!("a limit of this machine ended the run: {limit}"));
    let redirects = (followed > 0).then(|| format!("{} followed", many(followed, "redirect")));
    limit.into_iter().chain(redirects)
}

/// URLs for the report, without the passwords in them.
fn shown_all(urls: &[String]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| shown(url)).collect();
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
