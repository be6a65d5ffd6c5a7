//! One side's clock is a whole number of quarter hours ahead: local time where the other has UTC. Recognised by the most
//! frequent difference.

use crate::diagnose::instant::{Clock, SECOND_NS, counted, instants};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// Differences of up to fourteen hours are those of zones.
const MAX_MINUTES: i128 = 14 * 60;
/// Below, integers are no seconds since 1970 of a time that a feature has.
const MIN_EPOCH_S: i128 = 300_000_000;

/// A fixed number of quarter hours between two times.
pub struct TzFixedOffset;

impl Detector for TzFixedOffset {
    fn id(&self) -> &'static str {
        "tz-fixed-offset"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("tz_fixed_offset.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (from, to) = (Clock::of_from(evidence), Clock::of_to(evidence));
        let times = counted(
            instants(evidence).into_iter().filter_map(|(from, to)| quarter_hours(to.checked_sub(from)?, SECOND_NS)),
        );
        let mut proposals: Vec<_> = times
            .into_iter()
            .filter(|(_, count)| *count >= 8)
            .take(2)
            .map(|(minutes, _)| {
                let interval = format!("INTERVAL '{}' MINUTE", minutes.abs());
                let (plus, minus) = if minutes > 0 { ("+", "-") } else { ("-", "+") };
                let forward = to.write(&format!("{} {plus} {interval}", from.read()), from.is_zoned);
                let inverse = from.write(&format!("{} {minus} {interval}", to.read()), to.is_zoned);
                proposal(minutes, forward, inverse)
            })
            .collect();
        // Epochs in one unit.
        let epochs = evidence.mismatches().filter_map(|pair| match (pair.from, pair.to) {
            (Value::Int(from), Value::Int(to)) => {
                let per_second = per_second(*from).filter(|unit| per_second(*to) == Some(*unit))?;
                Some((quarter_hours(to.checked_sub(*from)?, per_second)?, per_second))
            }
            _ => None,
        });
        proposals.extend(counted(epochs).into_iter().filter(|(_, count)| *count >= 8).take(2).map(
            |((minutes, per_second), _)| {
                let step = minutes.abs() * 60 * per_second;
                let (plus, minus) = if minutes > 0 { ("+", "-") } else { ("-", "+") };
                proposal(minutes, format!("value {plus} {step}"), format!("value {minus} {step}"))
            },
        ));
        proposals
    }
}

fn proposal(minutes: i128, forward: String, inverse: String) -> Proposal {
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let summary = format!("{{to}} = {{from}} {offset} (hours:minutes; one offset seen, so no zone can be told)");
    Proposal::function(summary, Some(forward), Some(inverse)).parameter("offset", offset).bits(6.8)
}

/// Returns the minutes of a difference that two zones can have.
fn quarter_hours(difference: i128, per_second: i128) -> Option<i128> {
    let quarter = 900 * per_second;
    let minutes = difference / quarter * 15;
    (difference != 0 && difference % quarter == 0 && minutes.abs() <= MAX_MINUTES).then_some(minutes)
}

/// Returns how many units of an epoch a second has, by its magnitude.
fn per_second(epoch: i128) -> Option<i128> {
    [1, 1_000, 1_000_000, SECOND_NS].into_iter().find(|unit| (MIN_EPOCH_S..5_000_000_000).contains(&(epoch / unit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn pairs(offset_s: i128, n: i128) -> Vec<(Value, Value)> {
        let time = |s: i128| Value::Time { ns: (1_700_000_000 + s) * SECOND_NS, zoned: false };
        (0..n).map(|row| (time(row * 77), time(row * 77 + offset_s))).collect()
    }

    #[test]
    fn two_hours_in_both_directions() {
        let mut rows = pairs(7200, 12);
        rows.push((Value::Null, Value::from(3)));
        rows.extend(pairs(123, 3));
        let found = propose(&TzFixedOffset, &rows);
        assert_eq!(found[0].parameters[0].1, "+02:00");
        let swapped: Vec<_> = rows.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&TzFixedOffset, &swapped)[0].parameters[0].1, "-02:00");
    }

    #[test]
    fn seven_minutes_are_no_zone() {
        assert_eq!(propose(&TzFixedOffset, &pairs(420, 12)), []);
        assert_eq!(propose(&TzFixedOffset, &pairs(15 * 3600, 12)), []);
    }
}
