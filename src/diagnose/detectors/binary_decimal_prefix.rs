//! A size was divided by 1,024 on one side and by 1,000 on the other. Recognised by the ratio 1.024, or a power of it.

use crate::diagnose::scale::{NAMED_BITS, Scale, scales};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
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

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for scale in scales(evidence) {
            for power in [1, 2, 3, 4] {
                for factor in [1.024_f64.powi(power), 1.024_f64.powi(-power)] {
                    if (scale.factor / factor - 1.0).abs() <= 2e-9 {
                        let exact = Scale { factor, ..scale.clone() };
                        let proposal = exact.proposal(&format!(" (1,024 for 1,000, {power} times)"));
                        proposals.push(proposal.parameter("power", power).bits(NAMED_BITS - 4.0));
                    }
                }
            }
        }
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_power_of_the_prefix_is_found() {
        let pairs: Vec<(Value, Value)> =
            (1..30).map(|x| (f64::from(x).into(), (f64::from(x) * 1.024 * 1.024).into())).collect();
        let proposals = propose(&BinaryDecimalPrefix, &pairs);
        assert_eq!(proposals.first().and_then(|p| p.parameters.last().cloned()), Some(("power", 2.into())));
        let pairs: Vec<(Value, Value)> =
            (1..30).map(|x| (f64::from(x).into(), (f64::from(x) * 1.025).into())).collect();
        assert_eq!(propose(&BinaryDecimalPrefix, &pairs), []);
    }
}
