//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct SignFlip;

impl Detector for SignFlip {
    fn id(&self) -> &'static str {
        "sign-flip"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("sign_flip.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
