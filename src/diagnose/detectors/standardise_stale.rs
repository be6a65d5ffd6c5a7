//! A linear transformation: the values were standardised with other statistics, on one side only, or twice. Recognised by
//! the line that many pairs of rows lie on.

use crate::diagnose::spectrum::{decimal_bits, modes, shortest};
use crate::diagnose::sql::float;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct StandardiseStale;

impl Detector for StandardiseStale {
    fn id(&self) -> &'static str {
        "standardise-stale"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("standardise_stale.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut points: Vec<(f64, f64)> = evidence.numbers().collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        points.dedup();
        if points.len() < 8 {
            return Vec::new();
        }
        // Pairs of rows half the sample apart: far enough for the slope to be exact.
        let half = points.len() / 2;
        let slopes: Vec<f64> = (0..points.len())
            .flat_map(|row| [half, half / 2 + 1, half / 3 + 2].map(|step| (row, row + step)))
            .filter_map(|(row, other)| {
                let (one, other) = (points.get(row)?, points.get(other)?);
                (one.0 != other.0).then(|| (other.1 - one.1) / (other.0 - one.0))
            })
            .collect();
        let Some(mode) = modes(slopes.into_iter(), 1e-7, 8).into_iter().next() else { return Vec::new() };
        // The line through the two outermost points that have this slope, by least squares over those near it.
        let scale = points
            .iter()
            .fold(0.0_f64, |scale, (from, to)| scale.max(from.abs() * mode.value.abs()).max(to.abs()))
            .max(f64::MIN_POSITIVE);
        // The offset that most points share, told to a millionth of the scale.
        let offsets = points.iter().map(|(from, to)| (to - mode.value * from) / scale + 4.0);
        let Some(shared) = modes(offsets, 1e-6, 8).into_iter().next() else { return Vec::new() };
        let middle = (shared.value - 4.0) * scale;
        let on_line: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|(from, to)| (to - mode.value * from - middle).abs() <= 1e-6 * scale.max(1e-300))
            .collect();
        if on_line.len() < 8 || on_line.len() * 4 < points.len() {
            return Vec::new();
        }
        let n = on_line.len() as f64;
        let (mean_from, mean_to) =
            (on_line.iter().map(|(from, _)| from).sum::<f64>() / n, on_line.iter().map(|(_, to)| to).sum::<f64>() / n);
        let (mut products, mut squares) = (0.0, 0.0);
        for (from, to) in &on_line {
            products += (from - mean_from) * (to - mean_to);
            squares += (from - mean_from) * (from - mean_from);
        }
        if squares == 0.0 || products == 0.0 {
            return Vec::new();
        }
        let slope = products / squares;
        let slope = shortest(slope, 1e-10).unwrap_or(slope);
        let offset = mean_to - slope * mean_from;
        let offset = shortest(offset, 1e-9).filter(|short| (short - offset).abs() <= 1e-11 * scale).unwrap_or(offset);
        // A factor alone is another mechanism, and shorter; a ratio of deviations is positive.
        if offset.abs() <= 1e-9 * scale || slope <= 0.0 {
            return Vec::new();
        }
        let is_whole = on_line.iter().all(|(from, to)| from.fract() == 0.0 && to.fract() == 0.0);
        if slope == 1.0 && is_whole {
            return Vec::new();
        }
        let (a, b) = (float(slope), float(offset));
        let summary = if slope == 1.0 {
            format!("{{to}} = {{from}} + {offset}")
        } else {
            format!("{{to}} = {{from}} × {slope} + {offset}: standardised with other statistics, or on one side only")
        };
        let forward = format!("value * {a} + {b}");
        let inverse = format!("(value - {b}) / {a}");
        let proposal = Proposal::function(summary, Some(forward), Some(inverse));
        let bits = decimal_bits(slope) + decimal_bits(offset);
        vec![proposal.parameter("factor", slope).parameter("offset", offset).bits(bits).min_values(4)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_line_is_found_among_noise() {
        let mut pairs: Vec<(Value, Value)> =
            (0..40).map(|x| f64::from(x * x) / 3.0).map(|x| (x.into(), ((x - 40.0) / 12.5).into())).collect();
        pairs.push((7.0.into(), 99.0.into()));
        let proposals = propose(&StandardiseStale, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("factor", 0.08.into()), ("offset", (-3.2).into())])
        );
        let pairs: Vec<(Value, Value)> = (0..40).map(f64::from).map(|x| (x.into(), (x * x).into())).collect();
        assert_eq!(propose(&StandardiseStale, &pairs), []);
    }
}
