//! How far two values may be apart and still agree.

/// A feature's tolerance as declared. What is left out depends on the type of the values, down to a list's elements.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Tolerance {
    /// Nothing declared: floats within 1e-9 (float32: 1e-6) of the larger, all else exactly.
    #[default]
    Default,
    /// The same bits, save that 0.0 is -0.0 and NaN is NaN.
    Exact,
    /// `abs` in the feature's unit, `rel` a fraction; neither is negative nor NaN.
    Within { abs: Option<f64>, rel: Option<f64> },
    /// For times: nanoseconds, not negative.
    Duration { ns: i128 },
}

/// The tolerance between two floats. `abs_tol` is in the feature's unit, `rel_tol` a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FloatTolerance {
    pub abs_tol: f64,
    pub rel_tol: f64,
}

impl Tolerance {
    /// The tolerance between floats; `single` if either side is a float32.
    pub fn for_floats(self, single: bool) -> FloatTolerance {
        let default_rel = if single { 1e-6 } else { 1e-9 };
        match self {
            Self::Default => FloatTolerance { abs_tol: 0.0, rel_tol: default_rel },
            Self::Exact | Self::Duration { .. } => FloatTolerance { abs_tol: 0.0, rel_tol: 0.0 },
            Self::Within { abs, rel } => {
                FloatTolerance { abs_tol: abs.unwrap_or(0.0), rel_tol: rel.unwrap_or(default_rel) }
            }
        }
    }

    /// The tolerance between numbers that are held exactly: 0 unless declared.
    pub fn for_exact_numbers(self) -> FloatTolerance {
        match self {
            Self::Default | Self::Exact | Self::Duration { .. } => FloatTolerance { abs_tol: 0.0, rel_tol: 0.0 },
            Self::Within { abs, rel } => FloatTolerance { abs_tol: abs.unwrap_or(0.0), rel_tol: rel.unwrap_or(0.0) },
        }
    }

    /// The tolerance between times in nanoseconds: 0 unless a duration is declared.
    pub fn for_times_ns(self) -> i128 {
        match self {
            Self::Duration { ns } => ns,
            Self::Default | Self::Exact | Self::Within { .. } => 0,
        }
    }
}

impl FloatTolerance {
    /// Returns whether two values count as the same. Symmetric; cannot fail.
    ///
    /// Both are in the feature's declared unit, as is `abs_tol`; `rel_tol` is a fraction.
    /// NaN agrees with NaN, 0.0 with -0.0, an infinity only with itself.
    ///
    /// Source: PEP 485, except for NaN. Arrow's `eq` kernel differs: it follows IEEE 754 `totalOrder`.
    pub fn agrees(&self, x: f64, y: f64) -> bool {
        if x == y || (x.is_nan() && y.is_nan()) {
            return true;
        }
        if !x.is_finite() || !y.is_finite() {
            return false;
        }
        // The difference of two huge values of opposite signs may overflow; infinity is then rightly beyond any tolerance
        // but an infinite one, which a spec cannot hold.
        (x - y).abs() <= self.abs_tol.max(self.rel_tol * x.abs().max(y.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_symmetric_and_inclusive() {
        let tolerance = FloatTolerance { abs_tol: 0.0, rel_tol: 0.125 };
        assert!(tolerance.agrees(7.0, 8.0) && tolerance.agrees(8.0, 7.0));
        assert!(!tolerance.agrees(6.99, 8.0));
    }

    #[test]
    fn specials_are_settled_before_subtracting() {
        let loose = FloatTolerance { abs_tol: f64::MAX, rel_tol: 1.0 };
        let inf = f64::INFINITY;
        assert!(loose.agrees(f64::NAN, -f64::NAN) && loose.agrees(0.0, -0.0) && loose.agrees(inf, inf));
        assert!(!loose.agrees(1.0, inf) && !loose.agrees(inf, -inf) && !loose.agrees(f64::NAN, 1.0));
        assert!(!loose.agrees(f64::MAX, -f64::MAX));
    }

    #[test]
    fn what_is_left_out_depends_on_the_type() {
        assert_eq!(Tolerance::Default.for_floats(true).rel_tol, 1e-6);
        assert_eq!(Tolerance::Default.for_floats(false).rel_tol, 1e-9);
        assert_eq!(Tolerance::Within { abs: Some(2.0), rel: None }.for_exact_numbers().rel_tol, 0.0);
        assert_eq!(Tolerance::Default.for_times_ns(), 0);
    }
}
