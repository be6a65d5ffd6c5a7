//! What every detector is.

use super::evidence::Evidence;
use super::proposal::Proposal;

/// Recognises one mechanism in a sample and proposes it with its parameters. Proposes, never decides.
pub trait Detector: Sync {
    /// `null-to-sentinel`: what happened, so that "explained by null-to-sentinel" reads well.
    fn id(&self) -> &'static str;

    fn family(&self) -> Family;

    /// The page that `trueup mechanisms ID` prints, in Markdown.
    fn page(&self) -> &'static str;

    /// Returns what may have happened on the way from `from` to `to`, the most likely first.
    ///
    /// It is asked for both directions, and again for what other mechanisms leave unexplained: it looks for what holds in
    /// enough of the pairs, not in all of them.
    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal>;
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Unit,
    Temporal,
    Missing,
    Encoding,
    Numeric,
    Structural,
    Join,
}

impl Family {
    pub const ALL: [Self; 7] =
        [Self::Unit, Self::Temporal, Self::Missing, Self::Encoding, Self::Numeric, Self::Structural, Self::Join];

    /// Returns the word that the report has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Temporal => "temporal",
            Self::Missing => "missing",
            Self::Encoding => "encoding",
            Self::Numeric => "numeric",
            Self::Structural => "structural",
            Self::Join => "join",
        }
    }
}
