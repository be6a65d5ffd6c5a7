//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct PercentFraction;

impl Detector for PercentFraction {
    fn id(&self) -> &'static str {
        "percent-fraction"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("percent_fraction.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
