//! Constant factors between two columns of numbers.

use std::collections::BTreeSet;

use iso_currency::Currency;

use super::evidence::Evidence;
use super::proposal::Proposal;
use super::spectrum::{decimals, modes, shortest, stab};
use super::sql::float;
use super::units::{Dimension, MAIN_UNIT, Unit, named_factors};

/// What it costs to name one of the known factors.
pub const NAMED_BITS: f64 = 9.0;
/// Two floats that agree to this are the same number: half of what a comparison tolerates by default.
const SAME: f64 = 5e-10;
const MIN_ROWS: usize = 8;
/// Factors that are looked at: of mixtures the most frequent.
const MAX_SCALES: usize = 4;

/// A factor that many pairs share.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    pub factor: f64,
    pub count: usize,
    /// The result was rounded to so many decimals.
    pub rounded: Option<usize>,
}

/// Returns the factors that many pairs share, the most frequent first.
pub fn scales(evidence: &Evidence<'_>) -> Vec<Scale> {
    let pairs: Vec<(f64, f64)> = evidence.numbers().filter(|(from, to)| *from != 0.0 && *to != 0.0).collect();
    if pairs.len() < MIN_ROWS {
        return Vec::new();
    }
    let exact = modes(pairs.iter().map(|(from, to)| to / from), 4.0 * SAME, MIN_ROWS);
    let mut found: Vec<Scale> = exact
        .into_iter()
        .filter(|mode| has_varied(&pairs, mode.value, 4.0 * SAME))
        .take(MAX_SCALES)
        .filter(|mode| neat(mode.value, 2.0 * SAME).abs() != 1.0)
        .map(|mode| Scale { factor: neat(mode.value, 2.0 * SAME), count: mode.count, rounded: None })
        .collect();
    if let Some(rounded) = rounded(&pairs)
        && found.first().is_none_or(|best| best.count * 5 < rounded.count * 4)
    {
        found.push(rounded);
    }
    found
}

/// A factor after which the result was rounded.
fn rounded(pairs: &[(f64, f64)]) -> Option<Scale> {
    let digits = pairs.iter().filter_map(|(_, to)| decimals(*to)).max()?;
    if digits > 6 {
        return None;
    }
    // What lies just between is rounded either way.
    let half_unit = 0.5 * 10_f64.powi(-(digits as i32)) * (1.0 + 1e-9);
    let intervals: Vec<(f64, f64)> = pairs
        .iter()
        // Small values hold any factor.
        .filter(|(_, to)| to.abs() >= 10.0 * half_unit)
        .map(|(from, to)| {
            let (one, other) = ((to - half_unit) / from, (to + half_unit) / from);
            (one.min(other), one.max(other))
        })
        .collect();
    let (low, high, count) = stab(&intervals)?;
    let width = ((high - low) / high).abs();
    if count < MIN_ROWS.max(intervals.len() / 8) || width > 1e-3 {
        return None;
    }
    let within = |factor: f64| (low..=high).contains(&factor);
    let powers = (-9..=9).map(|power| 10_f64.powi(power));
    let named = powers.chain(named_factors().iter().map(|(factor, _)| *factor)).find(|factor| within(*factor));
    let factor = named.or_else(|| shortest((low + high) / 2.0, width / 2.0).filter(|factor| within(*factor)))?;
    // Rounding alone, and a turned sign, are other mechanisms.
    (factor.abs() != 1.0).then_some(Scale { factor, count, rounded: Some(digits) })
}

/// Whether the pairs of a factor have several values: one pair has any factor.
fn has_varied(pairs: &[(f64, f64)], factor: f64, tolerance: f64) -> bool {
    let values =
        pairs.iter().filter(|(from, to)| (to / from / factor - 1.0).abs() <= tolerance).map(|(from, _)| from.to_bits());
    values.collect::<BTreeSet<u64>>().len() >= 3
}

/// The number that was meant: a named factor, a short decimal, or the reciprocal of one.
fn neat(value: f64, tolerance: f64) -> f64 {
    let near = |factor: f64| (factor / value - 1.0).abs() <= tolerance;
    let powers = (-12..=12).map(|power| 10_f64.powi(power));
    let named = powers.chain(named_factors().iter().map(|(factor, _)| *factor)).find(|factor| near(*factor));
    let direct = shortest(value, tolerance).filter(|short| digits(*short) <= 9);
    let turned = shortest(1.0 / value, tolerance).filter(|short| digits(*short) <= 6);
    // The factor was written down with few digits, or its reciprocal was.
    let written = match (direct, turned) {
        (Some(direct), Some(turned)) if digits(turned) < digits(direct) => Some(1.0 / turned),
        (Some(direct), _) => Some(direct),
        (None, turned) => turned.map(|turned| 1.0 / turned),
    };
    named.or(written).unwrap_or(value)
}

fn digits(value: f64) -> usize {
    let text = format!("{value:e}");
    text.split('e').next().map_or(0, |mantissa| mantissa.chars().filter(char::is_ascii_digit).count())
}

impl Scale {
    /// Whether the factor, or its reciprocal, is a short decimal.
    pub fn is_short(&self) -> bool {
        digits(self.factor) <= 6 || digits(1.0 / self.factor) <= 6
    }

    /// Returns the proposal of this factor; `units` is put behind the formula.
    pub fn proposal(&self, units: &str) -> Proposal {
        let (divides, number) = match 1.0 / self.factor {
            reciprocal if digits(reciprocal) < digits(self.factor) => (true, reciprocal),
            reciprocal
                if reciprocal > 1.0 && reciprocal.fract() == 0.0 && digits(reciprocal) <= digits(self.factor) =>
            {
                (true, reciprocal)
            }
            _ => (false, self.factor),
        };
        let (there, back, sign) = if divides { ("/", "*", "÷") } else { ("*", "/", "×") };
        let sql = |operator: &str| format!("value {operator} {}", float(number));
        let summary = format!("{{to}} = {{from}} {sign} {number}{units}");
        let proposal = match self.rounded {
            None => Proposal::function(summary, Some(sql(there)), Some(sql(back))),
            Some(decimals) => {
                let digits = if decimals == 0 { String::new() } else { format!(", {decimals}") };
                let advice =
                    "the digits that were rounded away after scaling are lost: carry the value as it was before";
                let forward = format!("round({}{digits})", sql(there));
                Proposal::lossy(format!("{summary}, rounded"), forward, advice).parameter("decimals", decimals)
            }
        };
        let mut proposal = proposal;
        proposal.parameters.insert(0, ("factor", self.factor.into()));
        proposal
    }
}

/// The pairs of units whose factor is written with fewer digits: 1.15078 for that of knots and miles an hour.
fn written_short(factor: f64) -> Option<Vec<Pair>> {
    const MIN_DIGITS: usize = 4;
    let rounds_to = |named: f64, written: f64| {
        let digits = digits(written);
        let shorter: Option<f64> = format!("{named:.precision$e}", precision = digits.saturating_sub(1)).parse().ok();
        (MIN_DIGITS..12).contains(&digits) && shorter.is_some_and(|shorter| (shorter / written - 1.0).abs() <= 1e-12)
    };
    let is_written = |named: f64| rounds_to(named, factor) || rounds_to(1.0 / named, neat(1.0 / factor, 2.0 * SAME));
    named_factors().iter().find(|(named, _)| is_written(*named)).map(|(_, pairs)| pairs.clone())
}

/// What a factor is called.
pub struct Named {
    pub pair: Option<Pair>,
    /// The pair, or those that come into question, in words; empty if they are too many.
    pub text: String,
    /// Bits by which declared units or the feature's name speak for it.
    pub hint: f64,
}

/// Returns what a factor is called; none if it is neither a power of ten nor the ratio of two units.
pub fn name_of(evidence: &Evidence<'_>, factor: f64) -> Option<Named> {
    let declared = (evidence.from_unit.and_then(Unit::parse), evidence.to_unit.and_then(Unit::parse));
    let pairs =
        named_factors().iter().find(|(known, _)| (known / factor - 1.0).abs() <= 1e-12).map(|(_, pairs)| pairs.clone());
    let pairs = pairs.or_else(|| written_short(factor));
    let is_power = (-12..=12).any(|power| (10_f64.powi(power) / factor - 1.0).abs() <= 1e-12);
    if pairs.is_none() && !is_power {
        return None;
    }
    let currency = [declared.0, declared.1].into_iter().flatten().find_map(|unit| unit.currency());
    let currency = currency.or_else(|| currency_in(evidence.feature));
    let pairs: Vec<Pair> =
        pairs.unwrap_or_default().into_iter().filter_map(|pair| of_currency(pair, currency)).collect();
    let is_declared = |pair: &Pair| {
        declared.0.is_some_and(|unit| unit.id == pair.0) && declared.1.is_none_or(|unit| unit.id == pair.1)
            || declared.1.is_some_and(|unit| unit.id == pair.1) && declared.0.is_none()
    };
    if let Some(pair) = pairs.iter().find(|pair| is_declared(pair)) {
        return Some(Named::of(*pair, 8.0));
    }
    if let Some(pair) = pairs.iter().find(|(from, to)| [from, to].iter().any(|unit| names(evidence.feature, unit))) {
        return Some(Named::of(*pair, 4.0));
    }
    // Money is where the factor 100 comes from, if the name says so.
    let money = has_word(evidence.feature, &["amount", "price", "cost", "fare", "fee", "revenue", "salary"]);
    if money && let Some(pair) = pairs.iter().find(|(from, _)| unit_is(from, Dimension::Money)) {
        return Some(Named::of(*pair, 4.0));
    }
    // A power of ten is the factor of too many pairs.
    match pairs.as_slice() {
        [pair] => Some(Named::of(*pair, 0.0)),
        [] | [_, _, _, _, ..] => Some(Named { pair: None, text: String::new(), hint: 0.0 }),
        pairs => {
            let each: Vec<String> = pairs.iter().map(|(from, to)| format!("{from} → {to}")).collect();
            Some(Named { pair: None, text: format!(" ({})", each.join(" or ")), hint: 0.0 })
        }
    }
}

/// A unit and another.
type Pair = (&'static str, &'static str);

/// Names the currency whose main unit a pair has; none if that currency is not divided so.
fn of_currency(pair: Pair, currency: Option<Currency>) -> Option<Pair> {
    let Some(currency) = currency.filter(|_| [pair.0, pair.1].contains(&MAIN_UNIT)) else { return Some(pair) };
    let named = |id: &'static str| if id == MAIN_UNIT { Some(Unit::of_currency(currency)) } else { Unit::parse(id) };
    let (from, to) = (named(pair.0)?, named(pair.1)?);
    from.conversion(&to).map(|_| (from.id, to.id))
}

/// The currency whose code is a word of a feature's name: `price_usd`. Codes that are words besides, as ALL, TRY and TOP,
/// are none.
fn currency_in(feature: &str) -> Option<Currency> {
    const CODES: [&str; 20] = [
        "aud", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "gbp", "hkd", "huf", "inr", "jpy", "krw", "kwd", "mxn",
        "nok", "pln", "sek", "usd",
    ];
    let code = words(feature).map(str::to_ascii_lowercase).find(|word| CODES.contains(&word.as_str()))?;
    Currency::from_code(&code.to_ascii_uppercase())
}

impl Named {
    fn of(pair: Pair, hint: f64) -> Self {
        Self { pair: Some(pair), text: format!(" ({} → {})", pair.0, pair.1), hint }
    }
}

fn unit_is(id: &str, dimension: Dimension) -> bool {
    Unit::parse(id).is_some_and(|unit| unit.dimension == dimension)
}

/// Whether a word of a feature's name is a unit: `gust_mph` is in mph.
fn names(feature: &str, id: &str) -> bool {
    let Some(unit) = Unit::parse(id).filter(|unit| unit.id.len() > 1) else { return false };
    words(feature).any(|word| {
        word.eq_ignore_ascii_case(unit.id)
            || unit.aliases.iter().any(|alias| alias.len() > 2 && word.eq_ignore_ascii_case(alias))
    })
}

/// Whether a feature's name has one of these words.
pub fn has_word(feature: &str, wanted: &[&str]) -> bool {
    words(feature).any(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
}

fn words(feature: &str) -> impl Iterator<Item = &str> {
    feature.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
