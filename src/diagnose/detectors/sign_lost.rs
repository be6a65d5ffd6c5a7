//! The sign is gone: the value is the absolute value. Recognised by negative values that became positive, and none the other
//! way.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct SignLost;

impl Detector for SignLost {
    fn id(&self) -> &'static str {
        "sign-lost"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("sign_lost.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (mut lost, mut against) = (0_usize, 0_usize);
        for (from, to) in evidence.numbers() {
            lost += usize::from(from < 0.0 && to == -from);
            against += usize::from(to < 0.0);
        }
        let positive_stays =
            evidence.matches().filter(|pair| pair.from.number().is_some_and(|from| from > 0.0)).count();
        if lost < 8 || against * 20 > lost || positive_stays == 0 {
            return Vec::new();
        }
        let advice = "{to} has lost the sign: take the value before its absolute value is taken";
        vec![Proposal::lossy("{to} = |{from}|: the sign is lost", "abs(value)", advice).bits(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_absolute_value_is_found_where_positive_values_stay() {
        let pairs: Vec<(Value, Value)> = (-20..20).map(|x: i64| (Value::from(x), Value::from(x.abs()))).collect();
        assert_eq!(propose(&SignLost, &pairs).len(), 1);
        // All signs are turned: that is another mechanism.
        let flipped: Vec<(Value, Value)> = (-20..20).map(|x: i64| (Value::from(x), Value::from(-x))).collect();
        assert_eq!(propose(&SignLost, &flipped), []);
    }
}
