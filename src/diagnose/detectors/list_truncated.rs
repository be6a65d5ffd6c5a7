//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct ListTruncated;

impl Detector for ListTruncated {
    fn id(&self) -> &'static str {
        "list-truncated"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_truncated.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
