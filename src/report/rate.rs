//! Rates as percentages.

/// Returns a fraction as a percentage of two or three digits, such as `1.23 %`.
///
/// It says `0 %` or `100 %` only of exactly that, and `-` of what is no fraction.
pub fn percent(fraction: f64) -> String {
    if !(0.0..=1.0).contains(&fraction) {
        return "-".to_owned();
    }
    let (share, rest) = (fraction * 100.0, (1.0 - fraction) * 100.0);
    // The last decimal that is shown must tell the value from 0 and from 100.
    let decimals = match share {
        _ if fraction == 0.0 || fraction == 1.0 => 0,
        _ if share < 0.0001 => return "<0.0001 %".to_owned(),
        _ if rest < 0.0001 => return ">99.9999 %".to_owned(),
        _ if share < 1.0 => decimals_of(share) + 1,
        _ if rest < 1.0 => decimals_of(rest),
        _ if share < 10.0 => 2,
        _ => 1,
    };
    let mut text = format!("{share:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text + " %"
}

/// Returns at which decimal the first digit of a number below 1 stands.
fn decimals_of(number: f64) -> usize {
    let mut decimals = 1;
    let mut scaled = number * 10.0;
    while scaled < 1.0 && decimals < 5 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_has_the_digits_that_matter() {
        let cases = [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5, "50 %"),
            (0.123_456, "12.3 %"),
            (0.0123, "1.23 %"),
            (0.012, "1.2 %"),
            (0.000_212, "0.021 %"),
            (2e-6, "0.0002 %"),
            (1e-9, "<0.0001 %"),
            (0.9994, "99.94 %"),
            (0.999_99, "99.999 %"),
            (1.0 - 1e-9, ">99.9999 %"),
            (0.989_99, "99 %"),
            (f64::NAN, "-"),
            (-0.1, "-"),
        ];
        for (fraction, wanted) in cases {
            assert_eq!(percent(fraction), wanted, "{fraction}");
        }
    }

    proptest! {
        #[test]
        fn only_none_is_0_and_only_all_is_100(of in 1u64..1_000_000_000_000, part in 0.0f64..=1.0, edge in 0u64..3) {
            let some = (part * of as f64) as u64;
            for count in [edge.min(of), of - edge.min(of), some.min(of)] {
                let text = percent(count as f64 / of as f64);
                prop_assert_eq!(text == "0 %", count == 0);
                prop_assert_eq!(text == "100 %", count == of);
                prop_assert!(text.len() <= 10);
            }
        }
    }
}
