//! From counts on every row to what is said: which explanations stand, where they hold, and what repairs them.

use super::propose::Candidate;
use super::scope::{Held, Levels};
use super::trial::Attempt;
use super::verify::{Counted, Times};
use crate::diagnose::score::{Effect, MIN_EXPLAINED, MIN_GAIN, MIN_SHARE};
use crate::diagnose::{Value, sql};
use crate::spec::is_plain_identifier;

/// What it has to save in addition where no column tells for which rows it holds.
const UNSCOPED_BITS: f64 = 20.0;
/// The share of its rows that a scope has to hold.
const MIN_COVERED: f64 = 0.9;
/// The share of rows from which on two explanations are of the same rows, but for noise.
const MIN_OVERLAP: f64 = 0.95;
/// Values that a condition names at most.
const MAX_NAMED: usize = 12;

/// An explanation that holds on every row.
pub(super) struct Conclusion<'c> {
    pub candidate: &'c Candidate,
    /// Its place among the attempts of the pass.
    pub attempt: usize,
    pub explained: u64,
    pub damaged: u64,
    pub scope: Option<Condition>,
    pub equivalents: Vec<&'c Candidate>,
}

/// For which rows an explanation holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub sql: String,
    /// The column that it is about: an attribute or the event time.
    pub column: String,
    /// Which values the attribute has; empty for times.
    pub values: Vec<Value>,
}

/// Chooses from one comparison's candidates, each with its attempt's place, the best first.
pub(super) fn conclude<'c>(
    candidates: &'c [(Candidate, Vec<usize>)],
    counted: &Counted,
    attributes: &[String],
    event_time: Option<&str>,
) -> Vec<Conclusion<'c>> {
    let mut chosen: Vec<Conclusion<'c>> = Vec::new();
    let mut done: Vec<*const Candidate> = Vec::new();
    let mut covered = 0_u8;
    loop {
        let remaining = candidates.iter().filter(|(candidate, _)| !done.contains(&std::ptr::from_ref(candidate)));
        let scored = remaining.filter_map(|(candidate, attempts)| {
            let attempt = *attempts.first()?;
            let effect = Effect {
                mismatching: counted.open(covered),
                explained: counted.explained(attempt, covered),
                matching: counted.matching(),
                damaged: counted.damaged(attempt),
            };
            let gain = effect.gain(candidate.value_bits, candidate.bits);
            let is_large = effect.explained as f64 >= MIN_SHARE * counted.mismatching() as f64;
            (effect.explained >= MIN_EXPLAINED && is_large && gain >= MIN_GAIN).then_some((
                gain + candidate.proposal.hint,
                candidate,
                attempts,
                attempt,
            ))
        });
        let best = scored.fold(None, |best: Option<(f64, _, _, _)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            Some(_) | None => Some(next),
        });
        let Some((gain, candidate, attempts, attempt)) = best else { break };
        covered |= 1 << attempt;
        done.push(std::ptr::from_ref(candidate));
        // Of explanations of the same rows, one that breaks nothing, or of which it is known where it holds.
        let alike = std::iter::once(candidate).chain(&candidate.equivalents).zip(attempts);
        let mut alike = alike
            .filter(|(_, other)| **other == attempt || counted.overlap(attempt, **other) >= MIN_OVERLAP)
            .map(|(candidate, other)| {
                let damaged = counted.damaged(*other);
                let scope = if damaged > 0 { condition(counted, *other, attributes, event_time) } else { None };
                (candidate, *other, damaged, scope)
            });
        let Some(first) = alike.next() else { break };
        let is_whole = |(_, _, damaged, scope): &(_, _, u64, Option<Condition>)| *damaged == 0 || scope.is_some();
        let (named, attempt, damaged, scope) =
            if is_whole(&first) { first } else { alike.find(is_whole).unwrap_or(first) };
        let explained = counted.explained(attempt, 0);
        if damaged > 0 && scope.is_none() && gain < MIN_GAIN + UNSCOPED_BITS {
            // It covers its rows all the same, so that nothing weaker is named for them.
            continue;
        }
        let equivalents = std::iter::once(candidate).chain(&candidate.equivalents).zip(attempts);
        let equivalents = equivalents
            .filter(|(other, place)| !std::ptr::eq(*other, named) && counted.same_rows(attempt, **place))
            .map(|(other, _)| other);
        let equivalents = equivalents.collect();
        chosen.push(Conclusion { candidate: named, attempt, explained, damaged, scope, equivalents });
    }
    chosen
}

fn condition(counted: &Counted, attempt: usize, attributes: &[String], event_time: Option<&str>) -> Option<Condition> {
    let total = counted.explained(attempt, 0);
    let by_value = attributes.iter().zip(&counted.levels).enumerate().filter_map(|(idx, (name, levels))| {
        let held = levels.held(attempt)?;
        (held.explained as f64 >= MIN_COVERED * total as f64).then_some((idx, name, levels, held))
    });
    let best =
        by_value.min_by_key(|(idx, _, _, held)| (held.values.len().min(held.n_levels - held.values.len()), *idx));
    if let Some((_, name, levels, held)) = best
        && let Some(sql) = predicate(name, levels, &held)
    {
        return Some(Condition { sql, column: name.clone(), values: held.values });
    }
    since(event_time?, counted.times.get(attempt)?)
}

/// Says which values an attribute has.
fn predicate(name: &str, levels: &Levels, held: &Held) -> Option<String> {
    let name = column(name);
    let others = levels.others(&held.values);
    if let [other] = others.as_slice()
        && held.values.len() > 1
        && !other.is_null()
    {
        return Some(format!("{name} IS DISTINCT FROM {}", sql::literal(other)?));
    }
    let (named, negated) = if held.values.len() <= MAX_NAMED { (held.values.clone(), false) } else { (others, true) };
    if named.len() > MAX_NAMED {
        return None;
    }
    let has_null = named.iter().any(Value::is_null);
    let literals: Vec<String> =
        named.iter().filter(|value| !value.is_null()).map(sql::literal).collect::<Option<Vec<String>>>()?;
    let is_one = match literals.as_slice() {
        [] => None,
        [literal] => Some(format!("{name} = {literal}")),
        literals => Some(format!("{name} IN ({})", literals.join(", "))),
    };
    let condition = match (is_one, has_null) {
        (Some(is_one), false) => is_one,
        (Some(is_one), true) => format!("({name} IS NULL OR {is_one})"),
        (None, _) => format!("{name} IS NULL"),
    };
    Some(if negated { format!("({condition}) IS NOT TRUE") } else { condition })
}

/// An attribute as SQL has it: a path stays one.
pub(super) fn column(name: &str) -> String {
    if name.split('.').all(is_plain_identifier) { name.to_owned() } else { sql::identifier(name) }
}

/// Since when, or until when, if time tells the rows apart.
fn since(event_time: &str, times: &Times) -> Option<Condition> {
    let [first, last] = times.explained?;
    let [first_damaged, last_damaged] = times.damaged?;
    let (operator, at) = if last_damaged < first {
        (">=", first)
    } else if last < first_damaged {
        ("<=", last)
    } else {
        return None;
    };
    let literal = sql::literal(&Value::Time { ns: at, zoned: false })?;
    Some(Condition {
        sql: format!("{} {operator} {literal}", column(event_time)),
        column: event_time.to_owned(),
        values: Vec::new(),
    })
}

/// An attempt that holds where a condition does, and leaves all other values alone.
pub(super) fn within(attempt: &Attempt, condition: &str) -> Attempt {
    match attempt {
        Attempt::Function { place, sql } => {
            Attempt::Function { place: *place, sql: format!("CASE WHEN {condition} THEN {sql} ELSE value END") }
        }
        other => other.clone(),
    }
}
