//! The columns of a side, with the fields of its objects, and dates that stand in three columns.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, new_null_array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Fields, Int64Type};

use super::value::{plain, plain_type};

/// Where a column's values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A column, or the field of an object by its path.
    Column(Vec<String>),
    /// A date that three columns hold, `year`, `month` and `day`, by their paths.
    Date([Vec<String>; 3]),
}

impl Origin {
    /// The path; that of a date in three columns ends in `date`.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Column(path) => path.iter().map(String::as_str).collect(),
            Self::Date([year, _, _]) => {
                let parents = year.iter().take(year.len().saturating_sub(1)).map(String::as_str);
                parents.chain(["date"]).collect()
            }
        }
    }

    /// The path with dots.
    pub fn dotted(&self) -> String {
        self.names().join(".")
    }
}

/// A column, and how to get at it in a batch.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub origin: Origin,
    pub data_type: DataType,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    /// The column's index, then that of each field on the way.
    Field(Vec<usize>),
    /// Those of the year, the month and the day.
    Date([Vec<usize>; 3]),
}

/// Returns a side's columns in their order, fields in the place of their object, at most `max` of them.
pub(super) fn leaves(fields: &Fields, max: usize) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(fields, &mut Vec::new(), &mut Vec::new(), max, &mut found);
    found
}

fn collect(fields: &Fields, path: &mut Vec<String>, place: &mut Vec<usize>, max: usize, found: &mut Vec<Leaf>) {
    for (idx, field) in fields.iter().enumerate() {
        if found.len() >= max {
            return;
        }
        path.push(field.name().clone());
        place.push(idx);
        match field.data_type() {
            DataType::Struct(inner) if !inner.is_empty() => collect(inner, path, place, max, found),
            data_type => found.push(Leaf {
                origin: Origin::Column(path.clone()),
                data_type: data_type.clone(),
                place: Place::Field(place.clone()),
            }),
        }
        path.pop();
        place.pop();
    }
    if let Some(date) = date_of(fields, path, place) {
        found.push(date);
    }
}

fn date_of(fields: &Fields, path: &[String], place: &[usize]) -> Option<Leaf> {
    let find = |wanted: &str| fields.iter().position(|field| field.name().eq_ignore_ascii_case(wanted));
    if find("date").is_some() {
        return None;
    }
    let parts = [find("year")?, find("month")?, find("day")?];
    let inner = |idx: usize| {
        let field = fields.get(idx)?;
        field.data_type().is_integer().then(|| {
            let name = path.iter().chain([field.name()]).cloned().collect::<Vec<_>>();
            (name, place.iter().copied().chain([idx]).collect::<Vec<_>>())
        })
    };
    let [(year, year_at), (month, month_at), (day, day_at)] = [inner(parts[0])?, inner(parts[1])?, inner(parts[2])?];
    Some(Leaf {
        origin: Origin::Date([year, month, day]),
        data_type: DataType::Date32,
        place: Place::Date([year_at, month_at, day_at]),
    })
}

/// A column's values in a batch, in their plain type, and which rows have none.
pub(super) struct LeafValues {
    pub values: ArrayRef,
    pub nulls: Option<NullBuffer>,
    /// How many rows hold three numbers that are no date.
    pub n_no_dates: u64,
}

impl Leaf {
    /// Returns the values of this column in a batch. A column that cannot be made plain, which no type should be, is null.
    pub fn values(&self, batch: &RecordBatch) -> LeafValues {
        match &self.place {
            Place::Field(place) => {
                let Some((values, nulls)) = field_at(batch, place) else { return self.none(batch.num_rows()) };
                match plain(&values) {
                    Ok(plain) => LeafValues { values: plain, nulls, n_no_dates: 0 },
                    Err(_) => self.none(batch.num_rows()),
                }
            }
            Place::Date(places) => self.dates(batch, places),
        }
    }

    fn none(&self, n_rows: usize) -> LeafValues {
        let values = new_null_array(&plain_type(&self.data_type), n_rows);
        let nulls = Some(NullBuffer::new_null(n_rows));
        LeafValues { values, nulls, n_no_dates: 0 }
    }

    fn dates(&self, batch: &RecordBatch, places: &[Vec<usize>; 3]) -> LeafValues {
        let part = |place: &[usize]| {
            let (values, nulls) = field_at(batch, place)?;
            Some((cast(&values, &DataType::Int64).ok()?, nulls))
        };
        let [Some(year), Some(month), Some(day)] = places.each_ref().map(|place| part(place)) else {
            return self.none(batch.num_rows());
        };
        let nulls = [&year, &month, &day].iter().fold(None, |all, (values, nulls)| {
            NullBuffer::union(NullBuffer::union(all.as_ref(), nulls.as_ref()).as_ref(), values.nulls())
        });
        let [year, month, day] = [&year.0, &month.0, &day.0].map(|values| values.as_primitive::<Int64Type>());
        let mut n_no_dates = 0;
        let dates: Date32Array = (0..batch.num_rows())
            .map(|row| {
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    return None;
                }
                let date = i32::try_from(year.value(row)).ok().and_then(|year| {
                    let month = u32::try_from(month.value(row)).ok()?;
                    chrono::NaiveDate::from_ymd_opt(year, month, u32::try_from(day.value(row)).ok()?)
                });
                n_no_dates += u64::from(date.is_none());
                date.map(Date32Type::from_naive_date)
            })
            .collect();
        LeafValues { nulls: dates.nulls().cloned(), values: Arc::new(dates), n_no_dates }
    }
}

fn field_at(batch: &RecordBatch, place: &[usize]) -> Option<(ArrayRef, Option<NullBuffer>)> {
    let (first, rest) = place.split_first()?;
    let mut values = Arc::clone(batch.columns().get(*first)?);
    let mut nulls = values.logical_nulls();
    for idx in rest {
        let inner = Arc::clone(values.as_struct_opt()?.columns().get(*idx)?);
        nulls = NullBuffer::union(nulls.as_ref(), inner.logical_nulls().as_ref());
        values = inner;
    }
    Some((values, nulls))
}
