//! Valid JSON objects into Arrow arrays of a known type.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, ListArray, NullArray, NullBufferBuilder,
    StringBuilder, StructArray, UInt64Builder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::arrow::error::ArrowError;

use super::super::numbers::parse_decimal;
use super::super::records::Misfit;
use super::walk::{Elements, Entries, unescape};

/// Decodes the wanted fields of objects, and skips all others.
pub(in super::super) struct RowDecoder {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    columns: Vec<Decoder>,
    /// Where the values lie in the object at hand: of a repeated field, the last.
    values: Vec<Option<Range<usize>>>,
}

impl RowDecoder {
    pub fn new(fields: &Fields) -> Self {
        let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        Self {
            by_name: names.iter().cloned().enumerate().map(|(idx, name)| (name, idx)).collect(),
            values: vec![None; names.len()],
            columns: fields.iter().map(|field| Decoder::new(field.data_type())).collect(),
            names,
        }
    }

    /// Appends one row from an object, which starts with `{`.
    pub fn append(&mut self, object: &str) -> Result<(), Misfit> {
        let mut guess = 0;
        for (raw_name, value) in Entries::new(object) {
            let found = match self.names.get(guess) {
                Some(name) if name == raw_name => Some(guess),
                Some(_) | None => self.by_name.get(&*unescape(raw_name)).copied(),
            };
            if let Some(field_idx) = found {
                guess = field_idx + 1;
                self.values[field_idx] = Some(value);
            }
        }
        for (column, value) in self.columns.iter_mut().zip(&mut self.values) {
            column.append(value.take().and_then(|value| object.get(value)))?;
        }
        Ok(())
    }

    fn append_null(&mut self) -> Result<(), Misfit> {
        self.columns.iter_mut().try_for_each(|column| column.append(None))
    }

    /// The rows since the last call, one array a field.
    pub fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.columns.iter_mut().map(Decoder::finish).collect()
    }
}

enum Decoder {
    Null(usize),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    Decimal { builder: Decimal128Builder, scale: i8 },
    Text(StringBuilder),
    Object { fields: Fields, rows: Box<RowDecoder>, nulls: NullBufferBuilder },
    List { item: FieldRef, values: Box<Decoder>, lengths: Vec<usize>, nulls: NullBufferBuilder },
}

impl Decoder {
    /// For the types that shapes have; all others are read as text.
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::UInt64 => Self::UInt(UInt64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Decimal128(_, scale) => {
                let builder = Decimal128Builder::new().with_data_type(data_type.clone());
                Self::Decimal { builder, scale: *scale }
            }
            DataType::Struct(fields) => Self::Object {
                fields: fields.clone(),
                rows: Box::new(RowDecoder::new(fields)),
                nulls: NullBufferBuilder::new(0),
            },
            DataType::List(item) => Self::List {
                item: Arc::clone(item),
                values: Box::new(Self::new(item.data_type())),
                lengths: Vec::new(),
                nulls: NullBufferBuilder::new(0),
            },
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn append(&mut self, value: Option<&str>) -> Result<(), Misfit> {
        let value = value.filter(|value| *value != "null");
        match self {
            Self::Null(n_rows) => match value {
                None => *n_rows += 1,
                Some(_) => return Err(Misfit),
            },
            Self::Bool(builder) => builder.append_option(value.map(parse_bool).transpose()?),
            Self::Int(builder) => builder.append_option(value.map(parse).transpose()?),
            Self::UInt(builder) => builder.append_option(value.map(parse_unsigned).transpose()?),
            Self::Float(builder) => builder.append_option(value.map(parse).transpose()?),
            Self::Decimal { builder, scale } => {
                let decimal = |value| parse_decimal(value, *scale).ok_or(Misfit);
                builder.append_option(value.map(decimal).transpose()?);
            }
            Self::Text(builder) => match value {
                None => builder.append_null(),
                Some(value) => match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    Some(text) => builder.append_value(unescape(text)),
                    None => builder.append_value(value),
                },
            },
            Self::Object { rows, nulls, .. } => match value {
                None => {
                    rows.append_null()?;
                    nulls.append_null();
                }
                Some(object) if object.starts_with('{') => {
                    rows.append(object)?;
                    nulls.append_non_null();
                }
                Some(_) => return Err(Misfit),
            },
            Self::List { values, lengths, nulls, .. } => match value {
                None => {
                    lengths.push(0);
                    nulls.append_null();
                }
                Some(list) if list.starts_with('[') => {
                    let mut length = 0;
                    for element in Elements::new(list) {
                        values.append(Some(element))?;
                        length += 1;
                    }
                    lengths.push(length);
                    nulls.append_non_null();
                }
                Some(_) => return Err(Misfit),
            },
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Null(n_rows) => Arc::new(NullArray::new(std::mem::take(n_rows))),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::UInt(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Decimal { builder, .. } => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Object { fields, rows, nulls } => {
                let n_rows = nulls.len();
                let children = rows.finish()?;
                Arc::new(StructArray::try_new_with_length(fields.clone(), children, take(nulls), n_rows)?)
            }
            Self::List { item, values, lengths, nulls } => {
                let offsets = OffsetBuffer::<i32>::from_lengths(lengths.drain(..));
                Arc::new(ListArray::try_new(Arc::clone(item), offsets, values.finish()?, take(nulls))?)
            }
        })
    }
}

fn take(nulls: &mut NullBufferBuilder) -> Option<datafusion::arrow::buffer::NullBuffer> {
    let taken = nulls.finish();
    *nulls = NullBufferBuilder::new(0);
    taken
}

fn parse_bool(value: &str) -> Result<bool, Misfit> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Misfit),
    }
}

/// `-0` is the one unsigned number that may have a sign.
fn parse_unsigned(value: &str) -> Result<u64, Misfit> {
    if value == "-0" { Ok(0) } else { parse(value) }
}

fn parse<T: std::str::FromStr>(value: &str) -> Result<T, Misfit> {
    value.parse().map_err(|_| Misfit)
}
