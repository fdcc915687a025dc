//! Decides whether Flickr may be asked, and knows whether it is well. Time is an argument.

use super::{
    failure::{QuestionFailure, away},
    quota::{CarriedQuota, Quota},
};
use crate::source::SourceError;
use std::time::{Duration, Instant};

/// The time for which the gate is shut after a refused key: short, because the key can become valid at Flickr's side without a restart here.
const KEY_WAIT: Duration = Duration::from_secs(30);

/// A change of Flickr's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HealthChange {
    Nothing,
    Lost,
    KeyRefused,
    Regained,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    Lost,
    KeyRefused,
}

/// The reason why the gate is shut until an instant, if it is shut.
enum Shut {
    No,
    Busy(Instant),
    Away(Instant),
    Key(Instant),
}

/// The gate to Flickr. Questions pass while the quota lasts, unless an answer of Flickr has shut the gate.
pub(super) struct Gate {
    quota: Quota,
    shut: Shut,
    health: Health,
}

impl Gate {
    pub(super) fn new(per_hour: u32, now: Instant) -> Self {
        Self {
            quota: Quota::new(per_hour, now),
            shut: Shut::No,
            health: Health::Well,
        }
    }

    /// Counts a question. The error is the reason why it must not be asked.
    pub(super) fn enter(&mut self, now: Instant) -> Result<(), SourceError> {
        match self.shut {
            Shut::Busy(until) if now < until => Err(SourceError::Quota(until - now)),
            Shut::Away(until) if now < until => Err(SourceError::Refused(away(until - now))),
            Shut::Key(until) if now < until => {
                Err(SourceError::Refused("the key is not accepted".into()))
            }
            _ => self.quota.take(now).map_err(SourceError::Quota),
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.health == Health::Well
    }

    /// True if less than a third of the hour's questions was left when the gate was last entered, but some.
    pub(super) fn is_scarce(&self) -> bool {
        self.quota.is_scarce()
    }

    /// The questions of the last hour, as another process gets them.
    pub(super) fn carry(&self, now: Instant) -> CarriedQuota {
        self.quota.carry(now)
    }

    /// Counts the questions of another process.
    pub(super) fn continue_from(&mut self, carried: &CarriedQuota, now: Instant) {
        self.quota.continue_from(carried, now);
    }

    /// Notes the end of a question, and returns the change of Flickr's health.
    pub(super) fn note(&mut self, failure: Option<&QuestionFailure>, now: Instant) -> HealthChange {
        let health = match failure {
            None => Health::Well,
            Some(QuestionFailure::Key(_)) => Health::KeyRefused,
            Some(_) => Health::Lost,
        };
        match failure {
            Some(QuestionFailure::Busy(wait)) => self.shut = Shut::Busy(now + *wait),
            Some(QuestionFailure::Away(wait)) => self.shut = Shut::Away(now + *wait),
            Some(QuestionFailure::Key(_)) => self.shut = Shut::Key(now + KEY_WAIT),
            _ => {}
        }
        let before = std::mem::replace(&mut self.health, health);
        match health {
            same if same == before => HealthChange::Nothing,
            Health::Well => HealthChange::Regained,
            Health::Lost => HealthChange::Lost,
            Health::KeyRefused => HealthChange::KeyRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn loss_and_recovery_are_news_once() {
        let now = Instant::now();
        let mut gate = Gate::new(0, now);
        let refused = QuestionFailure::Refused("HTTP 403".into());
        assert_eq!(gate.note(None, now), HealthChange::Nothing);
        assert_eq!(gate.note(Some(&refused), now), HealthChange::Lost);
        assert_eq!(
            gate.note(Some(&QuestionFailure::Timeout), now),
            HealthChange::Nothing
        );
        assert!(!gate.is_well());
        assert_eq!(gate.note(None, now), HealthChange::Regained);
        assert_eq!(gate.note(None, now), HealthChange::Nothing);
    }

    #[test]
    fn a_refused_key_is_news_once_and_shuts_the_gate_for_half_a_minute() {
        let now = Instant::now();
        let mut gate = Gate::new(0, now);
        let key = QuestionFailure::Key("error 100".into());
        assert_eq!(gate.note(Some(&key), now), HealthChange::KeyRefused);
        assert!(matches!(
            gate.enter(now + 29 * SECOND),
            Err(SourceError::Refused(_))
        ));
        assert_eq!(gate.enter(now + 30 * SECOND), Ok(()));
        assert_eq!(
            gate.note(Some(&key), now + 30 * SECOND),
            HealthChange::Nothing
        );
        assert!(matches!(
            gate.enter(now + 31 * SECOND),
            Err(SourceError::Refused(_))
        ));
    }

    #[test]
    fn a_busy_flickr_is_left_alone_for_as_long_as_it_said() {
        let now = Instant::now();
        let mut gate = Gate::new(0, now);
        assert_eq!(
            gate.note(Some(&QuestionFailure::Busy(7 * SECOND)), now),
            HealthChange::Lost
        );
        assert_eq!(
            gate.enter(now + 2 * SECOND),
            Err(SourceError::Quota(5 * SECOND))
        );
        assert_eq!(gate.enter(now + 7 * SECOND), Ok(()));
    }

    #[test]
    fn a_flickr_that_is_not_available_is_left_alone_for_as_long_as_it_said() {
        let now = Instant::now();
        let mut gate = Gate::new(0, now);
        assert_eq!(
            gate.note(Some(&QuestionFailure::Away(7 * SECOND)), now),
            HealthChange::Lost
        );
        let why = "HTTP 503, not available for another 5 s";
        assert_eq!(
            gate.enter(now + 2 * SECOND),
            Err(SourceError::Refused(why.into()))
        );
        assert_eq!(gate.enter(now + 7 * SECOND), Ok(()));
    }

    #[test]
    fn a_shut_gate_costs_no_quota() {
        let now = Instant::now();
        let mut gate = Gate::new(1, now);
        gate.note(Some(&QuestionFailure::Busy(SECOND)), now);
        assert_eq!(gate.enter(now), Err(SourceError::Quota(SECOND)));
        assert_eq!(gate.enter(now + SECOND), Ok(()));
        assert!(matches!(
            gate.enter(now + SECOND),
            Err(SourceError::Quota(_))
        ));
    }
}
