//! One code for every row of two columns, and how many rows have each.

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;

use super::agreement::{Agreement, Consumer, Rules, compare_with, is_nan};
use super::conversion::{Column, Converter};
use super::missing::missing_mask;
use super::types::{Common, common_type, normalised_type};
use crate::spec::{Feature, FeatureType, Missing};

/// How two values compare. `First` and `Second` in the order of the comparison's pair: offline and online, or computed and
/// recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    /// The same value, or both missing.
    Equal,
    /// Not the same, but within tolerance or by an option of `compare`.
    Tolerated,
    Different,
    /// The first is missing, the second a value.
    MissingFirst,
    /// The second is missing, the first a value.
    MissingSecond,
    /// NaN against null.
    NanNull,
    /// At least one is not a value of the type, or the types have nothing in common.
    Unconvertible,
}

impl Code {
    pub const ALL: [Self; 7] = [
        Self::Equal,
        Self::Tolerated,
        Self::Different,
        Self::MissingFirst,
        Self::MissingSecond,
        Self::NanNull,
        Self::Unconvertible,
    ];

    pub fn is_mismatch(self) -> bool {
        match self {
            Self::Equal | Self::Tolerated => false,
            Self::Different | Self::MissingFirst | Self::MissingSecond | Self::NanNull | Self::Unconvertible => true,
        }
    }

    /// The code of the same two values in the other order.
    pub fn swapped(self) -> Self {
        match self {
            Self::MissingFirst => Self::MissingSecond,
            Self::MissingSecond => Self::MissingFirst,
            Self::Equal | Self::Tolerated | Self::Different | Self::NanNull | Self::Unconvertible => self,
        }
    }
}

impl From<Agreement> for Code {
    fn from(agreement: Agreement) -> Self {
        match agreement {
            Agreement::Equal => Self::Equal,
            Agreement::Tolerated => Self::Tolerated,
            Agreement::Different => Self::Different,
        }
    }
}

/// How many rows have each code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    counts: [u64; Code::ALL.len()],
}

impl Tally {
    pub fn add(&mut self, codes: &[Code]) {
        for code in codes {
            self.counts[*code as usize] += 1;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    pub fn count(&self, code: Code) -> u64 {
        self.counts[code as usize]
    }

    /// All rows.
    pub fn compared(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub fn mismatches(&self) -> u64 {
        Code::ALL.into_iter().filter(|code| code.is_mismatch()).map(|code| self.count(code)).sum()
    }
}

/// Compares two columns of one feature.
#[derive(Debug, Clone)]
pub struct Comparer {
    rules: Rules,
    missing: Missing,
    common: Common,
}

impl Comparer {
    /// `first` and `second` are the columns' types after conversion. Where the feature declares a type, that is the common
    /// one; else it is found.
    pub fn new(feature: &Feature, first: &DataType, second: &DataType) -> Self {
        let common = match &feature.data_type {
            Some(declared) => Common::Same(declared.value.clone()),
            None => common_type(first, second),
        };
        let rules = Rules { tolerance: feature.tolerance, options: feature.compare };
        Self { rules, missing: feature.missing.clone(), common }
    }

    /// The declared or the common type; none: there is no common type.
    pub fn feature_type(&self) -> Option<FeatureType> {
        self.common.feature_type().cloned()
    }

    pub fn common(&self) -> &Common {
        &self.common
    }

    /// Appends one code for every row of two columns of one length.
    ///
    /// Unconvertible comes before all else. Then values are folded to null by the feature's `missing`: two missing values
    /// are equal, however each came about. What is left are two values; without a common type they are unconvertible.
    pub fn codes(&self, first: &Column, second: &Column, codes: &mut Vec<Code>) {
        assert_eq!(first.values.len(), second.values.len(), "the rows of both columns are paired");
        let (first_values, second_values) = (plain(&first.values), plain(&second.values));
        let pair = Pair {
            codes,
            first: Side::new(&first_values, first.unconvertible.as_ref(), &self.missing),
            second: Side::new(&second_values, second.unconvertible.as_ref(), &self.missing),
        };
        if common_type(first_values.data_type(), second_values.data_type()) == Common::None {
            return pair.fill(|_, _| Code::Unconvertible);
        }
        if first_values.data_type() == second_values.data_type() && first_values.as_ref() == second_values.as_ref() {
            // The same bits in every row; NaN is NaN.
            return pair.fill(|_, _| Code::Equal);
        }
        compare_with(&self.rules, first_values.as_ref(), second_values.as_ref(), pair);
    }
}

/// The values without their encoding: as a rule, and at no cost, the values themselves.
fn plain(values: &ArrayRef) -> ArrayRef {
    if normalised_type(values.data_type()) == *values.data_type() {
        return values.clone();
    }
    Converter::new(values.data_type(), None, None).convert(values).values
}

struct Pair<'a> {
    codes: &'a mut Vec<Code>,
    first: Side<'a>,
    second: Side<'a>,
}

/// One column's rows that are no values.
struct Side<'a> {
    values: &'a ArrayRef,
    missing: Option<BooleanBuffer>,
    unconvertible: Option<&'a StringArray>,
}

impl<'a> Side<'a> {
    fn new(values: &'a ArrayRef, unconvertible: Option<&'a StringArray>, rules: &Missing) -> Self {
        let unconvertible = unconvertible.filter(|texts| texts.null_count() < texts.len());
        Self { values, missing: missing_mask(values, rules), unconvertible }
    }

    fn is_missing(&self, row: usize) -> bool {
        self.missing.as_ref().is_some_and(|missing| missing.value(row))
    }

    fn is_unconvertible(&self, row: usize) -> bool {
        self.unconvertible.is_some_and(|texts| texts.is_valid(row))
    }

    fn holds_values_only(&self) -> bool {
        self.missing.is_none() && self.unconvertible.is_none()
    }
}

impl Pair<'_> {
    /// Appends the codes of all rows, of two values by `code`.
    fn fill(self, code: impl Fn(usize, usize) -> Code) {
        let Self { codes, first, second } = self;
        let rows = 0..first.values.len();
        if first.holds_values_only() && second.holds_values_only() {
            codes.extend(rows.map(|row| code(row, row)));
            return;
        }
        codes.extend(rows.map(|row| {
            if first.is_unconvertible(row) || second.is_unconvertible(row) {
                return Code::Unconvertible;
            }
            match (first.is_missing(row), second.is_missing(row)) {
                (true, true) => Code::Equal,
                (true, false) if is_nan(second.values, row) => Code::NanNull,
                (false, true) if is_nan(first.values, row) => Code::NanNull,
                (true, false) => Code::MissingFirst,
                (false, true) => Code::MissingSecond,
                (false, false) => code(row, row),
            }
        }));
    }
}

impl<'a> Consumer<'a> for Pair<'_> {
    type Output = ();

    fn consume(self, agreement: impl Fn(usize, usize) -> Agreement + 'a) {
        self.fill(|i, j| agreement(i, j).into())
    }
}
