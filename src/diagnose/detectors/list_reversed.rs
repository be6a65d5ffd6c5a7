//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct ListReversed;

impl Detector for ListReversed {
    fn id(&self) -> &'static str {
        "list-reversed"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_reversed.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
