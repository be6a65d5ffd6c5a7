//! A vector was scaled to length one. Recognised by the ratio of all items to those of the other side, and by the norm.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct VectorScale;

impl Detector for VectorScale {
    fn id(&self) -> &'static str {
        "vector-scale"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("vector_scale.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let numbers = |items: &[Value]| items.iter().map(Value::number).collect::<Option<Vec<f64>>>();
        let close = |one: f64, other: f64| (one - other).abs() <= 1e-6 * one.abs().max(other.abs()).max(1e-12);
        let scaled_by = |norm: &dyn Fn(&[f64]) -> f64| {
            lists
                .iter()
                .filter_map(|(from, to)| Some((numbers(from)?, numbers(to)?)))
                .filter(|(from, to)| {
                    let norm = norm(from);
                    from.len() == to.len()
                        && from.len() > 1
                        && norm > 0.0
                        && from.iter().zip(to).all(|(from, to)| close(from / norm, *to))
                })
                .count()
        };
        let advice = "the length of the vector is lost in {to}: scale on both sides";
        let euclidean = scaled_by(&|items| items.iter().map(|item| item * item).sum::<f64>().sqrt());
        let absolute = scaled_by(&|items| items.iter().map(|item| item.abs()).sum());
        let greatest = scaled_by(&|items| items.iter().fold(0.0, |greatest, item| greatest.max(item.abs())));
        let mut proposals = Vec::new();
        if euclidean >= 8 {
            let sql = "CASE WHEN cardinality(value) = 0 THEN value ELSE array_normalize(value) END";
            let proposal = Proposal::lossy("{to} = {from} scaled to length 1 (L2)", sql, advice);
            proposals.push(proposal.parameter("norm", "l2").bits(2.0));
        }
        for (count, name, said, norm) in [
            (absolute, "l1", "sum 1 (L1)", "array_sum(array_transform(value, x -> abs(x)))"),
            (greatest, "max", "greatest item 1", "array_max(array_transform(value, x -> abs(x)))"),
        ] {
            if count >= 8 {
                let sql = format!("array_scale(value, 1.0 / {norm})");
                let proposal = Proposal::lossy(format!("{{to}} = {{from}} scaled to {said}"), sql, advice);
                proposals.push(proposal.parameter("norm", name).bits(2.0));
            }
        }
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn vector(items: [f64; 2]) -> Value {
        Value::List(items.into_iter().map(Value::from).collect())
    }

    #[test]
    fn a_vector_of_length_one_is_found() {
        let pairs: Vec<(Value, Value)> =
            (1..15).map(f64::from).map(|x| (vector([3.0 * x, 4.0 * x]), vector([0.6, 0.8]))).collect();
        let proposals = propose(&VectorScale, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("norm", "l2".into())]));
        let pairs: Vec<(Value, Value)> =
            (1..15).map(f64::from).map(|x| (vector([3.0 * x, 4.0 * x]), vector([0.5, 0.8]))).collect();
        assert_eq!(propose(&VectorScale, &pairs), []);
    }
}
