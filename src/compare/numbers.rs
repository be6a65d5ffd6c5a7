//! Numbers compared exactly: integers, decimals, and floats where they meet integers.

use std::str::FromStr;

use arrow::datatypes::i256;
use num_bigint::{BigInt, BigUint};

use crate::spec::FloatTolerance;

/// A number as it is written: `mantissa` times ten to the `exponent`. Every finite float is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exact {
    mantissa: BigInt,
    exponent: i32,
}

impl Exact {
    pub fn from_decimal(mantissa: i256, scale: i8) -> Self {
        Self { mantissa: BigInt::from_signed_bytes_le(&mantissa.to_le_bytes()), exponent: -i32::from(scale) }
    }

    pub fn from_int(value: i128) -> Self {
        Self { mantissa: BigInt::from(value), exponent: 0 }
    }

    /// The very value of a float, down to its last binary digit; none for NaN and infinities.
    pub fn from_float(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
        let (magnitude, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let mantissa = BigInt::from(magnitude) * if value < 0.0 { -1 } else { 1 };
        Some(if exponent >= 0 {
            Self { mantissa: mantissa << exponent.unsigned_abs(), exponent: 0 }
        } else {
            // A half is five tenths.
            Self { mantissa: mantissa * BigInt::from(5).pow(exponent.unsigned_abs()), exponent }
        })
    }

    /// The mantissas of both at one exponent.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i32) {
        let exponent = self.exponent.min(other.exponent);
        (self.at(exponent), other.at(exponent), exponent)
    }

    fn at(&self, exponent: i32) -> BigInt {
        &self.mantissa * power_of_ten(self.exponent.abs_diff(exponent))
    }
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// A tolerance between numbers that are held exactly, as the decimals that the spec's author wrote: 0.1 is one tenth.
#[derive(Debug, Clone)]
pub(super) struct ExactTolerance {
    is_zero: bool,
    abs: Fraction,
    rel: Fraction,
    /// The whole part of `abs`: all that counts between integers.
    whole_abs: u128,
}

/// `digits` times ten to the `exponent`, not negative.
#[derive(Debug, Clone, Copy)]
struct Fraction {
    digits: u64,
    exponent: i32,
}

impl Fraction {
    /// The shortest decimal that names the float.
    fn new(value: f64) -> Self {
        let text = format!("{:e}", value.min(f64::MAX));
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // At most 17 digits and three of an exponent.
        let digits = u64::from_str(&format!("{whole}{decimals}")).unwrap_or(0);
        let exponent = i32::from_str(exponent).unwrap_or(0) - decimals.len() as i32;
        Self { digits, exponent }
    }

    fn whole(self) -> u128 {
        let digits = u128::from(self.digits);
        match (10u128.checked_pow(self.exponent.unsigned_abs()), self.exponent < 0) {
            (Some(power), true) => digits / power,
            (Some(power), false) => digits.saturating_mul(power),
            (None, true) => 0,
            (None, false) => {
                if digits == 0 {
                    0
                } else {
                    u128::MAX
                }
            }
        }
    }

    /// Whether `difference` is at most this fraction of `magnitude`, both at one exponent, which cancels out.
    fn covers(self, difference: &BigUint, magnitude: &BigUint) -> bool {
        let power = BigUint::from(10u8).pow(self.exponent.unsigned_abs());
        let allowed = magnitude * self.digits;
        if self.exponent < 0 { difference * power <= allowed } else { *difference <= allowed * power }
    }
}

impl ExactTolerance {
    pub fn new(tolerance: FloatTolerance) -> Self {
        let (abs, rel) = (Fraction::new(tolerance.abs_tol), Fraction::new(tolerance.rel_tol));
        Self { is_zero: abs.digits == 0 && rel.digits == 0, abs, rel, whole_abs: abs.whole() }
    }

    /// Whether only equal numbers agree.
    pub fn is_zero(&self) -> bool {
        self.is_zero
    }

    /// Returns whether integers of at most 64 bits agree: `|x-y| <= max(abs, rel * max(|x|, |y|))`.
    pub fn ints_agree(&self, x: i128, y: i128) -> bool {
        let difference = x.abs_diff(y);
        if self.is_zero || difference <= self.whole_abs {
            return difference <= self.whole_abs;
        }
        // 17 digits times 64 bits fit 128 bits. A product that does not is greater than one that does.
        let allowed = u128::from(self.rel.digits).saturating_mul(x.unsigned_abs().max(y.unsigned_abs()));
        match (10u128.checked_pow(self.rel.exponent.unsigned_abs()), self.rel.exponent < 0) {
            (Some(power), true) => difference.checked_mul(power).is_some_and(|difference| difference <= allowed),
            (Some(power), false) => difference <= allowed.saturating_mul(power),
            (None, true) => false,
            (None, false) => allowed > 0,
        }
    }

    /// Returns whether two numbers agree: `|x-y| <= max(abs, rel * max(|x|, |y|))`, whatever their size.
    pub fn agrees(&self, x: &Exact, y: &Exact) -> bool {
        let (x, y, exponent) = x.aligned(y);
        let difference = (&x - &y).magnitude().clone();
        if self.is_zero {
            return difference == BigUint::ZERO;
        }
        let one = Exact { mantissa: BigInt::from(1), exponent: -exponent };
        // 1 at the exponent of the difference, save where that is above 0 and one is a fraction of it.
        let within_abs = if one.exponent >= 0 {
            self.abs.covers(&difference, one.at(0).magnitude())
        } else {
            let scaled = &difference * power_of_ten(exponent.unsigned_abs()).magnitude();
            self.abs.covers(&scaled, &BigUint::from(1u8))
        };
        within_abs || self.rel.covers(&difference, x.magnitude().max(y.magnitude()))
    }
}

/// Returns whether two decimals are one number, whatever their scales.
pub(super) fn decimals_equal(first: (i256, i8), second: (i256, i8)) -> bool {
    let (low, high) = if first.1 <= second.1 { (first, second) } else { (second, first) };
    if low.1 == high.1 {
        return low.0 == high.0;
    }
    match i256::from_i128(10).checked_pow(u32::from(high.1.abs_diff(low.1))).and_then(|power| low.0.checked_mul(power))
    {
        Some(scaled) => scaled == high.0,
        None => {
            let (low, high, _) = Exact::from_decimal(low.0, low.1).aligned(&Exact::from_decimal(high.0, high.1));
            low == high
        }
    }
}

/// Returns a float as the integer that it is; none for a fraction, NaN, an infinity and what 128 bits do not hold.
pub(super) fn whole(value: f64) -> Option<i128> {
    // 2^127, the first that is too large.
    const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    (value.trunc() == value && value.abs() < LIMIT).then_some(value as i128)
}

/// Returns the float nearest to a decimal; infinite if there is none.
pub(super) fn decimal_to_float(mantissa: i256, scale: i32) -> f64 {
    // Both exact, so that the one division rounds once (W. D. Clinger, 1990).
    if let Some(small) = mantissa.to_i128().filter(|small| small.unsigned_abs() < 1 << 53)
        && (0..=22).contains(&scale)
    {
        return small as f64 / 10f64.powi(scale);
    }
    format!("{mantissa}e{}", -scale).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tolerance(abs_tol: f64, rel_tol: f64) -> ExactTolerance {
        ExactTolerance::new(FloatTolerance { abs_tol, rel_tol })
    }

    fn decimal(mantissa: i128, scale: i8) -> Exact {
        Exact::from_decimal(i256::from_i128(mantissa), scale)
    }

    #[test]
    fn a_tolerance_is_the_decimal_that_was_written() {
        // 0.3 - 0.2 is more than 0.1 in floating point, and 0.1 is stored as more than a tenth.
        assert!(tolerance(0.1, 0.0).agrees(&decimal(3, 1), &decimal(2, 1)));
        assert!(!tolerance(0.1, 0.0).agrees(&decimal(3, 1), &decimal(1_999_999_999_999_999_999_999, 22)));
        assert!(tolerance(0.0, 0.1).ints_agree(9, 10) && !tolerance(0.0, 0.1).ints_agree(8, 9));
        assert!(tolerance(2.0, 0.0).ints_agree(i64::MAX.into(), i128::from(i64::MAX) - 2));
        assert!(!tolerance(2.9, 0.0).ints_agree(i64::MAX.into(), i128::from(i64::MAX) - 3));
        assert!(tolerance(f64::MAX, 0.0).ints_agree(i64::MIN.into(), u64::MAX.into()));
        assert!(tolerance(0.0, 2.0).ints_agree(-5, 5) && !tolerance(0.0, 1.9).ints_agree(-5, 5));
        assert!(!tolerance(1e-300, 1e-300).ints_agree(0, 1));
        assert!(tolerance(1000.0, 0.0).agrees(&decimal(2, -3), &decimal(1, -3)));
        assert!(!tolerance(999.0, 0.0).agrees(&decimal(2, -3), &decimal(1, -3)));
    }

    #[test]
    fn floats_are_what_their_bits_say() {
        assert_eq!(Exact::from_float(0.5), Some(Exact { mantissa: BigInt::from(5).pow(53) << 52, exponent: -53 }));
        let wide = Exact::from_float(9_007_199_254_740_992.0).expect("finite");
        assert!(tolerance(0.0, 0.0).agrees(&wide, &Exact::from_int(1 << 53)));
        assert!(!tolerance(0.0, 0.0).agrees(&wide, &Exact::from_int((1 << 53) + 1)));
        assert_eq!(Exact::from_float(f64::NAN), None);
        assert_eq!((whole(-3.0), whole(0.5), whole(1e300), whole(f64::NAN)), (Some(-3), None, None, None));
    }

    #[test]
    fn decimals_become_the_nearest_float() {
        assert_eq!(decimal_to_float(i256::from_i128(1999), 2), 19.99);
        assert_eq!(decimal_to_float(i256::from_i128(-3), 76), -3e-76);
        assert_eq!(decimal_to_float(i256::from_i128(99_999_999_999_999_999_999), 20), 1.0);
    }

    proptest! {
        #[test]
        fn integers_agree_as_rationals_do(
            x in any::<i64>(), gap in -2000i64..2000, y_wide in any::<u64>(), abs in 0u32..3000, rel in 0u32..2000, near in any::<bool>(),
        ) {
            let (x, y) = (i128::from(x), if near { i128::from(x) + i128::from(gap) } else { i128::from(y_wide) });
            // abs in tenths, rel in 10^-12 where the numbers are near and in thousandths where they are not.
            let rel_unit: i128 = if near { 1_000_000_000_000_000 } else { 1_000 };
            let abs_tol: f64 = format!("{}.{}", abs / 10, abs % 10).parse().expect("a decimal");
            let rel_tol: f64 = format!("{rel}e-{}", if near { 15 } else { 3 }).parse().expect("a decimal");
            let big = |value: i128| BigInt::from(value);
            let difference = big((x - y).abs());
            let wanted = &difference * 10 <= big(abs.into())
                || &difference * rel_unit <= big(rel.into()) * big(x.abs().max(y.abs()));
            let tolerance = tolerance(abs_tol, rel_tol);
            prop_assert_eq!(tolerance.ints_agree(x, y), wanted);
            prop_assert_eq!(tolerance.ints_agree(y, x), wanted);
            prop_assert_eq!(tolerance.agrees(&Exact::from_int(x), &Exact::from_int(y)), wanted);
            prop_assert_eq!(tolerance.agrees(&decimal(x * 1000, 3), &decimal(y * 10, 1)), wanted);
        }
    }
}
