//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct BinaryDecimalPrefix;

impl Detector for BinaryDecimalPrefix {
    fn id(&self) -> &'static str {
        "binary-decimal-prefix"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("binary_decimal_prefix.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
