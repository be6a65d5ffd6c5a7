//! One side has UTC, the other what clocks of a zone with summer time show. Recognised by two offsets that change as those of
//! an IANA zone do.

use std::collections::BTreeSet;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::diagnose::instant::{Clock, SECOND_NS, counted, instants};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Of zones that the rows cannot tell apart, these are named.
const WELL_KNOWN: &[&str] = &[
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/Athens",
    "Europe/Lisbon",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// Local time with summer time for UTC.
pub struct TzDstZone;

impl Detector for TzDstZone {
    fn id(&self) -> &'static str {
        "tz-dst-zone"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("tz_dst_zone.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs = instants(evidence);
        let (from, to) = (Clock::of_from(evidence), Clock::of_to(evidence));
        let mut proposals = Vec::new();
        if let Some(zones) = zones(&pairs) {
            let (forward, inverse) = (localised(&from, &to, zones[0]), universal(&to, &from, zones[0]));
            proposals.push(proposal(&zones, forward, inverse, "{to} = what clocks in ZONE show at {from} (UTC)"));
        }
        let swapped: Vec<_> = pairs.iter().map(|(from, to)| (*to, *from)).collect();
        if let Some(zones) = zones(&swapped) {
            let (forward, inverse) = (universal(&from, &to, zones[0]), localised(&to, &from, zones[0]));
            proposals.push(proposal(&zones, forward, inverse, "{to} = {from} as clocks in ZONE show it, in UTC"));
        }
        proposals
    }
}

fn proposal(zones: &[&'static str], forward: String, inverse: String, summary: &str) -> Proposal {
    let mut proposal = Proposal::function(summary.replace("ZONE", zones[0]), Some(forward), Some(inverse))
        .parameter("zone", zones[0])
        .bits(9.3);
    if zones.len() > 1 {
        proposal = proposal.parameter("also", zones[1..].to_vec());
    }
    proposal
}

/// SQL that reads UTC and writes what clocks show.
fn localised(read: &Clock, write: &Clock, zone: &str) -> String {
    let utc = format!("arrow_cast({}, 'Timestamp(ns, \"UTC\")')", read.read());
    write.write(&format!("to_local_time({utc} AT TIME ZONE '{zone}')"), false)
}

/// SQL that reads what clocks show and writes UTC.
fn universal(read: &Clock, write: &Clock, zone: &str) -> String {
    let instant = format!("arrow_cast(({} AT TIME ZONE '{zone}'), 'Timestamp(ns, \"UTC\")')", read.read_naive());
    if write.is_zoned { instant } else { write.write(&format!("to_local_time({instant})"), false) }
}

/// Returns the zones whose offsets lead from the first times to the second ones, the best known first; none unless two
/// offsets are seen.
fn zones(pairs: &[(i128, i128)]) -> Option<Vec<&'static str>> {
    let rows: Vec<(i64, i64)> = pairs
        .iter()
        .filter_map(|(utc, local)| {
            let offset_ns = local.checked_sub(*utc)?;
            let is_offset = offset_ns % (900 * SECOND_NS) == 0 && offset_ns.abs() <= 14 * 3600 * SECOND_NS;
            let (utc_s, offset_s) = (i64::try_from(utc.div_euclid(SECOND_NS)), i64::try_from(offset_ns / SECOND_NS));
            is_offset.then_some((utc_s.ok()?, offset_s.ok()?))
        })
        .collect();
    // Rows that match may be those of the offset zero, as in London's winter: one other offset is then all that is seen.
    let modes = counted(rows.iter().map(|(_, offset_s)| *offset_s));
    let (first, second) = (modes.first()?, modes.get(1)?);
    if second.1 < 4 || first.0.abs_diff(second.0) > 2 * 3600 {
        return None;
    }
    let rows: Vec<_> = rows.into_iter().filter(|row| [first.0, second.0].contains(&row.1)).collect();
    let some: Vec<_> = [first.0, second.0]
        .iter()
        .flat_map(|offset_s| {
            let of_offset: Vec<_> = rows.iter().copied().filter(|row| row.1 == *offset_s).collect();
            let step = of_offset.len().div_ceil(16).max(1);
            of_offset.into_iter().step_by(step).collect::<Vec<_>>()
        })
        .collect();
    let count = |zone: Tz, rows: &[(i64, i64)]| rows.iter().filter(|row| offset_s(zone, row.0) == Some(row.1)).count();
    let step = rows.len().div_ceil(256).max(1);
    let many: Vec<_> = rows.into_iter().step_by(step).collect();
    let candidates: Vec<_> = TZ_VARIANTS.iter().filter(|zone| count(**zone, &some) * 10 >= some.len() * 9).collect();
    let scored: Vec<_> = candidates.into_iter().map(|zone| (count(*zone, &many), zone.name())).collect();
    let best = scored.iter().map(|(count, _)| *count).max().filter(|best| best * 10 >= many.len() * 9)?;
    let class: BTreeSet<_> = scored.into_iter().filter(|(count, _)| *count == best).map(|(_, name)| name).collect();
    let mut names: Vec<_> = class.into_iter().collect();
    names.sort_by_key(|name| {
        let known = WELL_KNOWN.iter().position(|known| known == name).unwrap_or(WELL_KNOWN.len());
        (known, !name.contains('/'))
    });
    Some(names)
}

fn offset_s(zone: Tz, utc_s: i64) -> Option<i64> {
    let utc = DateTime::from_timestamp(utc_s, 0)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn pairs(zone: Tz) -> Vec<(Value, Value)> {
        let time = |s: i64| Value::Time { ns: i128::from(s) * SECOND_NS, zoned: false };
        let utc_s = (0..40).map(|row| 1_700_000_000 + row * 86_400 * 9);
        utc_s.map(|utc_s| (time(utc_s), time(utc_s + offset_s(zone, utc_s).unwrap_or_default()))).collect()
    }

    #[test]
    fn both_regimes_name_the_zone() {
        let rows = pairs(chrono_tz::Europe::Berlin);
        assert_eq!(propose(&TzDstZone, &rows)[0].parameters[0].1, "Europe/Berlin");
        let swapped: Vec<_> = rows.into_iter().map(|(from, to)| (to, from)).collect();
        assert!(propose(&TzDstZone, &swapped).iter().any(|found| found.parameters[0].1 == "Europe/Berlin"));
    }

    #[test]
    fn one_regime_names_none() {
        assert_eq!(propose(&TzDstZone, &pairs(chrono_tz::Asia::Tokyo)), []);
    }
}
