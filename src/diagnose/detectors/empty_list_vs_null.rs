//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct EmptyListVsNull;

impl Detector for EmptyListVsNull {
    fn id(&self) -> &'static str {
        "empty-list-vs-null"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("empty_list_vs_null.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
