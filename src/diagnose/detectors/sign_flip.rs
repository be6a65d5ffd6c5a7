//! The sign was turned around. Recognised by pairs whose sum is zero.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
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

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let flipped = evidence.numbers().filter(|(from, to)| *from == -*to && *from != 0.0).count();
        if flipped < 8 {
            return Vec::new();
        }
        let sql = Some("-value".to_owned());
        vec![Proposal::function("{to} = -{from}", sql.clone(), sql)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn turned_signs_are_found_among_others() {
        let mut pairs: Vec<(Value, Value)> = (1..20).map(|x| (Value::from(x), Value::from(-x))).collect();
        pairs.extend((1..20).map(|x| (Value::from(x), Value::from(x + 1))));
        assert_eq!(propose(&SignFlip, &pairs).len(), 1);
        let others: Vec<(Value, Value)> = (1..20).map(|x| (Value::from(x), Value::from(-x - 1))).collect();
        assert_eq!(propose(&SignFlip, &others), []);
    }
}
