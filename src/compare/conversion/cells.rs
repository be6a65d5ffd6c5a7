//! Arrays built cell by cell, with the rows that failed.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryBuilder, BooleanBuilder, PrimitiveArray, StringBuilder, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

/// Converted values, and the rows without a value in the target, ascending. These are null; a row that was null is not one.
pub(super) struct Converted {
    pub values: ArrayRef,
    pub failed: Vec<usize>,
}

pub(super) fn all_failed(values: &ArrayRef, target: &DataType) -> Converted {
    let nulls = values.logical_nulls();
    let is_null = |row: &usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(*row));
    let failed = (0..values.len()).filter(|row| !is_null(row)).collect();
    Converted { values: new_null_array(target, values.len()), failed }
}

/// Calls `push` for every row: with its converted cell, or none where it is null or fails.
fn fill<T>(values: &dyn Array, cell: impl Fn(usize) -> Option<T>, mut push: impl FnMut(Option<T>)) -> Vec<usize> {
    let nulls = values.logical_nulls();
    let mut failed = Vec::new();
    for row in 0..values.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            push(None);
            continue;
        }
        let cell = cell(row);
        if cell.is_none() {
            failed.push(row);
        }
        push(cell);
    }
    failed
}

pub(super) fn primitives<P: ArrowPrimitiveType>(
    values: &dyn Array,
    target: &DataType,
    cell: impl Fn(usize) -> Option<P::Native>,
) -> Converted {
    let mut natives = Vec::with_capacity(values.len());
    let mut valid = Vec::with_capacity(values.len());
    let failed = fill(values, cell, |cell: Option<P::Native>| {
        valid.push(cell.is_some());
        natives.push(cell.unwrap_or_default());
    });
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
    let array = PrimitiveArray::<P>::new(natives.into(), nulls).with_data_type(target.clone());
    Converted { values: Arc::new(array), failed }
}

pub(super) fn bools(values: &dyn Array, cell: impl Fn(usize) -> Option<bool>) -> Converted {
    let mut builder = BooleanBuilder::with_capacity(values.len());
    let failed = fill(values, cell, |cell| builder.append_option(cell));
    Converted { values: Arc::new(builder.finish()), failed }
}

pub(super) fn texts<'a>(values: &dyn Array, cell: impl Fn(usize) -> Option<Cow<'a, str>>) -> Converted {
    let mut builder = StringBuilder::with_capacity(values.len(), 0);
    let failed = fill(values, cell, |cell| builder.append_option(cell));
    Converted { values: Arc::new(builder.finish()), failed }
}

pub(super) fn bytes<'a>(values: &dyn Array, cell: impl Fn(usize) -> Option<&'a [u8]>) -> Converted {
    let mut builder = BinaryBuilder::with_capacity(values.len(), 0);
    let failed = fill(values, cell, |cell| builder.append_option(cell));
    Converted { values: Arc::new(builder.finish()), failed }
}
