//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct SentinelToNull;

impl Detector for SentinelToNull {
    fn id(&self) -> &'static str {
        "sentinel-to-null"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("sentinel_to_null.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
