//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct VectorScale;

impl Detector for VectorScale {
    fn id(&self) -> &'static str {
        "vector-scale"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("vector_scale.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
