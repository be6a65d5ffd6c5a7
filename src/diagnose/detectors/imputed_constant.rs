//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct ImputedConstant;

impl Detector for ImputedConstant {
    fn id(&self) -> &'static str {
        "imputed-constant"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("imputed_constant.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
