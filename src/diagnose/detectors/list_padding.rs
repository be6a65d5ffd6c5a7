//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct ListPadding;

impl Detector for ListPadding {
    fn id(&self) -> &'static str {
        "list-padding"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_padding.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
