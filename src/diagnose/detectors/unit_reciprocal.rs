//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct UnitReciprocal;

impl Detector for UnitReciprocal {
    fn id(&self) -> &'static str {
        "unit-reciprocal"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_reciprocal.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
