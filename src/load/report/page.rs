//! A report as a page: a single file with the verdict on top, the curves, and every figure. It has no script and loads
//! nothing.

mod chart;
mod charts;
mod curves;
mod figures;
mod html;
mod latency;
mod scale;
#[cfg(test)]
mod tests;
mod thin;

use super::{
    Report,
    units::{count, duration, many},
};
use html::Escaped;
use std::time::{Duration, UNIX_EPOCH};

const STYLE: &str = include_str!("page/style.css");
/// The most faults that the heading names; the list below it has all.
const NAMED: usize = 3;

/// The page.
pub(crate) fn render(report: &Report) -> String {
    let heading = Heading::of(report);
    format!(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=color-scheme content=\"light dark\">\n\
         <title>{title}: {url}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header class={class}>\n<p class=eyebrow>Load test of <b>{url}</b></p>\n\
         <h1><span class=sign aria-hidden=true>{sign}</span> {title}</h1>\n{words}</header>\n<main>\n{tiles}\
         <section class=charts aria-label=\"Over time\">\n{charts}</section>\n{tables}</main>\n\
         <footer><p>{when}</p></footer>\n</body>\n</html>\n",
        title = Escaped(&heading.title),
        url = Escaped(&report.asked.url),
        class = heading.class,
        sign = heading.sign,
        words = heading.words,
        tiles = figures::tiles(report),
        charts = charts::charts(report),
        tables = figures::tables(report),
        when = when(report),
    )
}

/// The head of the page: how the server stood the test.
struct Heading {
    class: &'static str,
    sign: char,
    title: String,
    /// Paragraphs below the title.
    words: String,
}

impl Heading {
    fn of(report: &Report) -> Self {
        let faults = report.faults();
        let mut words = format!(
            "<p class=lead>{}</p>\n",
            Escaped(&sentence(report, faults.is_empty()))
        );
        if !faults.is_empty() {
            let items: String = faults
                .iter()
                .map(|fault| format!("<li>{}</li>\n", Escaped(fault)))
                .collect();
            words += &format!("<ul class=faults>\n{items}</ul>\n");
        }
        if report.interrupted {
            words += "<p class=interrupted>The run was interrupted: these are the figures until then.</p>\n";
        }
        Self {
            class: if faults.is_empty() { "good" } else { "bad" },
            sign: if faults.is_empty() { '✓' } else { '✗' },
            title: title(&faults),
            words,
        }
    }
}

/// `Held and delivered`, or the faults: `3 lost, 5 dropped`.
fn title(faults: &[String]) -> String {
    if faults.is_empty() {
        return "Held and delivered".to_owned();
    }
    let names = faults
        .iter()
        .map(|fault| fault.split(':').next().unwrap_or_default());
    let mut names: Vec<&str> = names.take(NAMED).collect();
    if faults.len() > NAMED {
        names.push("and more");
    }
    names.join(", ")
}

fn sentence(report: &Report, is_good: bool) -> String {
    let (asked, held) = (&report.asked, &report.connections.held);
    let crowd = format!(
        "{} of {} subscribers held a stream at the end of {}",
        count((*held).into()),
        count(asked.subscribers.into()),
        duration(report.held())
    );
    match (is_good, report.totals.published) {
        (true, 0) => format!("{crowd}, and none was dropped. Nothing was published."),
        (true, published) => format!(
            "{crowd}, and each got every event once and in order: {} published.",
            many(published, "event")
        ),
        (false, published) => format!("{crowd}; {} published.", many(published, "event")),
    }
}

/// When the run was and how long it took.
fn when(report: &Report) -> String {
    let began = UNIX_EPOCH + Duration::try_from_secs_f64(report.began).unwrap_or_default();
    format!(
        "Began on {}, took {}. Measured by picture-frame {} on one thread.",
        httpdate::fmt_http_date(began),
        duration(report.took),
        env!("CARGO_PKG_VERSION")
    )
}
