//! A year of two digits went to another century. Recognised by dates, times or years that are 100 years apart.

use chrono::{DateTime, Months};

use crate::diagnose::instant::{Clock, SECOND_NS, counted, instants};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Another century.
pub struct TwoDigitYear;

impl Detector for TwoDigitYear {
    fn id(&self) -> &'static str {
        "two-digit-year"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("two_digit_year.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let times = instants(evidence).into_iter().filter_map(|(from, to)| centuries(from, to));
        let (from, to) = (Clock::of_from(evidence), Clock::of_to(evidence));
        let mut proposals: Vec<_> = counted(times)
            .into_iter()
            .filter(|(_, count)| *count >= 8)
            .map(|(years, _)| {
                let (plus, minus) = if years > 0 { ("+", "-") } else { ("-", "+") };
                let interval = "INTERVAL '100' YEAR";
                let forward = to.write(&format!("{} {plus} {interval}", from.read()), from.is_zoned);
                let inverse = from.write(&format!("{} {minus} {interval}", to.read()), to.is_zoned);
                proposal(years, forward, inverse)
            })
            .collect();
        let years = evidence.mismatches().filter_map(|pair| {
            let (from, to) = (pair.from.whole()?, pair.to.whole()?);
            let are_years = (1800..2200).contains(&from) && (1800..2200).contains(&to);
            (are_years && (to - from).abs() == 100).then_some(to - from)
        });
        proposals.extend(counted(years).into_iter().filter(|(_, count)| *count >= 8).map(|(years, _)| {
            let (plus, minus) = if years > 0 { ("+", "-") } else { ("-", "+") };
            proposal(years, format!("value {plus} 100"), format!("value {minus} 100"))
        }));
        proposals
    }
}

fn proposal(years: i128, forward: String, inverse: String) -> Proposal {
    let summary = format!("{{to}} = {{from}} {years:+} years (a year of two digits in another century)");
    Proposal::function(summary, Some(forward), Some(inverse)).parameter("years", years as i64).bits(1.0)
}

/// Returns 100 or -100 if the times are so many years apart.
fn centuries(from: i128, to: i128) -> Option<i128> {
    let time = |ns: i128| DateTime::from_timestamp(i64::try_from(ns.div_euclid(SECOND_NS)).ok()?, 0);
    let (early, late, years) = if from < to { (from, to, 100) } else { (to, from, -100) };
    let same_fraction = from.rem_euclid(SECOND_NS) == to.rem_euclid(SECOND_NS);
    let later = time(early)?.checked_add_months(Months::new(1200))?;
    (same_fraction && later == time(late)?).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn dates_of_another_century() {
        // 100 years from 1969 on have 25 leap days: 36,525 days.
        let rows: Vec<_> = (-300..-280).map(|day| (Value::Date(day), Value::Date(day + 36_525))).collect();
        assert_eq!(propose(&TwoDigitYear, &rows)[0].parameters[0].1, 100);
        let swapped: Vec<_> = rows.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&TwoDigitYear, &swapped)[0].parameters[0].1, -100);
    }

    #[test]
    fn as_many_days_are_not_as_many_years() {
        let rows: Vec<_> = (-300..-280).map(|day| (Value::Date(day), Value::Date(day + 36_500))).collect();
        assert_eq!(propose(&TwoDigitYear, &rows), []);
    }
}
