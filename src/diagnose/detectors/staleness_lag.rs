//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct StalenessLag;

impl Detector for StalenessLag {
    fn id(&self) -> &'static str {
        "staleness-lag"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("staleness_lag.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
