//! Which number many pairs have in common: a ratio, a difference, a product.

/// A number that many pairs share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// The middle of what they share.
    pub value: f64,
    pub count: usize,
    /// How far apart they are, relative to the value.
    pub width: f64,
}

/// Returns the numbers that at least `min_count` of the values share to within a relative tolerance, the most frequent first.
pub fn modes(values: impl Iterator<Item = f64>, rel_tol: f64, min_count: usize) -> Vec<Mode> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite() && *value != 0.0).collect();
    values.sort_by(f64::total_cmp);
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(first) = values.get(start) {
        let end = start
            + values.iter().skip(start).take_while(|value| (*value - first).abs() <= rel_tol * first.abs()).count();
        let cluster = values.get(start..end).unwrap_or_default();
        if cluster.len() >= min_count.max(1)
            && let (Some(low), Some(middle), Some(high)) =
                (cluster.first(), cluster.get(cluster.len() / 2), cluster.last())
        {
            found.push(Mode { value: *middle, count: cluster.len(), width: ((high - low) / middle).abs() });
        }
        start = end.max(start + 1);
    }
    found.sort_by_key(|mode| std::cmp::Reverse(mode.count));
    found
}

/// Returns the point that lies in the most of these intervals, its own interval, and in how many it lies.
pub fn stab(intervals: &[(f64, f64)]) -> Option<(f64, f64, usize)> {
    let mut ends: Vec<(f64, bool)> = Vec::with_capacity(2 * intervals.len());
    for (low, high) in intervals.iter().filter(|(low, high)| low.is_finite() && high.is_finite() && low <= high) {
        ends.push((*low, false));
        ends.push((*high, true));
    }
    // Starts before ends, so that intervals that touch overlap.
    ends.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let (mut open, mut best) = (0_usize, None::<(f64, f64, usize)>);
    for (idx, (at, is_end)) in ends.iter().enumerate() {
        if *is_end {
            open = open.saturating_sub(1);
            continue;
        }
        open += 1;
        if best.is_none_or(|(_, _, count)| open > count)
            && let Some((until, _)) = ends.get(idx + 1)
        {
            best = Some((*at, *until, open));
        }
    }
    best
}

/// Returns how many decimals a number is written with in its shortest form; none beyond 12.
pub fn decimals(value: f64) -> Option<usize> {
    let text = format!("{value}");
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    (decimals <= 12).then_some(decimals)
}

/// Returns the shortest decimal within a relative tolerance of a value, if it has at most 12 significant digits.
pub fn shortest(value: f64, rel_tol: f64) -> Option<f64> {
    (0..12).find_map(|digits| {
        let rounded: f64 = format!("{value:.digits$e}").parse().ok()?;
        ((rounded - value).abs() <= rel_tol * value.abs()).then_some(rounded)
    })
}

/// Returns the bits that it takes to write a decimal: three and a third for each significant digit, and a few for its place.
pub fn decimal_bits(value: f64) -> f64 {
    let text = format!("{value:e}");
    let digits = text.split('e').next().map_or(0, |mantissa| mantissa.chars().filter(char::is_ascii_digit).count());
    3.33 * digits as f64 + 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_what_many_share() {
        let values = [100.0, 3.0, 100.000_000_01, 0.5, 100.0, 3.0];
        let found = modes(values.into_iter(), 1e-9, 2);
        assert_eq!(found.iter().map(|mode| (mode.value, mode.count)).collect::<Vec<_>>(), [(100.0, 3), (3.0, 2)]);
    }

    #[test]
    fn the_most_stabbed_point_lies_in_all_that_overlap() {
        assert_eq!(stab(&[(1.0, 2.0), (1.5, 3.0), (1.8, 1.9), (7.0, 8.0)]), Some((1.8, 1.9, 3)));
        assert_eq!(stab(&[]), None);
    }

    #[test]
    fn a_decimal_is_found_in_its_shortest_form() {
        assert_eq!(shortest(0.890_000_000_01, 1e-9), Some(0.89));
        assert_eq!(shortest(1.0 / 3.0, 1e-9), Some(0.333_333_333));
        assert_eq!(decimals(12.30), Some(1));
        assert_eq!(decimals(5.0), Some(0));
    }
}
