//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct LeadingZeros;

impl Detector for LeadingZeros {
    fn id(&self) -> &'static str {
        "leading-zeros"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("leading_zeros.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
