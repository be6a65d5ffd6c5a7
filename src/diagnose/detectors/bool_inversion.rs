//! True and false are exchanged.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct BoolInversion;

impl Detector for BoolInversion {
    fn id(&self) -> &'static str {
        "bool-inversion"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("bool_inversion.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let flipped = |pair: &crate::diagnose::Pair<'_>| match (pair.from, pair.to) {
            (Value::Bool(from), Value::Bool(to)) => from != to,
            _ => false,
        };
        let flipped: Vec<_> = evidence.mismatches().filter(flipped).collect();
        let both = [true, false].map(|value| flipped.iter().any(|pair| *pair.from == Value::Bool(value)));
        if flipped.len() < 8 || both != [true, true] {
            return Vec::new();
        }
        let sql = Some("NOT value".to_owned());
        vec![Proposal::function("{to} = not {from}", sql.clone(), sql).min_values(2).bits(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn exchanged_bools_are_found_and_one_way_only_is_not() {
        let pairs: Vec<(Value, Value)> = (0..12).map(|x| ((x % 2 == 0).into(), (x % 2 == 1).into())).collect();
        assert_eq!(propose(&BoolInversion, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (0..12).map(|_| (true.into(), false.into())).collect();
        assert_eq!(propose(&BoolInversion, &pairs), []);
    }
}
