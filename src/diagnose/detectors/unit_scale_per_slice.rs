//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct UnitScalePerSlice;

impl Detector for UnitScalePerSlice {
    fn id(&self) -> &'static str {
        "unit-scale-per-slice"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_scale_per_slice.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
