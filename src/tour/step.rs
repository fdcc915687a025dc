//! A step of the tour.

use super::{fault::Fault, stage::Stage};

/// A step: its texts, and its play.
pub(super) struct Step {
    pub(super) title: &'static str,
    /// The sentences that say where to look.
    pub(super) watch: &'static str,
    /// Plays the step. Returns the sentence that tells the result.
    pub(super) play: fn(&mut Stage) -> Result<String, Fault>,
    /// The functions to read, each as `file: function`.
    pub(super) read: &'static [&'static str],
    /// The sentence that says what happens without the guard of this step.
    pub(super) without: &'static str,
    /// The exercise that takes the guard out, by the name of its patch.
    pub(super) exercise: &'static str,
}
