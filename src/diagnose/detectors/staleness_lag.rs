//! One side serves values that the other had earlier. Recognised in the histories of entities.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Test, Value};

/// Older values are not looked for.
const MAX_WITHIN: usize = 5;

/// The entity's value of some rows ago.
pub struct StalenessLag;

impl Detector for StalenessLag {
    fn id(&self) -> &'static str {
        "staleness-lag"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("staleness_lag.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (from_idx, to_idx) = (evidence.to.other().idx(), evidence.to.idx());
        // How often the value is found how many distinct values back.
        let mut found = [0_usize; MAX_WITHIN];
        let mut different = 0_usize;
        for history in evidence.histories {
            let mut earlier: Vec<&Value> = Vec::new();
            for row in history {
                let (from, to) = (&row[from_idx], &row[to_idx]);
                if from != to && !to.is_null() && !from.is_null() && !earlier.is_empty() {
                    different += 1;
                    let back = earlier.iter().rev().filter(|value| **value != from).position(|value| *value == to);
                    if let Some(count) = back.and_then(|back| found.get_mut(back)) {
                        *count += 1;
                    }
                }
                if !from.is_null() {
                    earlier.retain(|value| *value != from);
                    earlier.push(from);
                }
            }
        }
        let total: usize = found.iter().sum();
        if total < 8 || total * 2 < different {
            return Vec::new();
        }
        let mut seen = 0;
        let within = found
            .iter()
            .position(|count| {
                seen += count;
                seen * 100 >= total * 99
            })
            .map_or(MAX_WITHIN, |idx| idx + 1);
        let summary = match within {
            1 => "{to} = the entity's previous value of {from}".to_owned(),
            _ => format!("{{to}} = one of the entity's last {within} values of {{from}}"),
        };
        let advice =
            "{to} is late: refresh it before it is read, or define the feature as of an earlier time on both sides";
        vec![
            Proposal::new(summary, Test::Earlier { within, missing: false })
                .parameter("within", within as u64)
                .bits((within as f64).log2() + 2.0)
                .advice(advice),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::evidence;
    use arrow::datatypes::DataType;

    fn within(histories: &[Vec<[Value; 2]>]) -> Option<Test> {
        let (pairs, int) = (Vec::new(), DataType::Int64);
        let mut evidence = evidence("balance", &pairs, &int, &int);
        evidence.histories = histories;
        StalenessLag.propose(&evidence).into_iter().next().map(|found| found.test)
    }

    #[test]
    fn the_value_of_the_row_before() {
        let history: Vec<[Value; 2]> = (1..20_i64).map(|row| [row.into(), (row - 1).into()]).collect();
        assert_eq!(within(&[history]), Some(Test::Earlier { within: 1, missing: false }));
    }

    #[test]
    fn values_that_were_never_there_are_not_late() {
        let history: Vec<[Value; 2]> = (1..20_i64).map(|row| [row.into(), (row + 100).into()]).collect();
        assert_eq!(within(&[history]), None);
    }
}
