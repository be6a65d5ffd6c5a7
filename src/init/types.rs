//! The type that a first spec declares for a feature.

use arrow::datatypes::DataType;

use super::kind::{Kind, TimeKind, is_whole};
use crate::compare::{Common, common_type, normalised_type};
use crate::engine::ColumnProfile;
use crate::spec::{FeatureType, PerSide};

/// A declared type, or none, and what a reader should know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub feature_type: Option<FeatureType>,
    pub comment: Option<String>,
}

/// Returns the type to declare for two columns that are one feature.
///
/// It is one that no value loses anything by. Where the sides have none in common, the comment says what they have.
pub(super) fn declare(columns: PerSide<&ColumnProfile>) -> Declared {
    let known = |feature_type: FeatureType| Declared { feature_type: Some(feature_type), comment: None };
    let noted = |feature_type: FeatureType, comment: String| Declared {
        feature_type: Some(feature_type),
        comment: Some(comment),
    };
    let kinds = PerSide { offline: Kind::of(columns.offline), online: Kind::of(columns.online) };
    let common = common_type(&columns.offline.data_type, &columns.online.data_type);
    if common != Common::None && [columns.offline, columns.online].iter().any(|column| holds_map(&column.data_type)) {
        // A declared list of entries would be compared in their order, which means nothing in a map.
        return Declared { feature_type: None, comment: Some("a map: compared key by key, in any order".into()) };
    }
    match (kinds.offline, kinds.online) {
        (Kind::Unknown, Kind::Unknown) => {
            Declared { feature_type: None, comment: Some("only nulls on both sides".into()) }
        }
        (Kind::Unknown, _) | (_, Kind::Unknown) => {
            let side = if kinds.offline == Kind::Unknown { "offline" } else { "online" };
            Declared { feature_type: common.feature_type().cloned(), comment: Some(format!("only nulls {side}")) }
        }
        (Kind::Time(offline), Kind::Time(online)) => match time_type(offline, online) {
            Some(feature_type) => known(feature_type),
            None => Declared { feature_type: None, comment: Some(no_common(columns)) },
        },
        // 719.0, which pandas makes of 719 beside a null.
        (Kind::Int, Kind::Number) | (Kind::Number, Kind::Int)
            if is_whole(columns.offline) && is_whole(columns.online) =>
        {
            let int = if kinds.offline == Kind::Int { columns.offline } else { columns.online };
            match common_type(&int.data_type, &int.data_type).feature_type() {
                Some(feature_type) => known(feature_type.clone()),
                None => Declared { feature_type: None, comment: None },
            }
        }
        // An integer that counts from 1970 becomes a time under `columns`.
        (Kind::Time(_), Kind::Int) if columns.online.epochs.is_some() => known(FeatureType::Timestamp),
        (Kind::Int, Kind::Time(_)) if columns.offline.epochs.is_some() => known(FeatureType::Timestamp),
        (Kind::Text, number) if number.is_number() => text_as_number(columns.offline, columns.online, "offline"),
        (number, Kind::Text) if number.is_number() => text_as_number(columns.online, columns.offline, "online"),
        _ => match common {
            Common::Same(feature_type) => known(feature_type),
            Common::Lossless(feature_type) => {
                let comment = format!("{} offline, {} online", shown(columns.offline), shown(columns.online));
                noted(feature_type, comment)
            }
            Common::None => Declared { feature_type: None, comment: Some(no_common(columns)) },
        },
    }
}

/// Whether a value is a map or has one in it.
fn holds_map(data_type: &DataType) -> bool {
    match normalised_type(data_type) {
        DataType::Map(..) => true,
        DataType::List(element) => holds_map(element.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| holds_map(field.data_type())),
        _ => false,
    }
}

fn time_type(offline: TimeKind, online: TimeKind) -> Option<FeatureType> {
    use TimeKind::{Date, DateText, Naive, NaiveText, Zoned, ZonedText};
    Some(match (offline, online) {
        (DateText, DateText) => FeatureType::String,
        (Date | DateText, Date | DateText) => FeatureType::Date,
        (Zoned | ZonedText, Zoned | ZonedText | Naive | NaiveText) | (Naive | NaiveText, Zoned | ZonedText) => {
            FeatureType::Timestamp
        }
        (Naive | NaiveText, Naive | NaiveText) | (Date, Naive) | (Naive, Date) => FeatureType::TimestampNaive,
        (Date | DateText, _) | (_, Date | DateText) => return None,
    })
}

/// Texts that read as numbers become some; the others are counted as unconvertible.
fn text_as_number(text: &ColumnProfile, number: &ColumnProfile, text_side: &str) -> Declared {
    let n_other = text.n_values - text.kinds.numeric_text.min(text.n_values);
    if text.kinds.numeric_text == 0 {
        let comment = format!("text {text_side} and no number in it: the sides have no type in common");
        return Declared { feature_type: None, comment: Some(comment) };
    }
    let comment = match n_other {
        0 => format!("text {text_side}"),
        1 => format!("text {text_side}; 1 value is no number"),
        n => format!("text {text_side}; {n} values are no numbers"),
    };
    let feature_type = common_type(&number.data_type, &number.data_type).feature_type().cloned();
    Declared { feature_type, comment: Some(comment) }
}

fn no_common(columns: PerSide<&ColumnProfile>) -> String {
    format!("{} offline, {} online: no type in common", shown(columns.offline), shown(columns.online))
}

fn shown(column: &ColumnProfile) -> String {
    match common_type(&column.data_type, &column.data_type).feature_type() {
        Some(feature_type) => feature_type.to_string(),
        None => column.data_type.to_string(),
    }
}
