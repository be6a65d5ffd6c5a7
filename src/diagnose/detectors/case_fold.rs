//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct CaseFold;

impl Detector for CaseFold {
    fn id(&self) -> &'static str {
        "case-fold"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("case_fold.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
