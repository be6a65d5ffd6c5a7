//! Tries on rows what a detector proposes, with the engine and by the feature's own rules of comparison.

use arrow::array::{Array, AsArray, UInt32Array};
use arrow::datatypes::DataType;

use super::subject::{Subject, rows_of};
use crate::compare::{Code, Column, Comparer, Converter, is_text};
use crate::diagnose::score::Effect;
use crate::diagnose::{Place, Proposal, Test};
use crate::engine::{Formula, Planned};
use crate::spec::{Feature, FeatureType, Side, substitute};

/// One way to try a proposal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attempt {
    /// An expression over `value`, in place of the value there.
    Function {
        place: Place,
        sql: String,
    },
    /// A condition over `from` and `to`.
    Relation {
        to: Place,
        sql: String,
    },
    Earlier {
        to: Place,
        within: usize,
        missing: bool,
    },
    Permuted,
}

/// The ways to try a proposal, the one that would be a repair of the second value first.
pub(super) fn attempts(proposal: &Proposal, to: Place) -> Vec<Attempt> {
    let function = |place: Place, sql: &Option<String>| {
        sql.iter().map(|sql| Attempt::Function { place, sql: sql.clone() }).collect::<Vec<_>>()
    };
    match (&proposal.test, to) {
        (Test::Function { forward, inverse }, Place::Second) => {
            [function(Place::Second, inverse), function(Place::First, forward)].concat()
        }
        (Test::Function { forward, inverse }, Place::First) => {
            [function(Place::Second, forward), function(Place::First, inverse)].concat()
        }
        (Test::Relation(sql), to) => vec![Attempt::Relation { to, sql: sql.clone() }],
        (Test::Earlier { within, missing }, to) => {
            vec![Attempt::Earlier { to, within: *within, missing: *missing }]
        }
        (Test::Permuted, _) => vec![Attempt::Permuted],
    }
}

/// Whether an attempt is a repair: what a side whose information is lost would have to be changed to is none.
pub(super) fn is_repair(attempt: &Attempt, to: Place) -> bool {
    matches!(attempt, Attempt::Function { place, .. } if *place == Place::Second || to == Place::First)
}

/// A planned attempt.
pub(super) struct Trial {
    kind: Kind,
}

enum Kind {
    Function { place: Place, formula: Formula, comparer: Comparer, sql: String },
    Relation { to: Place, formula: Formula },
}

/// What an attempt runs on: the types of both values before conversion, and of further columns of each side.
pub(super) struct Columns<'a> {
    pub planned: &'a Planned,
    pub feature: &'a Feature,
    pub sides: [Side; 2],
    pub raw_types: [DataType; 2],
    /// After conversion.
    pub types: [DataType; 2],
    /// Further columns by name, as the first and the second value's side has them.
    pub others: Vec<(String, [Option<DataType>; 2])>,
}

impl Trial {
    /// None if the attempt cannot be planned, or is none that rows can be tried on one by one.
    pub fn new(columns: &Columns<'_>, attempt: &Attempt) -> Option<Self> {
        let declared = columns.feature.data_type.as_ref().map(|declared| &declared.value);
        match attempt {
            Attempt::Function { place, sql } => {
                let idx = place.idx();
                let mut named = vec![("value", columns.raw_types[idx].clone())];
                named.extend(columns.others_of(*place));
                let side = columns.sides[idx];
                let plan = |sql: &str| columns.planned.formula(side, sql, &named, declared);
                let (sql, formula) = spellings(sql, &columns.raw_types[idx], &columns.types[idx], declared)
                    .into_iter()
                    .find_map(|sql| Some((sql.clone(), plan(&sql)?)))?;
                let mut types = columns.types.clone();
                types[idx] = formula.data_type().clone();
                let comparer = Comparer::new(columns.feature, &types[0], &types[1]);
                comparer.feature_type()?;
                Some(Self { kind: Kind::Function { place: *place, formula, comparer, sql } })
            }
            Attempt::Relation { to, sql } => {
                let from = to.other();
                let named =
                    [("from", columns.raw_types[from.idx()].clone()), ("to", columns.raw_types[to.idx()].clone())];
                let formula = columns.planned.formula(columns.sides[to.idx()], sql, &named, None)?;
                (formula.data_type() == &DataType::Boolean)
                    .then_some(Self { kind: Kind::Relation { to: *to, formula } })
            }
            Attempt::Earlier { .. } | Attempt::Permuted => None,
        }
    }

    /// The expression as it could be planned.
    pub fn sql(&self) -> Option<&str> {
        match &self.kind {
            Kind::Function { sql, .. } => Some(sql),
            Kind::Relation { .. } => None,
        }
    }

    /// Returns for every row whether both values agree under the attempt.
    ///
    /// `others` are the further columns that the trial was planned with, of each value's side.
    pub fn agrees(&self, raw: [&Column; 2], columns: [&Column; 2], others: &[[Option<Column>; 2]]) -> Vec<bool> {
        let n_rows = raw[0].values.len();
        match &self.kind {
            Kind::Function { place, formula, comparer, .. } => {
                let mut inputs = vec![raw[place.idx()].clone()];
                inputs
                    .extend(others.iter().filter_map(|of| of[place.idx()].clone().or(of[place.other().idx()].clone())));
                let value = formula.evaluate(&inputs, n_rows);
                let pair = match place {
                    Place::First => [&value, columns[1]],
                    Place::Second => [columns[0], &value],
                };
                let mut codes: Vec<Code> = Vec::with_capacity(n_rows);
                comparer.codes(pair[0], pair[1], &mut codes);
                codes.into_iter().map(|code| !code.is_mismatch()).collect()
            }
            Kind::Relation { to, formula } => {
                let inputs = [raw[to.other().idx()].clone(), raw[to.idx()].clone()];
                let holds = formula.evaluate(&inputs, n_rows).values;
                let holds = holds.as_boolean();
                (0..n_rows).map(|row| holds.is_valid(row) && holds.value(row)).collect()
            }
        }
    }

    /// Whether what it says of matching rows is a damage: a condition changes nothing.
    pub fn changes_values(&self) -> bool {
        matches!(self.kind, Kind::Function { .. })
    }
}

impl Columns<'_> {
    /// The further columns as an expression at a place sees them.
    pub fn others_of(&self, place: Place) -> Vec<(&str, DataType)> {
        let of = |types: &[Option<DataType>; 2]| types[place.idx()].clone().or(types[place.other().idx()].clone());
        self.others.iter().filter_map(|(name, types)| Some((name.as_str(), of(types)?))).collect()
    }
}

/// The ways to write an expression: as it is, and with the value cast to what the feature declares.
fn spellings(sql: &str, raw: &DataType, converted: &DataType, declared: Option<&FeatureType>) -> Vec<String> {
    let mut spellings = vec![sql.to_owned()];
    let target = match declared {
        Some(declared) if raw != converted => sql_type(declared),
        Some(_) => None,
        None => (!is_text(raw)).then_some("VARCHAR"),
    };
    if let Some(target) = target {
        spellings.push(substitute(sql, "value", &format!("CAST(value AS {target})")));
    }
    spellings
}

fn sql_type(declared: &FeatureType) -> Option<&'static str> {
    Some(match declared.to_string().as_str() {
        "bool" => "BOOLEAN",
        "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" => "BIGINT",
        "uint64" => "BIGINT UNSIGNED",
        "float32" | "float64" => "DOUBLE",
        "string" => "VARCHAR",
        "date" => "DATE",
        "timestamp" | "timestamp_naive" => "TIMESTAMP",
        _ => return None,
    })
}

/// Converts raw values as the engine does for the feature.
pub(super) fn converted(raw: &Column, converter: &Converter) -> Column {
    let Column { values, unconvertible } = converter.convert(&raw.values);
    let unconvertible = match (unconvertible, &raw.unconvertible) {
        (None, texts) => texts.clone(),
        (texts, None) => texts,
        (Some(own), Some(raw)) => Some(own.iter().zip(raw).map(|(own, raw)| own.or(raw)).collect()),
    };
    Column { values, unconvertible }
}

impl Trial {
    /// Returns which rows of the sample agree.
    pub fn on_sample(&self, subject: &Subject<'_>) -> Vec<bool> {
        self.agrees([&subject.raw[0], &subject.raw[1]], [&subject.columns[0], &subject.columns[1]], &[])
    }

    /// What rows that agree come to; of the mismatching ones only those that `open` holds.
    pub fn effect(&self, subject: &Subject<'_>, agrees: &[bool], open: &[bool]) -> Effect {
        let mut effect = Effect::default();
        for (row, agrees) in agrees.iter().enumerate() {
            if row < subject.n_mismatching {
                if open.get(row) == Some(&true) {
                    effect.mismatching += 1;
                    effect.explained += u64::from(*agrees);
                }
            } else if subject.is_mismatch.get(row) == Some(&false) {
                effect.matching += 1;
                effect.damaged += u64::from(!agrees && self.changes_values());
            }
        }
        effect
    }

    /// The share of rows that agree if the values of one side are put to other rows.
    pub fn chance(&self, subject: &Subject<'_>) -> f64 {
        const MIN_ROWS: usize = 24;
        let n_rows = subject.n_rows();
        let all = 0..n_rows;
        let population = subject.n_mismatching..n_rows;
        let rows: Vec<u32> =
            if population.len() >= MIN_ROWS { population } else { all }.map(|row| row as u32).collect();
        let (mut agreeing, mut tried) = (0_usize, 0_usize);
        for step in [1, 3, 7, 13] {
            let mut rotated = rows.clone();
            rotated.rotate_left(step % rows.len().max(1));
            let [straight, rotated] = [UInt32Array::from(rows.clone()), UInt32Array::from(rotated)];
            let raw = [rows_of(&subject.raw[0], &straight), rows_of(&subject.raw[1], &rotated)];
            let columns = [rows_of(&subject.columns[0], &straight), rows_of(&subject.columns[1], &rotated)];
            let agrees = self.agrees([&raw[0], &raw[1]], [&columns[0], &columns[1]], &[]);
            agreeing += agrees.iter().filter(|agrees| **agrees).count();
            tried += agrees.len();
        }
        let by_chance = agreeing as f64 / tried.max(1) as f64;
        match &self.kind {
            Kind::Function { .. } => by_chance,
            // Also what values that nothing happened to would satisfy.
            Kind::Relation { to, .. } => {
                let from = to.other().idx();
                let same = [&subject.raw[from], &subject.raw[from]];
                if same[0].values.data_type() != subject.raw[to.idx()].values.data_type() {
                    return by_chance;
                }
                let agrees = self.agrees(same, [&subject.columns[from], &subject.columns[from]], &[]);
                let untouched = agrees.iter().filter(|agrees| **agrees).count() as f64 / agrees.len().max(1) as f64;
                by_chance.min(untouched)
            }
        }
    }
}
