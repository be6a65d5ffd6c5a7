//! One side's program: what is computed from its rows, in an order in which every step finds its inputs.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use super::captures::JSON_KINDS;
use crate::compare::Converter;
use crate::spec::{Feature, Problem};

/// A column of the working table of a batch: first those that are read, then one for each step.
pub(super) type ColumnIdx = usize;

/// What is computed from one side's rows.
#[derive(Debug)]
pub(super) struct Program {
    /// The columns that are read, by name.
    pub base: Vec<Field>,
    pub steps: Vec<Step>,
    pub filter: Option<ColumnIdx>,
    pub keys: Vec<ColumnIdx>,
    pub event_time: Option<ColumnIdx>,
    /// By feature.
    pub computed: Vec<Option<ColumnIdx>>,
    /// By feature.
    pub recorded: Vec<Option<ColumnIdx>>,
    /// Further columns that a [`Focus`](super::Focus) asks for; none where this side has no such column.
    pub attributes: Vec<Option<ColumnIdx>>,
    /// The features whose declared type no value of the side's type can become.
    pub impossible: Vec<(usize, Problem)>,
}

/// One expression, evaluated over the columns that it reads.
#[derive(Debug)]
pub(super) struct Step {
    /// What messages call it: "feature `x`".
    pub what: String,
    pub feature: Option<usize>,
    /// Whether it is the feature's recorded value.
    pub recorded: bool,
    pub inputs: Vec<ColumnIdx>,
    /// Of the inputs, by the names that the expression uses.
    pub schema: SchemaRef,
    pub expr: Arc<dyn PhysicalExpr>,
    /// The expression's own type.
    pub data_type: DataType,
    /// To the declared type; none: the value stays as it is.
    pub converter: Option<Converter>,
    /// Whether a row may fail or turn out unconvertible.
    pub fallible: bool,
    /// Whether times without a zone are read as UTC here, which the reader has to know.
    pub assumes_utc: bool,
    /// Whether its values, or the texts that it cannot read, may be those of a sensitive feature.
    pub is_sensitive: bool,
}

impl Program {
    pub fn column_type(&self, idx: ColumnIdx) -> &DataType {
        match idx.checked_sub(self.base.len()) {
            None => self.base[idx].data_type(),
            Some(step) => self.steps[step].target(),
        }
    }

    /// The type of a column before it is converted.
    pub fn raw_type(&self, idx: ColumnIdx) -> &DataType {
        match idx.checked_sub(self.base.len()) {
            None => self.base[idx].data_type(),
            Some(step) => &self.steps[step].data_type,
        }
    }

    pub fn fallible(&self, idx: ColumnIdx) -> bool {
        idx.checked_sub(self.base.len()).is_some_and(|step| self.steps[step].fallible)
    }

    /// The column that is read, if another one is but a name for it.
    pub fn base_field(&self, idx: ColumnIdx) -> Option<&Field> {
        match idx.checked_sub(self.base.len()) {
            None => self.base.get(idx),
            Some(step) => {
                let step = self.steps.get(step)?;
                let [input] = step.inputs.as_slice() else { return None };
                let is_column = step.expr.downcast_ref::<Column>().is_some() && step.converter.is_none();
                if is_column { self.base_field(*input) } else { None }
            }
        }
    }

    /// Of which kinds the JSON of a column was, if what is read is text only because it had several.
    pub fn kinds(&self, idx: ColumnIdx) -> Option<JsonKinds> {
        let Some(step) = idx.checked_sub(self.base.len()) else { return kinds_of(self.base.get(idx)?) };
        let step = self.steps.get(step)?;
        if step.expr.downcast_ref::<Column>().is_some() {
            let [input] = step.inputs.as_slice() else { return None };
            return self.kinds(*input);
        }
        // A field of an object has its note within the object's type.
        let function = step.expr.downcast_ref::<ScalarFunctionExpr>()?;
        if function.name() != "get_field" {
            return None;
        }
        kinds_of(step.expr.return_field(&step.schema).ok()?.as_ref())
    }

    /// Marks the steps that may show the values of a sensitive feature: whatever reads such a feature, or a column that one
    /// reads. A struct is no such column: its other fields are no secret.
    pub fn hide_sensitive(&mut self, features: &[Feature]) {
        let n_base = self.base.len();
        let mut sensitive = vec![false; n_base + self.steps.len()];
        // From the last step to the first: what a sensitive step reads is sensitive.
        for (idx, step) in self.steps.iter().enumerate().rev() {
            let is_marked = step.feature.and_then(|feature| features.get(feature)).is_some_and(|f| f.sensitive);
            if is_marked || sensitive[n_base + idx] {
                sensitive[n_base + idx] = true;
                for input in &step.inputs {
                    sensitive[*input] |= !matches!(self.column_type(*input), DataType::Struct(_));
                }
            }
        }
        for (idx, step) in self.steps.iter_mut().enumerate() {
            sensitive[n_base + idx] |= step.inputs.iter().any(|input| sensitive[*input]);
            step.is_sensitive = sensitive[n_base + idx];
        }
    }

    /// Whether a column may show the values of a sensitive feature.
    pub fn is_sensitive(&self, idx: ColumnIdx) -> bool {
        idx.checked_sub(self.base.len()).and_then(|step| self.steps.get(step)).is_some_and(|step| step.is_sensitive)
    }

    /// The step behind a column; a column that is read as it is has none.
    pub fn step_mut(&mut self, idx: ColumnIdx) -> Option<&mut Step> {
        let step = idx.checked_sub(self.base.len())?;
        self.steps.get_mut(step)
    }
}

/// Of which kinds the values of a field were that became text for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonKinds {
    /// In plain words: `texts, numbers`.
    pub names: String,
    /// Whether the values lie within the column's objects.
    pub nested: bool,
}

fn kinds_of(field: &Field) -> Option<JsonKinds> {
    if let Some(names) = field.metadata().get(JSON_KINDS) {
        return Some(JsonKinds { names: names.clone(), nested: false });
    }
    let within = match field.data_type() {
        DataType::Struct(fields) => fields.iter().find_map(|field| kinds_of(field)),
        _ => None,
    };
    within.map(|kinds| JsonKinds { nested: true, ..kinds })
}

impl Step {
    /// The type of the step's column.
    pub fn target(&self) -> &DataType {
        self.converter.as_ref().map_or(&self.data_type, Converter::target)
    }

    /// Converts what the step computes; only before anything has been planned upon its column.
    pub fn convert_with(&mut self, converter: Converter) {
        self.fallible |= !converter.is_infallible();
        self.converter = Some(converter);
    }
}
