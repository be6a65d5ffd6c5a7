//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct ListDedup;

impl Detector for ListDedup {
    fn id(&self) -> &'static str {
        "list-dedup"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_dedup.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
