//! From what a run came to, to what its reader should know.

use arrow::datatypes::DataType;

use super::broken::BrokenRows;
use super::comparison::{Comparison, Comparisons, sources};
use super::features::{failure_text, of_rows};
use super::unusable::Unusable;
use super::vocabulary::{Rule, RuleKind, Vocabularies};
use crate::compare::{self, Common, spoken_type};
use crate::engine::{EvaluationFacts, JsonKinds, KeyFormat, KeySample, Outcome, Planned, Way};
use crate::gate;
use crate::report::{
    self, Evidence, Feature, Fields, Finding, FindingKind, Ledger, Stage, Verdict, number, percent, plural,
};
use crate::spec::{Duplicates, EventTimeRule, PerSide, Severity, Side, Spec};

/// What the findings are made from.
pub(super) struct Judged<'a> {
    pub spec: &'a Spec,
    pub planned: &'a Planned,
    pub outcome: &'a Outcome,
    pub evaluations: &'a PerSide<EvaluationFacts>,
    pub unusable: &'a Unusable,
    pub ledger: &'a PerSide<Ledger>,
    pub features: &'a [Feature],
}

/// Returns the findings: first those of the whole run, then feature by feature in the order of the spec.
pub(super) fn collect(judged: &Judged<'_>, comparisons: &Comparisons, vocabularies: &Vocabularies) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(failed_expressions(judged));
    findings.extend(too_few_rows(judged));
    findings.extend(unreadable(judged));
    findings.extend(duplicates(judged));
    findings.extend(unmatched(judged));
    findings.extend(key_types(judged));
    findings.extend(judged.outcome.key_formats.iter().map(key_format));
    findings.extend(unusable_keys(judged));
    findings.extend(unusable_times(judged));
    findings.extend(times_read_as_utc(judged, None));
    for (idx, feature) in judged.features.iter().enumerate() {
        if let Some(error) = &feature.error {
            let message = format!("feature `{}` {error}", feature.name.escape_debug());
            findings.push(Finding {
                feature: Some(feature.name.clone()),
                ..Finding::new(FindingKind::Error, Severity::Error, message)
            });
        }
        findings.extend(times_read_as_utc(judged, Some(idx)));
        findings.extend(changing_types(judged, idx));
        findings.extend(
            comparisons
                .list
                .iter()
                .filter(|running| running.feature == idx)
                .filter_map(|running| types_differ(feature, running)),
        );
        findings.extend(feature.comparisons.iter().filter_map(|comparison| over_budget(judged, feature, comparison)));
        findings.extend(
            vocabularies
                .rules
                .iter()
                .filter(|rule| rule.feature == idx && rule.broken.n_rows() > 0)
                .map(|rule| broken_rule(feature, rule)),
        );
    }
    findings
}

fn failed_expressions<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = Finding> + 'a {
    Side::BOTH.into_iter().flat_map(|side| {
        let failures = judged.evaluations[side].failures.values().filter(|failure| failure.feature.is_none());
        failures.map(move |failure| {
            let message = format!("{} {}", failure.what, failure_text(None, failure));
            Finding {
                side: Some(side),
                subject: Some(failure.what.to_string()),
                count: Some(failure.n_rows),
                ..Finding::new(FindingKind::Error, Severity::Error, message)
            }
        })
    })
}

fn too_few_rows(judged: &Judged<'_>) -> Option<Finding> {
    let compared = judged.ledger.online.compared;
    let wanted = judged.spec.gate.min_compared_rows.max(1);
    (compared < wanted).then(|| {
        let message = match compared {
            0 => "no rows were compared".to_owned(),
            _ => format!("{} compared, but at least {} are wanted", plural(compared, "row"), number(wanted)),
        };
        Finding {
            help: Some("the ledger shows where the rows went; `gate: {min_compared_rows: …}` is the limit".to_owned()),
            count: Some(compared),
            ..Finding::new(FindingKind::Inconclusive, Severity::Error, message)
        }
    })
}

fn unreadable<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = Finding> + 'a {
    Side::BOTH.into_iter().filter(|side| judged.ledger[*side].unreadable > 0).map(|side| {
        let ledger = &judged.ledger[side];
        let budget = judged.spec.gate.max_unreadable_rate;
        let over = gate::judge_unreadable(ledger, budget).is_some();
        let records = plural(ledger.unreadable, "record");
        let message = match over {
            true => format!("{records} of the {side} side cannot be read, over the budget of {}", percent(budget)),
            false => format!("{records} of the {side} side cannot be read"),
        };
        let samples = judged.planned.input(side).unreadable.iter();
        Finding {
            side: Some(side),
            count: Some(ledger.unreadable),
            rate: gate::Share { count: ledger.unreadable, of: ledger.read }.rate(),
            help: over.then(|| {
                "repair the file, or allow a share of such records with `gate: {max_unreadable_rate: …}`".to_owned()
            }),
            samples: samples
                .map(|record| Evidence::Record {
                    file: record.file.clone(),
                    line: Some(record.line),
                    reason: record.reason.clone(),
                })
                .collect(),
            ..Finding::new(FindingKind::Unreadable, if over { Severity::Error } else { Severity::Warn }, message)
        }
    })
}

fn duplicates(judged: &Judged<'_>) -> Option<Finding> {
    let n_keys = judged.outcome.n_duplicate_keys;
    (judged.spec.align.duplicates == Duplicates::Error && n_keys > 0).then(|| {
        let [offline, online] = Side::BOTH.map(|side| judged.ledger[side].duplicate);
        let rates = Side::BOTH
            .map(|side| gate::Share { count: judged.ledger[side].duplicate, of: judged.ledger[side].read }.rate());
        let what = match judged.spec.align.event_time {
            EventTimeRule::Ignore => "key",
            EventTimeRule::Within { .. } | EventTimeRule::AsOf { .. } => "key and time",
        };
        let (have, they) = if n_keys == 1 { ("has", "its") } else { ("have", "their") };
        let message = format!(
            "{} {what}{} {have} several rows; {they} {} offline and {} online were not compared",
            number(n_keys),
            if n_keys == 1 { "" } else { "s" },
            plural(offline, "row"),
            number(online),
        );
        Finding {
            count: Some(offline + online),
            rate: rates.into_iter().flatten().max_by(f64::total_cmp),
            help: Some(
                "make the rows unique, or choose with `align: {duplicates: …}`: latest, exclude or multiset".to_owned(),
            ),
            samples: judged
                .outcome
                .duplicate_keys
                .iter()
                .map(|(key, rows)| Evidence::Key { key: fields(key), rows: *rows })
                .collect(),
            ..Finding::new(FindingKind::Duplicate, Severity::Error, message)
        }
    })
}

fn unmatched(judged: &Judged<'_>) -> Vec<Finding> {
    let budget = judged.spec.gate.max_unmatched_rate;
    let over = gate::judge_unmatched(judged.spec.align.complete, judged.ledger, budget);
    over.into_iter()
        .map(|(side, share)| {
            let other = side.other();
            let message = format!(
                "the {side} side lacks {} of the {} {other} rows ({}), over the budget of {}",
                number(share.count),
                number(share.of),
                percent(share.rate().unwrap_or(0.0)),
                percent(budget),
            );
            let mut rows = PerSide { offline: 0, online: 0 };
            rows[other] = 1;
            let keys = judged.outcome.unmatched_keys[other].iter();
            Finding {
                side: Some(side),
                count: Some(share.count),
                rate: share.rate(),
                help: Some(format!(
                    "supply the missing {side} rows, or say with `align: {{complete: …}}` which sides should hold every row"
                )),
                samples: keys.map(|key| Evidence::Key { key: fields(key), rows }).collect(),
                ..Finding::new(FindingKind::Unmatched, Severity::Error, message)
            }
        })
        .collect()
}

fn key_types<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = Finding> + 'a {
    judged.planned.incomparable_keys.iter().map(|(key, types)| {
        let name = key.escape_debug();
        let message = format!(
            "key `{name}` is {} offline and {} online, so that no row matches",
            spoken_type(&types.offline),
            spoken_type(&types.online)
        );
        // Towards integers or else text: only there every value is written in one way.
        let (side, target) = match (types.offline.is_integer(), types.online.is_integer()) {
            (true, false) if types.online.is_floating() => (Side::Online, "BIGINT"),
            (false, true) if types.offline.is_floating() => (Side::Offline, "BIGINT"),
            (_, true) => (Side::Online, "VARCHAR"),
            (true, false) => (Side::Offline, "VARCHAR"),
            (false, false) if compare::is_text(&types.offline) => (Side::Online, "VARCHAR"),
            (false, false) => (Side::Offline, "VARCHAR"),
        };
        let column = judged.spec.sides[side].columns.get(key).map_or(name.to_string(), |sql| sql.value.clone());
        Finding {
            subject: Some(key.clone()),
            help: Some(format!("convert one of them: `{side}: columns: {{{name}: CAST({column} AS {target})}}`")),
            ..Finding::new(FindingKind::Schema, Severity::Error, message)
        }
    })
}

fn key_format(format: &KeyFormat) -> Finding {
    let how = format.way.describe();
    let shown = |text: &str, data_type: &DataType| match format.way {
        Way::Cast if compare::is_text(data_type) => format!("string {}", in_quotes(text)),
        Way::Cast => format!("{} {}", spoken_type(data_type), text.escape_debug()),
        Way::Trim | Way::Case | Way::LeadingZeros | Way::Several => in_quotes(text),
    };
    let message = format!(
        "{} of {} unmatched keys would match {how}: key `{}` is {} offline and {} online",
        number(format.n_keys),
        number(format.n_looked_at),
        format.key.escape_debug(),
        shown(&format.offline, &format.types.offline),
        shown(&format.online, &format.types.online),
    );
    Finding {
        subject: Some(format!("{} {how}", format.key)),
        count: Some(format.n_keys),
        help: Some(format!("write the key alike on both sides under `columns`, with x the key: {}", format.sql())),
        ..Finding::new(FindingKind::KeyFormat, Severity::Warn, message)
    }
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn unusable_keys<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = Finding> + 'a {
    Side::BOTH.into_iter().flat_map(move |side| {
        let parts = judged.spec.keys.iter().zip(&judged.unusable.keys[side]);
        parts.filter(|(_, broken)| broken.n_rows() > 0).map(move |(key, broken)| {
            let name = key.value.escape_debug();
            let message = format!(
                "key `{name}`: {} of the {side} side cannot be read; those rows are under `null_key`",
                plural(broken.n_rows(), "value")
            );
            let help =
                format!("mend the expression of `{name}` under `{side}: columns:`, or leave such rows out by `where`");
            unusable(judged, side, Severity::Error, broken, message, help)
        })
    })
}

fn unusable_times<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = Finding> + 'a {
    let name = judged.spec.event_time.as_ref().map(|name| name.value.escape_debug().to_string()).unwrap_or_default();
    let sides = Side::BOTH.into_iter().filter(|side| judged.unusable.times[*side].n_rows() > 0);
    sides.map(move |side| {
        let broken = &judged.unusable.times[side];
        // Where times pair the rows, a row without one is not compared.
        let (severity, effect) = match judged.spec.align.event_time {
            EventTimeRule::Ignore => (Severity::Warn, ""),
            EventTimeRule::Within { .. } | EventTimeRule::AsOf { .. } => {
                (Severity::Error, "; those rows are under `null_key`")
            }
        };
        let message = format!(
            "event time `{name}`: {} of the {side} side cannot be read as a time{effect}",
            plural(broken.n_rows(), "value")
        );
        let help = format!("convert it under `{side}: columns:`, as in to_timestamp({name}, '%d.%m.%Y')");
        unusable(judged, side, severity, broken, message, help)
    })
}

fn unusable(
    judged: &Judged<'_>,
    side: Side,
    severity: Severity,
    broken: &BrokenRows,
    message: String,
    help: String,
) -> Finding {
    Finding {
        side: Some(side),
        count: Some(broken.n_rows()),
        rate: gate::Share { count: broken.n_rows(), of: judged.ledger[side].read }.rate(),
        help: Some(help),
        samples: broken.samples(),
        ..Finding::new(FindingKind::Unconvertible, severity, message)
    }
}

fn times_read_as_utc<'a>(judged: &'a Judged<'_>, feature: Option<usize>) -> impl Iterator<Item = Finding> + 'a {
    let naive = Side::BOTH.into_iter().flat_map(|side| {
        judged.planned.read_as_utc(side, &judged.evaluations[side]).map(move |(what, of)| (side, what, of))
    });
    naive.filter(move |(_, _, of)| *of == feature).map(move |(side, what, _)| Finding {
        feature: feature.and_then(|idx| judged.features.get(idx)).map(|feature| feature.name.clone()),
        side: Some(side),
        subject: feature.is_none().then(|| what.to_owned()),
        help: Some(format!("say the zone of the {side} side's times: `{side}: {{assume_tz: Europe/Berlin}}`")),
        ..Finding::new(
            FindingKind::Timezone,
            Severity::Warn,
            format!("{what}: the {side} side's times have no zone and were read as UTC"),
        )
    })
}

/// Compared as texts, a number and its text agree: what is of another type than the feature should be goes unseen.
fn changing_types<'a>(judged: &'a Judged<'_>, feature: usize) -> impl Iterator<Item = Finding> + 'a {
    let changing = Side::BOTH
        .into_iter()
        .flat_map(|side| judged.planned.changing_types(side).map(move |(idx, kinds)| (side, idx, kinds)));
    changing.filter(move |(_, idx, _)| *idx == feature).filter_map(move |(side, idx, kinds)| {
        let feature = judged.features.get(idx)?;
        let (name, JsonKinds { names, nested }) = (feature.name.escape_debug(), kinds);
        let message = match nested {
            false => format!(
                "feature `{name}`: the {side} column changes its type from record to record ({names}); it was compared as text"
            ),
            true => format!(
                "feature `{name}`: values within the {side} column change their type from record to record ({names}); they were \
                 compared as text"
            ),
        };
        Some(Finding {
            feature: Some(feature.name.clone()),
            side: Some(side),
            subject: Some("changing types".to_owned()),
            help: Some("declare its `type`: what is not of it is then counted as unconvertible".to_owned()),
            ..Finding::new(FindingKind::Schema, Severity::Warn, message)
        })
    })
}

fn types_differ(feature: &Feature, running: &Comparison) -> Option<Finding> {
    let [first, second] = &running.types;
    let [one, other] = sources(running.stage).map(|source| source.describe());
    let name = feature.name.escape_debug();
    let (severity, message, help) = match running.comparer.common() {
        Common::Same(_) => return None,
        Common::Lossless(common) => (
            Severity::Warn,
            format!(
                "feature `{name}` is {} ({one}) and {} ({other}); the values were compared without rounding either",
                spoken_type(first),
                spoken_type(second)
            ),
            format!("declare its `type` to accept that: {common} holds the values of both, as nearly as it can"),
        ),
        Common::None => (
            Severity::Error,
            format!(
                "feature `{name}` is {} ({one}) and {} ({other}), which have no type in common",
                spoken_type(first),
                spoken_type(second)
            ),
            "declare the `type` that both should have, or convert one side in its expression".to_owned(),
        ),
    };
    Some(Finding {
        feature: Some(feature.name.clone()),
        comparison: Some(running.stage),
        help: Some(help),
        ..Finding::new(FindingKind::Schema, severity, message)
    })
}

fn over_budget(judged: &Judged<'_>, feature: &Feature, comparison: &report::Comparison) -> Option<Finding> {
    let counts = &comparison.counts;
    let name = feature.name.escape_debug();
    let stage = match comparison.name {
        Stage::Inputs => "",
        Stage::Training => " (training)",
        Stage::Serving => " (serving)",
        Stage::EndToEnd => " (end to end)",
    };
    let budget = percent(comparison.max_mismatch_rate);
    let (kind, message, help) = match comparison.verdict {
        Verdict::Consistent | Verdict::Error => return None,
        Verdict::Inconsistent => {
            let rate = percent(counts.mismatch_rate().unwrap_or(0.0));
            let rows = of_rows(counts.mismatches(), counts.compared());
            let limit = if comparison.max_mismatch_rate > 0.0 {
                format!(", over its budget of {budget}")
            } else {
                String::new()
            };
            (FindingKind::Mismatch, format!("feature `{name}`{stage}: {rows} differ ({rate}){limit}"), None)
        }
        Verdict::Inconclusive => {
            // Told once for the whole run.
            if judged.ledger.online.compared < judged.spec.gate.min_compared_rows.max(1) {
                return None;
            }
            let rows = plural(counts.compared(), "row");
            let message = match comparison.mismatch_rate_upper.filter(|upper| *upper > comparison.max_mismatch_rate) {
                Some(upper) => format!(
                    "feature `{name}`{stage}: {rows} are too few to tell; its rate may be up to {}, over its budget of {budget}",
                    percent(upper)
                ),
                None => format!("feature `{name}`{stage}: {rows} are fewer than its gate asks for"),
            };
            (FindingKind::Inconclusive, message, Some("compare more rows".to_owned()))
        }
    };
    Some(Finding {
        feature: Some(feature.name.clone()),
        comparison: Some(comparison.name),
        help,
        count: Some(counts.mismatches()),
        rate: counts.mismatch_rate(),
        ..Finding::new(kind, feature.severity, message)
    })
}

fn broken_rule(feature: &Feature, rule: &Rule) -> Finding {
    let name = feature.name.escape_debug();
    let rows = of_rows(rule.broken.n_rows(), rule.n_rows);
    let (kind, message, help) = match rule.kind {
        RuleKind::Required => (
            FindingKind::Required,
            format!("feature `{name}` is missing in {rows} of the {} side, but required", rule.side),
            "mend what should supply it, or drop `required`",
        ),
        RuleKind::Categories => (
            FindingKind::Category,
            format!("feature `{name}` has values outside its `categories` in {rows} of the {} side", rule.side),
            "add them to `categories` if the model knows them",
        ),
    };
    Finding {
        feature: Some(feature.name.clone()),
        side: Some(rule.side),
        help: Some(help.to_owned()),
        count: Some(rule.broken.n_rows()),
        rate: gate::Share { count: rule.broken.n_rows(), of: rule.n_rows }.rate(),
        samples: rule.broken.samples(),
        ..Finding::new(kind, feature.severity, message)
    }
}

fn fields(key: &KeySample) -> Fields {
    Fields(key.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}
