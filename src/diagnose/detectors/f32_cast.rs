//! The value went through a 32-bit float. Recognised by values that are exactly the nearest 32-bit float of the others.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct F32Cast;

impl Detector for F32Cast {
    fn id(&self) -> &'static str {
        "f32-cast"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("f32_cast.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().collect();
        let single = |value: f64| f64::from(value as f32);
        let cast = pairs
            .iter()
            .filter(|(from, to)| from != to && (single(*from) == *to || shown_as_single(*from, *to)))
            .count();
        if cast < 8 {
            return Vec::new();
        }
        let advice = "carry 64-bit floats, or compare as `float32`, whose tolerance is wider";
        vec![Proposal::lossy("{to} = {from} as a 32-bit float", "CAST(CAST(value AS REAL) AS DOUBLE)", advice)]
    }
}

/// A sample shows a 32-bit float by its shortest text.
fn shown_as_single(from: f64, to: f64) -> bool {
    from as f32 == to as f32
        && f64::from(from as f32) != from
        && to == (from as f32).to_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn singles_are_found_and_rounded_decimals_are_not() {
        let pairs: Vec<(Value, Value)> =
            (1..20).map(|x| f64::from(x) / 7.0).map(|x| (x.into(), f64::from(x as f32).into())).collect();
        assert_eq!(propose(&F32Cast, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> =
            (1..20).map(|x| f64::from(x) / 7.0).map(|x| (x.into(), ((x * 1e4).round() / 1e4).into())).collect();
        assert_eq!(propose(&F32Cast, &pairs), []);
    }
}
