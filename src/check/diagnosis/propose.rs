//! From samples to candidates: every detector looks at what is not explained yet, and the shortest explanations stay.

use std::collections::BTreeSet;

use super::earlier::Earlier;
use super::gather::Gathered;
use super::history::History;
use super::scope::MAX_LEVELS;
use super::subject::{Subject, rows_of};
use super::trial::{Attempt, Columns, Trial, attempts, is_repair};
use crate::compare::{Column, Comparer};
use crate::diagnose::score::{Effect, MIN_EVIDENCE, MIN_EXPLAINED, MIN_GAIN, MIN_SHARE, MIN_VALUE_BITS, value_bits};
use crate::diagnose::{DETECTORS, Detector, Place, Proposal, SharedColumn, Test, Value};
use crate::spec::Spec;

/// Mechanisms that one comparison is looked through for.
const MAX_ROUNDS: usize = 4;
/// Bits within which two explanations of the same rows count as equally good.
const EQUIVALENT_BITS: f64 = 24.0;
/// Explanations of the same rows that are kept besides the best.
const MAX_EQUIVALENT: usize = 3;

/// A proposal that holds on the sample.
pub(super) struct Candidate {
    pub detector: &'static dyn Detector,
    pub proposal: Proposal,
    /// Which of the two values was transformed.
    pub to: Place,
    pub attempt: Attempt,
    pub is_repair: bool,
    /// What it costs to say, in bits.
    pub bits: f64,
    /// What explaining one value is worth, in bits.
    pub value_bits: f64,
    pub score: f64,
    /// On the sample.
    effect: Effect,
    /// By row of the sample.
    agrees: Vec<bool>,
    /// Explanations of the very same rows, the best first.
    pub equivalents: Vec<Candidate>,
}

impl Candidate {
    /// Whether it holds for some of the rows only.
    pub fn is_partial(&self) -> bool {
        self.effect.damaged > 0
    }

    /// Whether the values of a column may tell for which rows it, or an explanation of the same rows, holds.
    ///
    /// `is_mismatch` and `values` are of the sample's rows of all kinds. What breaks a row of the sample breaks it among all
    /// rows, too: a value that has such a row is none for which it holds, and a column with too many values in the sample
    /// has too many.
    pub fn may_hold_by(&self, is_mismatch: &[bool], values: &[Value]) -> bool {
        let distinct: BTreeSet<&Value> = values.iter().collect();
        distinct.len() <= MAX_LEVELS
            && self.equivalents.iter().chain([self]).any(|candidate| candidate.is_told_by(is_mismatch, values))
    }

    fn is_told_by(&self, is_mismatch: &[bool], values: &[Value]) -> bool {
        let agrees = self.agrees.get(self.agrees.len() - is_mismatch.len()..).unwrap_or_default();
        let rows = || is_mismatch.iter().zip(agrees).zip(values);
        let broken = rows().filter(|((is_mismatch, agrees), _)| !**is_mismatch && !**agrees);
        let broken: BTreeSet<&Value> = broken.map(|(_, value)| value).collect();
        let explained = rows().filter(|((is_mismatch, agrees), _)| **is_mismatch && **agrees);
        let explained: Vec<&Value> = explained.map(|(_, value)| value).collect();
        let told = explained.iter().filter(|value| !broken.contains(**value)).count();
        // Nearly all of its rows have to have values for which it holds: a few rows alone are no sample.
        (explained.len() as u64) < MIN_EXPLAINED || told * 2 >= explained.len()
    }
}

/// What detectors see beside the sample's rows.
pub(super) struct Context<'a> {
    pub columns: &'a Columns<'a>,
    pub units: [Option<&'a str>; 2],
    pub shared: &'a [SharedColumn],
    pub spec: &'a Spec,
    pub gathered: &'a Gathered,
    pub history: Option<&'a History>,
    pub comparer: &'a Comparer,
}

/// Returns the explanations that together make the mismatching rows of the sample agree, the best first.
pub(super) fn candidates(subject: &Subject<'_>, context: &Context<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut open = vec![true; subject.n_mismatching];
    for _ in 0..MAX_ROUNDS {
        let n_open = open.iter().filter(|open| **open).count() as u64;
        if n_open < MIN_EXPLAINED {
            break;
        }
        let Some(best) = best(subject, context, &open) else { break };
        for (open, agrees) in open.iter_mut().zip(&best.agrees) {
            *open &= !agrees;
        }
        found.push(best);
    }
    found
}

/// The best explanation of the open rows, with those that explain the same rows.
fn best(subject: &Subject<'_>, context: &Context<'_>, open: &[bool]) -> Option<Candidate> {
    let mut tried: Vec<Candidate> = Vec::new();
    let histories = context.history.map_or(&[][..], |history| history.values.as_slice());
    // One price for both directions, or the longer side's explanation would always win.
    let of_open = |place: Place| {
        let values = subject.values[place.idx()].iter().zip(open).filter(|(_, open)| **open);
        value_bits(values.map(|(value, _)| value))
    };
    let literals = [of_open(Place::First), of_open(Place::Second)];
    for to in [Place::Second, Place::First] {
        let evidence = subject.evidence(to, open, context.units, context.shared, histories);
        for detector in DETECTORS {
            for proposal in detector.propose(&evidence) {
                let price = price(&proposal.test, to, literals);
                tried.extend(tried_on_sample(subject, context, *detector, proposal, to, open, price));
            }
        }
    }
    // Equal scores: the order of the detectors decides, as the sort is stable.
    tried.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut tried = tried.into_iter();
    let mut best = tried.next()?;
    for other in tried {
        let ids = || best.equivalents.iter().chain([&best]).any(|known| known.detector.id() == other.detector.id());
        if best.equivalents.len() < MAX_EQUIVALENT
            && best.score - other.score <= EQUIVALENT_BITS
            && best.agrees.iter().zip(&other.agrees).take(subject.n_mismatching).all(|(one, other)| one == other)
            && !ids()
        {
            best.equivalents.push(other);
        }
    }
    Some(best)
}

/// What explaining one value is worth, in bits. A condition says less than a function: not which value it is.
fn price(test: &Test, to: Place, literals: [f64; 2]) -> f64 {
    match test {
        Test::Function { inverse: Some(_), .. } | Test::Earlier { .. } | Test::Permuted => literals[0].max(literals[1]),
        // Only what came out can be told, not what went in.
        Test::Function { inverse: None, .. } => literals[to.idx()],
        Test::Relation(_) => literals[to.idx()].min(2.0 * MIN_VALUE_BITS) / 2.0,
    }
}

/// Tries a proposal; none if the sample does not speak for it.
fn tried_on_sample(
    subject: &Subject<'_>,
    context: &Context<'_>,
    detector: &'static dyn Detector,
    proposal: Proposal,
    to: Place,
    open: &[bool],
    literal_bits: f64,
) -> Option<Candidate> {
    let bits = (DETECTORS.len() as f64).log2() + proposal.bits;
    let mut best: Option<(Attempt, Vec<bool>, Effect, f64)> = None;
    for attempt in attempts(&proposal, to) {
        let Some(tried) = outcome(subject, context, &attempt, open) else { continue };
        if best.as_ref().is_none_or(|(_, _, effect, _)| tried.1.explained > effect.explained) {
            best = Some((attempt, tried.0, tried.1, tried.2));
        }
    }
    let (attempt, agrees, effect, chance) = best?;
    let n_values = {
        let from = &subject.values[to.other().idx()];
        let explained = open.iter().zip(&agrees).zip(from).filter(|((open, agrees), _)| **open && **agrees);
        explained.map(|(_, value)| value).collect::<BTreeSet<&Value>>().len()
    };
    let gain = effect.gain(literal_bits, bits);
    let holds = effect.explained >= MIN_EXPLAINED
        && effect.explained as f64 >= MIN_SHARE * effect.mismatching as f64
        && n_values >= proposal.min_values
        && gain >= MIN_GAIN
        && effect.evidence(chance) >= MIN_EVIDENCE;
    let is_repair = is_repair(&attempt, to);
    // What only all rows together can prove comes after everything that single rows speak for.
    let gain = if attempt == Attempt::Permuted { MIN_GAIN } else { gain };
    holds.then(|| Candidate {
        detector,
        score: gain + proposal.hint + tie_break(to, is_repair),
        proposal,
        to,
        attempt,
        is_repair,
        bits,
        value_bits: literal_bits,
        effect,
        agrees,
        equivalents: Vec::new(),
    })
}

/// Of two explanations that are as good, the one in which production did it, and the one that can be repaired.
fn tie_break(to: Place, is_repair: bool) -> f64 {
    let online = if to == Place::Second { 0.5 } else { 0.0 };
    online + if is_repair { 0.25 } else { 0.0 }
}

fn outcome(
    subject: &Subject<'_>,
    context: &Context<'_>,
    attempt: &Attempt,
    open: &[bool],
) -> Option<(Vec<bool>, Effect, f64)> {
    match attempt {
        Attempt::Function { .. } | Attempt::Relation { .. } => {
            let Some(trial) = Trial::new(context.columns, attempt) else {
                return beside(subject, context, attempt, open);
            };
            let agrees = trial.on_sample(subject);
            let effect = trial.effect(subject, &agrees, open);
            Some((agrees, effect, trial.chance(subject)))
        }
        Attempt::Earlier { to, within, missing } => {
            let history = context.history?;
            let earlier = Earlier { to: *to, within: *within, missing: *missing };
            let columns = [&history.columns[0], &history.columns[1]];
            let explained = history.n_explained(&earlier.agrees(&history.entities, columns, context.comparer));
            let mismatching = history.is_mismatch.iter().filter(|is_mismatch| **is_mismatch).count().max(1) as f64;
            // What chance explains: the earlier values of whatever entity stands there.
            let by_chance = by_chance(earlier, history, context.comparer) as f64;
            let n_open = open.iter().filter(|open| **open).count() as u64;
            let effect = Effect {
                mismatching: n_open,
                explained: (n_open as f64 * explained as f64 / mismatching) as u64,
                ..Effect::default()
            };
            // Which of the sample's rows it explains is not known; what it leaves is seen on every row.
            Some((vec![true; subject.n_rows()], effect, by_chance / mismatching))
        }
        Attempt::Permuted => {
            let n_open = open.iter().filter(|open| **open).count() as u64;
            let effect = Effect { mismatching: n_open, explained: n_open, ..Effect::default() };
            Some((vec![true; subject.n_rows()], effect, 0.5))
        }
    }
}

/// Tries an expression that reads other features, in the rows of which these are known.
fn beside(
    subject: &Subject<'_>,
    context: &Context<'_>,
    attempt: &Attempt,
    open: &[bool],
) -> Option<(Vec<bool>, Effect, f64)> {
    let Attempt::Function { sql, .. } = attempt else { return None };
    let known: Vec<(String, [Option<Column>; 2])> = subject.others(context.spec, context.gathered, sql)?;
    let types = known.iter().map(|(name, columns)| {
        (name.clone(), columns.each_ref().map(|column| column.as_ref().map(|column| column.values.data_type().clone())))
    });
    let own = context.columns;
    let columns = Columns {
        planned: own.planned,
        feature: own.feature,
        sides: own.sides,
        raw_types: own.raw_types.clone(),
        types: own.types.clone(),
        others: types.collect(),
    };
    let trial = Trial::new(&columns, attempt)?;
    let rows: arrow::array::UInt32Array = (subject.n_mismatching..subject.n_rows()).map(|row| row as u32).collect();
    let [raw, converted] = [&subject.raw, &subject.columns].map(|of| [rows_of(&of[0], &rows), rows_of(&of[1], &rows)]);
    let others: Vec<[Option<Column>; 2]> = known.into_iter().map(|(_, columns)| columns).collect();
    let agrees = trial.agrees([&raw[0], &raw[1]], [&converted[0], &converted[1]], &others);
    let mut effect = Effect::default();
    let is_mismatch = subject.is_mismatch.get(subject.n_mismatching..)?;
    for (agrees, is_mismatch) in agrees.iter().zip(is_mismatch) {
        if *is_mismatch {
            effect.mismatching += 1;
            effect.explained += u64::from(*agrees);
        } else {
            effect.matching += 1;
            effect.damaged += u64::from(!agrees);
        }
    }
    // The other rows of the sample are as these.
    let share = effect.explained as f64 / effect.mismatching.max(1) as f64;
    let n_open = open.iter().filter(|open| **open).count() as f64;
    let effect = Effect { mismatching: n_open as u64, explained: (n_open * share) as u64, ..effect };
    let mut all = vec![share >= 0.5; subject.n_mismatching];
    all.extend(agrees);
    Some((all, effect, 0.05))
}

/// How many mismatching rows agree with the rows before them in the order of another entity.
fn by_chance(earlier: Earlier, history: &History, comparer: &Comparer) -> usize {
    let n_rows = history.entities.len();
    let shift = n_rows / 2;
    let rotated: arrow::array::UInt32Array = (0..n_rows).map(|row| ((row + shift) % n_rows.max(1)) as u32).collect();
    let from = earlier.to.other().idx();
    let moved = super::subject::rows_of(&history.columns[from], &rotated);
    let columns = match earlier.to {
        Place::Second => [&moved, &history.columns[1]],
        Place::First => [&history.columns[0], &moved],
    };
    history.n_explained(&earlier.agrees(&history.entities, columns, comparer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::detector;

    /// A candidate that makes these rows of all kinds agree.
    fn candidate(agrees: &[bool]) -> Candidate {
        let sql = Some("-value".to_owned());
        Candidate {
            detector: detector("sign-flip").expect("there is such a detector"),
            proposal: Proposal::function("", sql.clone(), sql),
            to: Place::Second,
            attempt: Attempt::Permuted,
            is_repair: true,
            bits: 0.0,
            value_bits: 0.0,
            score: 0.0,
            effect: Effect::default(),
            // One row that was sampled because it mismatches stands before those of all kinds.
            agrees: [&[true], agrees].concat(),
            equivalents: Vec::new(),
        }
    }

    #[test]
    fn a_column_is_ruled_out_by_values_that_hold_explained_and_broken_rows() {
        // Rows that mismatch are explained, the others would be broken.
        let is_mismatch: Vec<bool> = (0..40).map(|row| row % 2 == 0).collect();
        let partial = candidate(&is_mismatch);
        let column = |of: fn(i64) -> i64| (0..40).map(|row| Value::from(of(row))).collect::<Vec<_>>();
        assert!(partial.may_hold_by(&is_mismatch, &column(|row| row % 2)));
        assert!(!partial.may_hold_by(&is_mismatch, &column(|row| row / 20)));
        // Too few explained rows say nothing.
        assert!(candidate(&[true; 6]).may_hold_by(&[true; 6], &column(|row| row)[..6]));
        // An explanation of the same rows that breaks none keeps the column.
        let mut with_another = candidate(&is_mismatch);
        with_another.equivalents.push(candidate(&[true; 40]));
        assert!(with_another.may_hold_by(&is_mismatch, &column(|row| row / 20)));
    }

    #[test]
    fn a_column_of_too_many_values_is_ruled_out() {
        let values: Vec<Value> = (0..=MAX_LEVELS as i64).map(Value::from).collect();
        let is_mismatch = vec![true; values.len()];
        assert!(!candidate(&is_mismatch).may_hold_by(&is_mismatch, &values));
        assert!(candidate(&is_mismatch[1..]).may_hold_by(&is_mismatch[1..], &values[1..]));
    }
}
