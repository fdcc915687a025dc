//! A report as a page: a single file with the verdict on top, the curves, and every figure. It has no script and loads
//! nothing.

mod chart;
mod charts;
mod costs;
mod crowds;
mod curves;
mod distribution;
mod figures;
mod html;
mod latency;
mod processor;
mod scale;
mod setting;
#[cfg(test)]
mod tests;
mod thin;

use super::{
    Report, Verdict,
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
    let name = report.asked.title.as_ref();
    let name = name.map_or(String::new(), |name| format!("{name} · "));
    format!(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=color-scheme content=\"light dark\">\n\
         <title>{name}{title}: {url}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header class={class}>\n<p class=eyebrow>{name}Load test of <b>{url}</b></p>\n\
         <h1><span class=sign aria-hidden=true>{sign}</span> {title}</h1>\n{words}</header>\n<main>\n{tiles}\
         <section class=charts aria-label=\"Over time\">\n{charts}</section>\n{tables}</main>\n\
         <footer><p>{when}</p></footer>\n</body>\n</html>\n",
        name = Escaped(&name),
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
        let (faults, verdict) = (report.faults(), report.verdict());
        let (class, sign) = match verdict {
            Verdict::Passed => ("good", '✓'),
            Verdict::Failed => ("bad", '✗'),
            Verdict::PartlyChecked | Verdict::NothingChecked => ("open", '?'),
        };
        let mut words = format!("<p class=lead>{}</p>\n", Escaped(&sentence(report)));
        words += &list("faults", &faults);
        words += &list("notes", &report.notes);
        if report.interrupted {
            words += "<p class=interrupted>The run was interrupted: these are the figures until then.</p>\n";
        }
        Self {
            class,
            sign,
            title: title(verdict, &faults),
            words,
        }
    }
}

/// A list of sentences; nothing if there is none.
fn list(class: &str, sentences: &[String]) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let items: String = sentences
        .iter()
        .map(|sentence| format!("<li>{}</li>\n", Escaped(sentence)))
        .collect();
    format!("<ul class={class}>\n{items}</ul>\n")
}

/// `Held and delivered`, or the faults: `3 lost, 5 dropped`.
fn title(verdict: Verdict, faults: &[String]) -> String {
    match verdict {
        Verdict::Passed => return "Held and delivered".to_owned(),
        Verdict::PartlyChecked => return "Partly checked".to_owned(),
        Verdict::NothingChecked => return "Nothing was checked".to_owned(),
        Verdict::Failed => {}
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

fn sentence(report: &Report) -> String {
    let (asked, totals) = (&report.asked, &report.totals);
    let crowd = format!(
        "{} of {} subscribers held a stream at the end of {}",
        count(report.connections.held.into()),
        count(asked.subscribers.into()),
        duration(report.held())
    );
    let published = many(totals.published, "event");
    match report.verdict() {
        Verdict::Passed => {
            format!("{crowd}, and each got every event once and in order: {published} published.")
        }
        Verdict::Failed => format!("{crowd}; {published} published."),
        Verdict::PartlyChecked => format!(
            "{crowd}; {published} published. No fault was found, and {} of the events could not be checked.",
            match totals.not_checked {
                0 => "those without a marker".to_owned(),
                number => count(number),
            }
        ),
        Verdict::NothingChecked => {
            format!("{crowd}; {published} published. No event came that subscribers were to get.")
        }
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
