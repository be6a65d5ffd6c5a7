//! One SQL expression over columns that are at hand: what a diagnosis says, run on rows.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::hash_utils::{RandomState, create_hashes};

use super::evaluate::compute;
use super::expression::plan_expression;
use super::fallible::is_infallible;
use super::names::{as_columns, paths, quote_user};
use super::program::Step;
use super::run::Planned;
use crate::compare::{Column, Converter};
use crate::spec::{FeatureType, Side};

/// An expression over named columns, planned.
#[derive(Debug)]
pub struct Formula {
    step: Step,
    /// Of the columns that it was planned over, those that it reads.
    inputs: Vec<usize>,
}

impl Planned {
    /// Plans an expression over columns of these names and types; its value becomes the type that `declared` says, as a
    /// feature's of that side. A column `a.b` is read as the path that a side's expression would have. None if the
    /// expression cannot be planned, or can never have that type.
    pub fn formula(
        &self,
        side: Side,
        sql: &str,
        columns: &[(&str, DataType)],
        declared: Option<&FeatureType>,
    ) -> Option<Formula> {
        let assume_tz = self.spec().sides[side].assume_tz;
        let sql = quote_user(sql);
        let sql = as_columns(&sql, |path| columns.iter().any(|(column, _)| *column == path)).map_or(sql, Cow::Owned);
        let mut inputs = Vec::new();
        let mut fields = Vec::new();
        for path in paths(&sql)? {
            let name = path.first()?;
            let idx = columns.iter().position(|(column, _)| column == name)?;
            if !inputs.contains(&idx) {
                inputs.push(idx);
                fields.push(Field::new(name, columns.get(idx)?.1.clone(), true));
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let state = self.input(side).ctx.state();
        let (expr, data_type) = plan_expression(&state, &sql, &schema, self.now).ok()?;
        let converter = Converter::new(&data_type, declared, assume_tz);
        if !converter.possible() {
            return None;
        }
        let fallible = !is_infallible(expr.as_ref(), &schema) || !converter.is_infallible();
        let step = Step {
            what: String::new(),
            feature: None,
            recorded: false,
            inputs: (0..inputs.len()).collect(),
            schema,
            expr,
            data_type,
            converter: Some(converter),
            fallible,
            assumes_utc: false,
            is_sensitive: false,
        };
        Some(Formula { step, inputs })
    }
}

impl Formula {
    /// The type of the converted value.
    pub fn data_type(&self) -> &DataType {
        self.step.target()
    }

    /// Evaluates the expression over the columns that it was planned over, all of one length. A row in which it fails, or in
    /// which what it reads is unconvertible, is unconvertible.
    pub fn evaluate(&self, columns: &[Column], n_rows: usize) -> Column {
        let inputs = self.inputs.iter().filter_map(|idx| columns.get(*idx).cloned()).collect();
        compute(&self.step, inputs, n_rows)
    }
}

/// Returns a hash of every row, the same in every run: equal values have equal hashes.
pub fn row_hashes(columns: &[ArrayRef]) -> Vec<u64> {
    let n_rows = columns.first().map_or(0, |column| column.len());
    let mut hashes = vec![0; n_rows];
    let state = RandomState::with_seed(0x7275_6575);
    if create_hashes(columns, &state, &mut hashes).is_err() {
        // No order among rows that have no hash: they are as good as each other.
        hashes.fill(0);
    }
    for hash in &mut hashes {
        *hash = mixed(*hash);
    }
    hashes
}

/// Spreads what differs over all bits, as the smallest hashes are a sample. Source: the finaliser of SplitMix64.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
