//! The entity’s last value stands where the other side has null. Recognised in the histories of a few entities.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Test, Value};

/// See [`Detector::page`].
pub struct ForwardFill;

impl Detector for ForwardFill {
    fn id(&self) -> &'static str {
        "forward-fill"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("forward_fill.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (mut filled, mut n_null) = (0_usize, 0_usize);
        let to = evidence.to.idx();
        let from = evidence.to.other().idx();
        for history in evidence.histories {
            let mut last: Option<&Value> = None;
            for pair in history {
                let [from, to] = [&pair[from], &pair[to]];
                if from.is_null() {
                    if !to.is_null() {
                        n_null += 1;
                        filled += usize::from(last == Some(to));
                    }
                } else {
                    last = Some(from);
                }
            }
        }
        if filled < 8 || filled * 10 < n_null * 6 {
            return Vec::new();
        }
        let test = Test::Earlier { within: 16, missing: true };
        let advice = "fill in on both sides, or on none: what was missing cannot be told from {to}";
        vec![
            Proposal::new("{to} has the entity's last value where {from} has null", test)
                .advice(advice)
                .bits(2.0)
                .min_values(1),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::evidence;
    use arrow::datatypes::DataType;

    #[test]
    fn the_last_value_is_found_in_histories() {
        let row = |from: Option<i64>, to: i64| [Value::from(from), Value::from(to)];
        let histories: Vec<Vec<[Value; 2]>> =
            (0..10).map(|x| vec![row(Some(x), x), row(None, x), row(Some(x + 50), x + 50)]).collect();
        let mut evidence = evidence("x", &[], &DataType::Int64, &DataType::Int64);
        evidence.histories = &histories;
        assert_eq!(ForwardFill.propose(&evidence).len(), 1);
        let histories: Vec<Vec<[Value; 2]>> = (0..10).map(|x| vec![row(Some(x), x), row(None, x + 1)]).collect();
        evidence.histories = &histories;
        assert_eq!(ForwardFill.propose(&evidence), []);
    }
}
