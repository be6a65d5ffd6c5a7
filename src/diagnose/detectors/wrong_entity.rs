//! TODO(detector)

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// TODO(detector)
pub struct WrongEntity;

impl Detector for WrongEntity {
    fn id(&self) -> &'static str {
        "wrong-entity"
    }

    fn family(&self) -> Family {
        Family::Join
    }

    fn page(&self) -> &'static str {
        include_str!("wrong_entity.md")
    }

    fn propose(&self, _evidence: &Evidence<'_>) -> Vec<Proposal> {
        Vec::new()
    }
}
