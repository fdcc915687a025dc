//! The knee: the first stage at which the server's latency grows faster than its crowd, or whose crowd could not be held.
//! Pure.

use crate::load::report::{
    StageFigures,
    units::{count, short, time},
};

/// The growth beyond that of the crowd that is still no knee, as a factor: a p99 of a short stage is uncertain.
const SLACK: f64 = 1.5;
/// A p99 that is no knee however it grew, in seconds: so much is noise.
const SMALL: f64 = 0.010;

/// A sentence that says where the knee is, with the rule; nothing without stages.
pub(in crate::load) fn sentence(stages: &[StageFigures]) -> Option<String> {
    let last = stages.last()?;
    let before = std::iter::once(None).chain(stages.iter().map(Some));
    let found = before.zip(stages).find_map(|(before, stage)| {
        let why = unheld(stage).or_else(|| steep(before?, stage))?;
        Some(format!(
            "the knee is at {} subscribers: {why}",
            count(stage.subscribers.into())
        ))
    });
    Some(found.unwrap_or_else(|| {
        format!(
            "no knee up to {} subscribers: every stage was held, and from stage to stage the 99 % time grew no more than \
             {SLACK} times as much as the crowd",
            count(last.subscribers.into())
        )
    }))
}

fn unheld(stage: &StageFigures) -> Option<String> {
    let held = count(stage.held.into());
    (stage.held < stage.subscribers).then(|| format!("only {held} were held"))
}

fn steep(before: &StageFigures, stage: &StageFigures) -> Option<String> {
    let crowd = f64::from(stage.subscribers) / f64::from(before.subscribers.max(1));
    let (from, to) = (before.latency.p99, stage.latency.p99);
    let is_steep = from > 0.0 && to > SMALL && to / from > SLACK * crowd;
    is_steep.then(|| {
        format!(
            "99 % had an event within {} instead of {}, {} times as long for {} times the crowd",
            time(to),
            time(from),
            short(to / from, 1),
            short(crowd, 1)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::Quantiles;

    fn stages(figures: &[(u32, u32, f64)]) -> Vec<StageFigures> {
        let stage = |(subscribers, held, p99): &(u32, u32, f64)| StageFigures {
            subscribers: *subscribers,
            held: *held,
            latency: Quantiles {
                count: 1,
                p99: *p99,
                ..Quantiles::default()
            },
            ..StageFigures::default()
        };
        figures.iter().map(stage).collect()
    }

    #[test]
    fn the_knee_is_the_first_stage_that_is_steep_or_not_held() {
        for (figures, start) in [
            (&[][..], None),
            (&[(10, 10, 0.1)], Some("no knee up to 10 ")),
            (
                &[(10, 9, 0.1)],
                Some("the knee is at 10 subscribers: only 9 "),
            ),
            (&[(10, 10, 0.1), (20, 20, 0.2)], Some("no knee up to 20 ")),
            (&[(10, 10, 0.1), (20, 20, 0.29)], Some("no knee up to 20 ")),
            (
                &[(10, 10, 0.1), (20, 20, 0.4)],
                Some("the knee is at 20 subscribers: 99 %"),
            ),
            (
                &[(10, 10, 0.1), (20, 20, 0.4), (30, 7, 9.0)],
                Some("the knee is at 20 "),
            ),
            (
                &[(10, 10, 0.1), (20, 19, 0.1)],
                Some("the knee is at 20 subscribers: only 19 "),
            ),
            (
                &[(10, 10, 0.0001), (20, 20, 0.009)],
                Some("no knee up to 20 "),
            ),
            (&[(10, 10, 0.0), (20, 20, 1.0)], Some("no knee up to 20 ")),
        ] {
            let sentence = sentence(&stages(figures));
            match start {
                None => assert_eq!(sentence, None),
                Some(start) => {
                    let sentence = sentence.unwrap();
                    assert!(sentence.starts_with(start), "{figures:?}: {sentence}");
                }
            }
        }
    }
}
