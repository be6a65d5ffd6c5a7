//! A logarithm of another base, or of one more, or none at all. Recognised by trying each pair.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct LogVariant;

impl Detector for LogVariant {
    fn id(&self) -> &'static str {
        "log-variant"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("log_variant.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().collect();
        // Two values that are both zero, or one, are in many pairs of functions.
        let telling = |(from, to): &&(f64, f64)| from != to;
        let mut proposals = Vec::new();
        for (one, from) in FORMS.iter().enumerate() {
            for (other, to) in FORMS.iter().enumerate() {
                if one == other {
                    continue;
                }
                let fits = |(from_value, to_value): &&(f64, f64)| {
                    let raw = (from.undo)(*from_value);
                    let predicted = (to.apply)(raw);
                    predicted.is_finite() && (predicted - to_value).abs() <= 1e-9 * to_value.abs().max(1e-3)
                };
                let count = pairs.iter().filter(telling).filter(fits).count();
                if count < 8 {
                    continue;
                }
                let forward = (to.sql)(&(from.undo_sql)("value"));
                let inverse = (from.sql)(&(to.undo_sql)("value"));
                let summary = match (from.name, to.name) {
                    ("none", name) => format!("{{to}} = {name}({{from}})"),
                    (name, "none") => format!("{{to}} is raw where {{from}} = {name}(raw)"),
                    (from, to) => format!("{{to}} = {to}(raw) where {{from}} = {from}(raw)"),
                };
                let proposal = Proposal::function(summary, Some(forward), Some(inverse));
                let proposal = proposal.parameter("from", from.name).parameter("to", to.name);
                proposals.push((count, proposal.bits(4.6)));
            }
        }
        proposals.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        proposals.into_iter().take(3).map(|(_, proposal)| proposal).collect()
    }
}

/// A form in which a value may be.
struct Form {
    name: &'static str,
    apply: fn(f64) -> f64,
    undo: fn(f64) -> f64,
    sql: fn(&str) -> String,
    undo_sql: fn(&str) -> String,
}

/// In DataFusion `log` is the logarithm of base 10, and there is no `log1p`.
const FORMS: [Form; 5] = [
    Form { name: "none", apply: |x| x, undo: |x| x, sql: |x| x.to_owned(), undo_sql: |x| x.to_owned() },
    Form { name: "ln", apply: f64::ln, undo: f64::exp, sql: |x| format!("ln({x})"), undo_sql: |x| format!("exp({x})") },
    Form {
        name: "log1p",
        apply: f64::ln_1p,
        undo: f64::exp_m1,
        sql: |x| format!("ln({x} + 1.0)"),
        undo_sql: |x| format!("(exp({x}) - 1.0)"),
    },
    Form {
        name: "log10",
        apply: f64::log10,
        undo: |x| 10_f64.powf(x),
        sql: |x| format!("log10({x})"),
        undo_sql: |x| format!("power(10.0, {x})"),
    },
    Form {
        name: "log2",
        apply: f64::log2,
        undo: f64::exp2,
        sql: |x| format!("log2({x})"),
        undo_sql: |x| format!("power(2.0, {x})"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_pair_of_logarithms_is_found() {
        let pairs: Vec<(Value, Value)> = (2..30).map(f64::from).map(|x| (x.ln_1p().into(), x.ln().into())).collect();
        let proposals = propose(&LogVariant, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("from", "log1p".into()), ("to", "ln".into())])
        );
        let pairs: Vec<(Value, Value)> = (2..30).map(f64::from).map(|x| (x.into(), x.sqrt().into())).collect();
        assert_eq!(propose(&LogVariant, &pairs), []);
    }
}
