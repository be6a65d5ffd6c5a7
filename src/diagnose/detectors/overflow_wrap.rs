//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct OverflowWrap;

impl Detector for OverflowWrap {
    fn id(&self) -> &'static str {
        "overflow-wrap"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("overflow_wrap.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
