//! Evidence for the tests of detectors.

use arrow::datatypes::DataType;

use super::detector::Detector;
use super::evidence::{Evidence, Pair, Place};
use super::proposal::Proposal;
use super::value::Value;

/// Returns what a detector proposes for pairs of which those that differ mismatch; types go by the first value that has one.
pub fn propose(detector: &dyn Detector, pairs: &[(Value, Value)]) -> Vec<Proposal> {
    let (from_type, to_type) = (type_of(pairs.iter().map(|pair| &pair.0)), type_of(pairs.iter().map(|pair| &pair.1)));
    let evidence = evidence("feature", pairs, &from_type, &to_type);
    detector.propose(&evidence)
}

/// Returns evidence of pairs of which those that differ mismatch; what else there is can be set.
pub fn evidence<'a>(
    feature: &'a str,
    pairs: &'a [(Value, Value)],
    from_type: &'a DataType,
    to_type: &'a DataType,
) -> Evidence<'a> {
    let pairs = pairs.iter().map(|(from, to)| Pair { from, to, is_mismatch: from != to, time_ns: None }).collect();
    Evidence {
        feature,
        declared: None,
        to: Place::Second,
        from_type,
        to_type,
        from_unit: None,
        to_unit: None,
        pairs,
        histories: &[],
        shared: &[],
        own: None,
    }
}

fn type_of<'a>(mut values: impl Iterator<Item = &'a Value>) -> DataType {
    use arrow::datatypes::{Field, TimeUnit};
    let first = values.find(|value| !value.is_null());
    match first {
        None | Some(Value::Null) => DataType::Null,
        Some(Value::Bool(_)) => DataType::Boolean,
        Some(Value::Int(_)) => DataType::Int64,
        Some(Value::Float(_)) => DataType::Float64,
        Some(Value::Decimal(_)) => DataType::Decimal128(38, 10),
        Some(Value::Text(_) | Value::Other(_)) => DataType::Utf8,
        Some(Value::Bytes(_)) => DataType::Binary,
        Some(Value::Date(_)) => DataType::Date32,
        Some(Value::Time { zoned, .. }) => DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into())),
        Some(Value::Duration { .. }) => DataType::Duration(TimeUnit::Microsecond),
        Some(Value::List(elements)) => {
            DataType::List(std::sync::Arc::new(Field::new_list_field(type_of(elements.iter()), true)))
        }
    }
}
