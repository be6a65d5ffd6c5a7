//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct UnitAffine;

impl Detector for UnitAffine {
    fn id(&self) -> &'static str {
        "unit-affine"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_affine.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
