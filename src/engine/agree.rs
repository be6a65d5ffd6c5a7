//! Brings the types of both sides' programs together, before anything runs: keys, event time, zones. No I/O.

use datafusion::arrow::datatypes::DataType;

use super::program::Program;
use crate::compare::{Common, Converter, common_type, normalised_type};
use crate::spec::{FeatureType, PerSide, Problem, Side, Spec};

/// Brings the key parts of both sides to one type each; returns those for which there is none.
pub(super) fn unify_keys(spec: &Spec, offline: &mut Program, online: &mut Program) -> Vec<(String, PerSide<DataType>)> {
    let mut incomparable = Vec::new();
    for (idx, key) in spec.keys.iter().enumerate() {
        let (Some(&offline_idx), Some(&online_idx)) = (offline.keys.get(idx), online.keys.get(idx)) else { continue };
        let types = PerSide {
            offline: offline.column_type(offline_idx).clone(),
            online: online.column_type(online_idx).clone(),
        };
        let is_float = |data_type: &DataType| data_type.is_floating();
        // A naive time whose zone is assumed is an instant.
        let plain = |side: Side| Converter::new(&types[side], None, spec.sides[side].assume_tz).target().clone();
        let common = match common_type(&plain(Side::Offline), &plain(Side::Online)) {
            // A float key next to an integer one: the float could stand for several integers.
            Common::Lossless(_) if is_float(&types.offline) != is_float(&types.online) => Common::None,
            common => common,
        };
        let declared = match common {
            Common::Same(feature_type) | Common::Lossless(feature_type) => Some(feature_type),
            Common::None => {
                incomparable.push((key.value.clone(), types.clone().map(|data_type| normalised_type(&data_type))));
                None
            }
        };
        let converter = |side: Side| Converter::new(&types[side], declared.as_ref(), spec.sides[side].assume_tz);
        // Keys are compared bit by bit.
        let (for_offline, for_online) = converter(Side::Offline).in_one_unit(converter(Side::Online));
        for (program, column, converter) in
            [(&mut *offline, offline_idx, for_offline), (&mut *online, online_idx, for_online)]
        {
            if let Some(step) = program.step_mut(column) {
                step.convert_with(converter);
            }
        }
    }
    incomparable
}

/// Converts a side's event time to an instant; pushes a problem where it is no time.
pub(super) fn convert_event_time(spec: &Spec, side: Side, program: &mut Program, problems: &mut Vec<Problem>) {
    let (Some(name), Some(idx)) = (&spec.event_time, program.event_time) else { return };
    let from = program.column_type(idx).clone();
    if from.is_integer() || from.is_floating() {
        let problem = Problem::new(format!(
            "the event time `{}` is {from} on the {side} side, not a time",
            name.value.escape_debug()
        ))
        .at(name.span)
        .help(format!("convert it under `{side}: columns:`, as in to_timestamp_millis({})", name.value.escape_debug()));
        problems.push(problem);
        return;
    }
    let converter = Converter::new(&from, Some(&FeatureType::Timestamp), spec.sides[side].assume_tz);
    if !converter.possible() {
        problems.push(
            Problem::new(format!(
                "the event time `{}` is {from} on the {side} side, not a time",
                name.value.escape_debug()
            ))
            .at(name.span),
        );
        return;
    }
    if let Some(step) = program.step_mut(idx) {
        step.convert_with(converter);
    }
}

/// Marks the steps that would read naive times as UTC, since nobody says their zone.
pub(super) fn watch_zones(spec: &Spec, side: Side, program: &mut Program) {
    if spec.sides[side].assume_tz.is_some() {
        return;
    }
    let event_time = program.event_time.and_then(|idx| idx.checked_sub(program.base.len()));
    for (idx, step) in program.steps.iter_mut().enumerate() {
        let is_instant = |feature: usize| {
            let declared = spec.features.get(feature).and_then(|feature| feature.data_type.as_ref());
            declared.is_some_and(|declared| declared.value == FeatureType::Timestamp)
        };
        step.assumes_utc = Some(idx) == event_time || step.feature.is_some_and(is_instant);
    }
}
