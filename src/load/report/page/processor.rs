//! The processor time of the server and of this program over the run, as parts of a core.

use super::{
    chart::{Chart, Series, Shape, Tip},
    curves::{TIPS, chart},
    scale::Scale,
    thin::{Point, buckets},
};
use crate::load::report::{CpuUse, Report, Sample, costs::percent, units::short};

/// The least time between two looks that a part of a core is told by, in seconds: the kernel counts in hundredths.
const APART: f64 = 0.9;

/// A reading of the processor time used so far.
type Reading = fn(&CpuUse) -> Option<f64>;

/// A part of a core that was in use.
type Part = fn(&Shares) -> Option<f64>;

/// The parts of a core that were in use from a moment to another.
struct Shares {
    from: f64,
    until: f64,
    server: Option<f64>,
    own: Option<f64>,
}

/// The chart; nothing if no processor time is known, or the run was too short.
pub(super) fn processor<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let all = shares(&report.samples);
    let of: [(&'static str, &'static str, Part); 2] = [
        ("server", "blue", |it| it.server),
        ("this program", "grey", |it| it.own),
    ];
    let series: Vec<Series> = of
        .into_iter()
        .filter_map(|(name, class, of)| series(&all, name, class, of))
        .collect();
    let values = series.iter().flat_map(|it| it.points.iter());
    let most = values.map(|(_, value)| *value).fold(0.0, f64::max);
    let up = Scale::counts(most.max(10.0));
    let mut chart = chart(report, across, up, "processor", "Processor time");
    chart.note = "In percent of one core; the figures are those of the last second.".to_owned();
    chart.tips = buckets(&all, TIPS).map(tip).collect();
    chart.series = series;
    (!chart.series.is_empty()).then_some(chart)
}

fn shares(samples: &[Sample]) -> Vec<Shares> {
    let mut all = Vec::new();
    let Some(mut before) = samples.first() else {
        return all;
    };
    for sample in samples {
        let seconds = sample.at - before.at;
        if seconds < APART {
            continue;
        }
        let share = |of: Reading| Some(((of(&sample.cpu)? - of(&before.cpu)?) / seconds).max(0.0));
        all.push(Shares {
            from: before.at,
            until: sample.at,
            server: share(|it| it.server),
            own: share(|it| it.own),
        });
        before = sample;
    }
    all
}

fn series(all: &[Shares], name: &'static str, class: &'static str, of: Part) -> Option<Series> {
    let last = all.iter().rev().find_map(of)?;
    let point = |it: &Shares| {
        let share = of(it).map_or(f64::NAN, |share| share * 100.0);
        [(it.from, share), (it.until, share)]
    };
    let points: Vec<Point> = all.iter().flat_map(point).collect();
    Some(Series {
        name,
        figure: percent(last),
        class,
        shape: Shape::Line,
        points,
    })
}

fn tip(bucket: &[Shares]) -> Tip {
    let (first, last) = (&bucket[0], &bucket[bucket.len() - 1]);
    let told =
        |name: &str, share: Option<f64>| share.map(|share| format!("{name} {}", percent(share)));
    let lines = [
        Some(format!("At {} s", short(last.until, 1))),
        told("server", last.server),
        told("this program", last.own),
    ];
    Tip {
        from: first.from,
        until: last.until,
        text: lines.into_iter().flatten().collect::<Vec<_>>().join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: f64, server: Option<f64>, own: f64) -> Sample {
        Sample {
            at,
            cpu: CpuUse {
                server,
                own: Some(own),
            },
            ..Sample::default()
        }
    }

    #[test]
    fn a_part_of_a_core_is_that_between_two_looks_a_second_apart() {
        let samples = [
            sample(0.0, None, 1.0),
            sample(0.1, Some(7.0), 1.0),
            sample(1.0, Some(8.0), 1.5),
            sample(3.0, Some(8.4), 1.5),
        ];
        let all = shares(&samples);
        let told: Vec<_> = all.iter().map(|it| (it.server, it.own)).collect();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0], (None, Some(0.5)));
        assert!((told[1].0.unwrap() - 0.2).abs() < 1e-9 && told[1].1 == Some(0.0));
    }

    #[test]
    fn a_server_that_does_not_tell_has_no_curve() {
        let report = Report {
            samples: (0..4)
                .map(|at| sample(f64::from(at), None, f64::from(at) / 2.0))
                .collect(),
            ..Report::default()
        };
        let across = Scale::moments(4.0);
        let svg = processor(&report, &across).unwrap().render();
        assert!(svg.contains("50 %") && !svg.contains("server <b>"), "{svg}");
        assert!(processor(&Report::default(), &across).is_none());
    }
}
