//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct NullToSentinel;

impl Detector for NullToSentinel {
    fn id(&self) -> &'static str {
        "null-to-sentinel"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("null_to_sentinel.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
