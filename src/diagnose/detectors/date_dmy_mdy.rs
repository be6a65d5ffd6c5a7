//! Day and month changed places. Recognised where swapping them makes one value of the other.

use chrono::{DateTime, Datelike, NaiveDate};

use crate::diagnose::instant::{Clock, DAY_NS, SECOND_NS, counted, instant_ns};
use crate::diagnose::{Detector, Evidence, Family, Proposal, sql};

/// Day and month swapped.
pub struct DateDmyMdy;

impl Detector for DateDmyMdy {
    fn id(&self) -> &'static str {
        "date-dmy-mdy"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("date_dmy_mdy.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals: Vec<_> = as_times(evidence).into_iter().collect();
        proposals.extend(as_texts(evidence));
        proposals
    }
}

fn as_times(evidence: &Evidence<'_>) -> Option<Proposal> {
    let swapped = evidence.mismatches().filter(|pair| {
        let (Some(from), Some(to)) = (instant_ns(pair.from), instant_ns(pair.to)) else {
            return false;
        };
        from != to && swapped_ns(from) == Some(to)
    });
    if swapped.count() < 8 {
        return None;
    }
    let (from, to) = (Clock::of_from(evidence), Clock::of_to(evidence));
    let sql = |read: &Clock, write: &Clock| write.write(&swapped_sql(&read.read_naive()), false);
    let (forward, inverse) = (sql(&from, &to), sql(&to, &from));
    Some(proposal(Some(forward), Some(inverse)))
}

/// Texts of three numbers, of which day and month are the first two, or the last two after the year.
fn as_texts(evidence: &Evidence<'_>) -> Option<Proposal> {
    let forms = evidence.texts().filter_map(|(from, to)| {
        let separator = from.chars().find(|c| ['/', '.', '-'].contains(c))?;
        let parts = |text: &str| -> Option<Vec<String>> {
            let parts: Vec<String> = text.split(separator).map(str::to_owned).collect();
            let are_numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
            (parts.len() == 3 && are_numbers).then_some(parts)
        };
        let (from, to) = (parts(from)?, parts(to)?);
        let is_year_first = from[0].len() == 4;
        let (day, month) = if is_year_first { (1, 2) } else { (0, 1) };
        let other = if is_year_first { 0 } else { 2 };
        let swapped = from[day] == to[month] && from[month] == to[day] && from[other] == to[other];
        (swapped && from != to).then_some((separator, is_year_first))
    });
    let ((separator, is_year_first), _) = counted(forms).into_iter().find(|(_, count)| *count >= 8)?;
    let separator = sql::text(&separator.to_string());
    let part = |idx: usize| format!("split_part(value, {separator}, {idx})");
    let order = if is_year_first { [1, 3, 2] } else { [2, 1, 3] };
    let swap = format!("concat_ws({separator}, {}, {}, {})", part(order[0]), part(order[1]), part(order[2]));
    Some(proposal(Some(swap.clone()), Some(swap)))
}

fn proposal(forward: Option<String>, inverse: Option<String>) -> Proposal {
    Proposal::function("{to} = {from} with day and month swapped", forward, inverse).bits(1.0)
}

/// SQL that swaps day and month of a timestamp without a zone, where the day can be a month.
fn swapped_sql(time: &str) -> String {
    let part = |name: &str| format!("CAST(date_part('{name}', {time}) AS INT)");
    let (year, month, day) = (part("year"), part("month"), part("day"));
    let date = format!("make_date({year}, least({day}, 12), {month})");
    format!(
        "CASE WHEN {day} <= 12 THEN CAST({date} AS TIMESTAMP) + ({time} - date_trunc('day', {time})) ELSE {time} END"
    )
}

fn swapped_ns(ns: i128) -> Option<i128> {
    let date = DateTime::from_timestamp(i64::try_from(ns.div_euclid(SECOND_NS)).ok()?, 0)?.date_naive();
    let swapped = NaiveDate::from_ymd_opt(date.year(), date.day(), date.month())?;
    let days = swapped.signed_duration_since(NaiveDate::default()).num_days();
    Some(i128::from(days) * DAY_NS + ns.rem_euclid(DAY_NS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn date(month: u32, day: u32) -> Value {
        let date = NaiveDate::from_ymd_opt(2024, month, day).unwrap_or_default();
        Value::Date(date.signed_duration_since(NaiveDate::default()).num_days() as i32)
    }

    #[test]
    fn the_first_of_march_is_the_third_of_january() {
        let mut rows: Vec<_> = (2..=12).map(|month| (date(month, 1), date(1, month))).collect();
        rows.extend([(date(4, 30), Value::Null), (date(4, 30), date(5, 1))]);
        assert_eq!(propose(&DateDmyMdy, &rows).len(), 1);
    }

    #[test]
    fn texts_keep_their_form() {
        let rows: Vec<(Value, Value)> = (2..=12)
            .map(|month| (format!("01/{month:02}/2024").as_str().into(), format!("{month:02}/01/2024").as_str().into()))
            .collect();
        let swap = "concat_ws('/', split_part(value, '/', 2), split_part(value, '/', 1), split_part(value, '/', 3))";
        let test = crate::diagnose::Test::Function { forward: Some(swap.into()), inverse: Some(swap.into()) };
        assert_eq!(propose(&DateDmyMdy, &rows)[0].test, test);
    }

    #[test]
    fn a_month_later_is_no_swap() {
        let rows: Vec<_> = (1..12).map(|month| (date(month, 20), date(month + 1, 20))).collect();
        assert_eq!(propose(&DateDmyMdy, &rows), []);
    }
}
