//! Where a side's evaluated columns stand in its batches.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::program::{ColumnIdx, Program};
use crate::compare::{Column, canonical_floats};

/// The columns of one side's evaluated batches: the keys, the event time, then each feature's values.
#[derive(Debug, Clone)]
pub struct Layout {
    pub schema: SchemaRef,
    pub n_keys: usize,
    /// By key part: the texts of rows in which it has no value of its type.
    key_texts: Vec<Option<usize>>,
    pub(super) event_time: Option<Slot>,
    /// By feature.
    pub(super) computed: Vec<Option<Slot>>,
    /// By feature.
    pub(super) recorded: Vec<Option<Slot>>,
    attributes: Vec<Option<Slot>>,
    /// What fills each column.
    sources: Vec<Source>,
}

/// A feature's values, and where rows may be unconvertible the column of their raw texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub values: usize,
    pub texts: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Key(ColumnIdx),
    Values(ColumnIdx),
    Texts(ColumnIdx),
}

impl Layout {
    pub(super) fn new(program: &Program) -> Self {
        let mut fields = Vec::new();
        let mut sources = Vec::new();
        for (idx, key) in program.keys.iter().enumerate() {
            fields.push(Field::new(format!("key{idx}"), program.column_type(*key).clone(), true));
            sources.push(Source::Key(*key));
        }
        let mut key_texts = Vec::with_capacity(program.keys.len());
        for (idx, key) in program.keys.iter().enumerate() {
            key_texts.push(program.fallible(*key).then_some(fields.len()));
            if program.fallible(*key) {
                fields.push(Field::new(format!("key{idx} texts"), DataType::Utf8, true));
                sources.push(Source::Texts(*key));
            }
        }
        let mut slot = |name: String, idx: ColumnIdx| {
            fields.push(Field::new(name.clone(), program.column_type(idx).clone(), true));
            sources.push(Source::Values(idx));
            let values = fields.len() - 1;
            if !program.fallible(idx) {
                return Slot { values, texts: None };
            }
            fields.push(Field::new(format!("{name} texts"), DataType::Utf8, true));
            sources.push(Source::Texts(idx));
            Slot { values, texts: Some(fields.len() - 1) }
        };
        let event_time = program.event_time.map(|idx| slot("time".into(), idx));
        let computed = program
            .computed
            .iter()
            .enumerate()
            .map(|(f, idx)| idx.map(|idx| slot(format!("computed{f}"), idx)))
            .collect();
        let recorded = program
            .recorded
            .iter()
            .enumerate()
            .map(|(f, idx)| idx.map(|idx| slot(format!("recorded{f}"), idx)))
            .collect();
        let attributes = program
            .attributes
            .iter()
            .enumerate()
            .map(|(a, idx)| idx.map(|idx| slot(format!("attribute{a}"), idx)))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        Self { schema, n_keys: program.keys.len(), key_texts, event_time, computed, recorded, attributes, sources }
    }

    /// The type of the values that the spec computes for a feature.
    pub fn computed_type(&self, feature: usize) -> Option<&DataType> {
        self.slot_type(self.computed.get(feature).copied().flatten()?)
    }

    /// The type of the values that the side's own pipeline recorded for a feature.
    pub fn recorded_type(&self, feature: usize) -> Option<&DataType> {
        self.slot_type(self.recorded.get(feature).copied().flatten()?)
    }

    /// The type of an attribute; none where the side has no such column.
    pub fn attribute_type(&self, attribute: usize) -> Option<&DataType> {
        self.slot_type(self.attributes.get(attribute).copied().flatten()?)
    }

    /// The types of the key parts, in the spec's order.
    pub(super) fn key_types(&self) -> impl Iterator<Item = &DataType> {
        self.schema.fields().iter().take(self.n_keys).map(|field| field.data_type())
    }

    fn slot_type(&self, slot: Slot) -> Option<&DataType> {
        self.schema.fields().get(slot.values).map(|field| field.data_type())
    }

    /// The texts of one key part in a batch of this layout, of rows in which it has no value of its type. Such rows have no
    /// key, whatever their other parts are.
    pub(super) fn key_texts<'a>(&self, batch: &'a RecordBatch, part: usize) -> Option<&'a StringArray> {
        let texts = batch.column(self.key_texts.get(part).copied().flatten()?).as_string::<i32>();
        (texts.null_count() < texts.len()).then_some(texts)
    }

    /// Arranges a program's columns.
    pub(super) fn arrange(&self, columns: &[Column]) -> RecordBatch {
        let n_rows = columns.last().map_or(0, |column| column.values.len());
        let arrays: Vec<ArrayRef> = self
            .sources
            .iter()
            .map(|source| match source {
                Source::Key(idx) => canonical_floats(&columns[*idx].values),
                Source::Values(idx) => columns[*idx].values.clone(),
                Source::Texts(idx) => match &columns[*idx].unconvertible {
                    Some(texts) => Arc::new(texts.clone()),
                    None => new_null_array(&DataType::Utf8, n_rows),
                },
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .expect("the layout was made from the program's types")
    }
}

/// Some of one side's rows.
#[derive(Debug, Clone)]
pub struct Rows {
    pub batch: RecordBatch,
    pub layout: Arc<Layout>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values that the spec computes for a feature.
    pub fn computed(&self, feature: usize) -> Option<Column> {
        Some(self.column(self.layout.computed.get(feature).copied().flatten()?))
    }

    /// The values that the side's own pipeline recorded for a feature.
    pub fn recorded(&self, feature: usize) -> Option<Column> {
        Some(self.column(self.layout.recorded.get(feature).copied().flatten()?))
    }

    pub fn attribute(&self, attribute: usize) -> Option<Column> {
        Some(self.column(self.layout.attributes.get(attribute).copied().flatten()?))
    }

    pub fn event_time(&self) -> Option<Column> {
        Some(self.column(self.layout.event_time?))
    }

    /// The key columns, in the spec's order.
    pub fn keys(&self) -> &[ArrayRef] {
        &self.batch.columns()[..self.layout.n_keys]
    }

    /// The texts of one key part, where any row has no value of its type.
    pub fn key_texts(&self, part: usize) -> Option<&StringArray> {
        self.layout.key_texts(&self.batch, part)
    }

    fn column(&self, slot: Slot) -> Column {
        let values = self.batch.column(slot.values).clone();
        let unconvertible = slot.texts.map(|idx| self.batch.column(idx).as_string::<i32>().clone());
        Column { values, unconvertible }
    }
}
