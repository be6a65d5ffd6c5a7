//! An integer does not fit and wraps around. Recognised by a difference that is a multiple of 2^8, 2^16 or 2^32.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct OverflowWrap;

impl Detector for OverflowWrap {
    fn id(&self) -> &'static str {
        "overflow-wrap"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("overflow_wrap.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for bits in [8_u32, 16, 32] {
            let modulus = 1_i128 << bits;
            for signed in [true, false] {
                let wrapped = |value: i128| {
                    let rest = value.rem_euclid(modulus);
                    if signed && rest >= modulus / 2 { rest - modulus } else { rest }
                };
                let pairs = evidence.wholes();
                let fits: Vec<(i128, i128)> = pairs.filter(|(from, to)| from != to && wrapped(*from) == *to).collect();
                if fits.len() < 8 {
                    continue;
                }
                let once = fits.iter().all(|(from, to)| from - to == modulus);
                let negative = fits.iter().all(|(_, to)| *to < 0);
                let turned = fits.iter().all(|(from, to)| *from < 0 && to - from == modulus);
                let inverse = if once && negative {
                    Some(format!("CASE WHEN value < 0 THEN value + {modulus} ELSE value END"))
                } else if turned {
                    Some(format!("CASE WHEN value >= {} THEN value - {modulus} ELSE value END", modulus / 2))
                } else {
                    None
                };
                let rest = format!("((value % {modulus}) + {modulus}) % {modulus}");
                let half = modulus / 2;
                let signed_rest = || format!("(((value + {half}) % {modulus}) + {modulus}) % {modulus} - {half}");
                let forward = Some(if signed { signed_rest() } else { rest });
                let name = format!("{}{bits}", if signed { "int" } else { "uint" });
                let summary = format!("{{to}} = {{from}} wrapped around as {name}");
                let advice = format!("{{to}} needs a wider type than {name}");
                let proposal = Proposal::function(summary, forward, inverse).parameter("type", name).advice(advice);
                proposals.push(proposal.bits(3.0));
                break;
            }
        }
        proposals.truncate(2);
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_width_is_found() {
        let pairs: Vec<(Value, Value)> = (0..20)
            .map(|x| 3_000_000_000_i64 + 1000 * x)
            .map(|x| (Value::from(x), Value::from(i64::from(x as i32))))
            .collect();
        let proposals = propose(&OverflowWrap, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("type", "int32".into())]));
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from(x), Value::from(x + 300))).collect();
        assert_eq!(propose(&OverflowWrap, &pairs), []);
    }
}
