//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct DecimalRounding;

impl Detector for DecimalRounding {
    fn id(&self) -> &'static str {
        "decimal-rounding"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("decimal_rounding.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
