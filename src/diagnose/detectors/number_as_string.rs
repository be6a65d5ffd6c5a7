//! A number is a text, or a text writes the same number in another way: 1 and '1', '1' and '1.0', 5 and '$5'.

use crate::diagnose::number_text::{is_digits, is_number, n_decimals, parsed, writes};
use crate::diagnose::text_pairs::{MIN_ROWS, as_text, modes};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// Numbers that are texts, or are written in another way.
pub struct NumberAsString;

impl Detector for NumberAsString {
    fn id(&self) -> &'static str {
        "number-as-string"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("number_as_string.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = of_numbers(evidence);
        proposals.extend(of_texts(evidence));
        proposals.truncate(4);
        proposals
    }
}

/// A way to write numbers, and how to get back to the plain one.
struct Format {
    name: &'static str,
    sql: &'static str,
    clean: fn(&str) -> String,
}

const FORMATS: [Format; 5] = [
    Format { name: "plain", sql: "value", clean: str::to_owned },
    Format { name: "blanks", sql: "btrim(value)", clean: |text| text.trim_matches(' ').to_owned() },
    Format { name: "grouped", sql: "replace(value, ',', '')", clean: grouped },
    Format { name: "underscored", sql: "replace(value, '_', '')", clean: |text| text.replace('_', "") },
    Format { name: "decorated", sql: "regexp_replace(value, '[^0-9.+-]', '', 'g')", clean: undecorated },
];

/// A code such as 007, which is no way to write a number.
fn has_leading_zeros(text: &str) -> bool {
    let mut bytes = text.trim_start_matches(['+', '-']).bytes();
    bytes.next() == Some(b'0') && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

/// Without a currency, a unit of few letters, percent, blanks and commas; the text itself where there is more beside it.
fn undecorated(text: &str) -> String {
    let mut n_letters = 0;
    let mut number = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' | '.' | '+' | '-' => number.push(letter),
            '$' | '€' | '£' | '¥' | '₹' | '%' | ',' | '\'' => {}
            letter if letter.is_whitespace() => {}
            letter if letter.is_alphabetic() && n_letters < 3 => n_letters += 1,
            _ => return text.to_owned(),
        }
    }
    number
}

/// Without the commas between thousands; the text itself where they stand elsewhere.
fn grouped(text: &str) -> String {
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let is_first = groups.next().is_some_and(|first| first.trim_start_matches(['+', '-']).len() <= 3);
    if is_first && groups.all(|group| group.len() == 3) { text.replace(',', "") } else { text.to_owned() }
}

/// `from` is a number and `to` a text that writes it.
fn of_numbers(evidence: &Evidence<'_>) -> Vec<Proposal> {
    let pairs: Vec<(&Value, &str)> = evidence
        .mismatches()
        .filter_map(|pair| Some((pair.from, pair.to.text()?)))
        .filter(|(from, to)| from.number().is_some() && !has_leading_zeros(to))
        .collect();
    let mut proposals = Vec::new();
    let mut most = 0;
    for format in FORMATS {
        let explained: Vec<(&Value, &str)> =
            pairs.iter().copied().filter(|(from, to)| writes(&(format.clean)(to), from)).collect();
        if explained.len() < MIN_ROWS || explained.len() <= most {
            continue;
        }
        most = explained.len();
        let is_clean = |text: &str| is_number(&(format.clean)(text));
        let mut texts = evidence.pairs.iter().filter_map(|pair| pair.to.text());
        // One text that is no number would end the whole query.
        let cast = if texts.all(is_clean) { "CAST" } else { "TRY_CAST" };
        let parse = parse(&explained, &format, cast);
        let forward = if format.name == "plain" { written(evidence, &explained) } else { None };
        let has_forward = forward.is_some();
        let summary = match format.name {
            "plain" => "{to} = {from} as text".to_owned(),
            name => format!("{{to}} = {{from}} as text ({name})"),
        };
        let mut proposal = Proposal::function(summary, forward, Some(parse)).parameter("format", format.name).bits(2.0);
        if !has_forward {
            proposal = proposal.advice("keep numbers as numbers until they are shown to people");
        }
        proposals.push(proposal);
    }
    proposals
}

/// The SQL that reads the numbers, as the type that `from` has.
fn parse(explained: &[(&Value, &str)], format: &Format, cast: &str) -> String {
    let mut scale = None;
    let mut is_int = true;
    let mut is_int_text = true;
    for (from, to) in explained {
        match from {
            Value::Int(_) => {}
            Value::Decimal(digits) => {
                is_int = false;
                scale = digits.split_once('.').map(|(_, fraction)| fraction.len()).max(scale);
            }
            _ => is_int = false,
        }
        let text = (format.clean)(to);
        is_int_text &= is_digits(text.strip_prefix(['+', '-']).unwrap_or(&text));
    }
    let sql = format.sql;
    match (is_int, is_int_text, scale) {
        (true, true, _) => format!("{cast}({sql} AS BIGINT)"),
        (true, false, _) => format!("CAST({cast}({sql} AS DOUBLE) AS BIGINT)"),
        (false, _, Some(scale)) if scale <= 38 => format!("{cast}({sql} AS DECIMAL(38, {scale}))"),
        (false, ..) => format!("{cast}({sql} AS DOUBLE)"),
    }
}

/// The SQL that writes the numbers as `to` has them, if it is one of a few usual ways.
fn written(evidence: &Evidence<'_>, explained: &[(&Value, &str)]) -> Option<String> {
    let is_each = |holds: &dyn Fn(&Value, &str) -> bool| {
        explained.iter().filter(|(from, to)| holds(from, to)).count() * 20 >= explained.len() * 19
    };
    let shown = |value: &Value| match value {
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Decimal(digits) => digits.clone(),
        _ => String::new(),
    };
    if is_each(&|from, to| shown(from) == to) {
        return Some("CAST(value AS VARCHAR)".to_owned());
    }
    if is_each(&|from, to| from.number().is_some_and(|number| format!("{number:?}") == to)) {
        return Some("CAST(CAST(value AS DOUBLE) AS VARCHAR)".to_owned());
    }
    if is_each(&|from, to| from.whole().is_some_and(|whole| whole.to_string() == to)) {
        return Some("CAST(CAST(value AS BIGINT) AS VARCHAR)".to_owned());
    }
    let decimals = modes(explained.iter().filter_map(|(_, to)| n_decimals(to)));
    let (n_decimals, count) = decimals.first()?;
    let is_fixed = count * 20 >= explained.len() * 19 && *n_decimals <= 18;
    is_fixed.then(|| format!("CAST(CAST({} AS DECIMAL(38, {n_decimals})) AS VARCHAR)", value_of(evidence)))
}

fn value_of(evidence: &Evidence<'_>) -> &'static str {
    if as_text(evidence.from_type) == "value" { "CAST(value AS DOUBLE)" } else { "value" }
}

/// How a text of the same number is written plainly.
const REWRITES: [Format; 8] = [
    Format { name: "zero-fraction", sql: r"regexp_replace(value, '\.0+$', '')", clean: without_zero_fraction },
    Format {
        name: "trailing-zeros",
        sql: r"regexp_replace(regexp_replace(value, '(\.[0-9]*[1-9])0+$', '\1'), '\.0+$', '')",
        clean: |text| {
            if !text.contains('.') {
                return text.to_owned();
            }
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        },
    },
    Format { name: "plus", sql: "ltrim(value, '+')", clean: |text| text.trim_start_matches('+').to_owned() },
    Format {
        name: "exponent",
        sql: "CAST(CAST(CAST(value AS DOUBLE) AS BIGINT) AS VARCHAR)",
        clean: |text| match parsed(text) {
            Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
            _ => text.to_owned(),
        },
    },
    Format {
        name: "exponent",
        sql: "CAST(CAST(value AS DOUBLE) AS VARCHAR)",
        clean: |text| {
            if text.contains(['e', 'E']) {
                parsed(text).map_or_else(|| text.to_owned(), |number| format!("{number:?}"))
            } else {
                text.to_owned()
            }
        },
    },
    Format { name: "grouped", sql: "replace(value, ',', '')", clean: grouped },
    Format { name: "underscored", sql: "replace(value, '_', '')", clean: |text| text.replace('_', "") },
    Format { name: "decorated", sql: "regexp_replace(value, '[^0-9.+-]', '', 'g')", clean: undecorated },
];

fn without_zero_fraction(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') => {
            whole.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Both are texts, of one number.
fn of_texts(evidence: &Evidence<'_>) -> Vec<Proposal> {
    let pairs: Vec<(&str, &str)> = evidence
        .texts()
        .filter(|(from, to)| is_number(from) && !has_leading_zeros(from) && !has_leading_zeros(to))
        .collect();
    let mut proposals = Vec::new();
    let mut most = 0;
    for rewrite in REWRITES {
        let explained: Vec<(&str, &str)> =
            pairs.iter().copied().filter(|(from, to)| from != to && (rewrite.clean)(to) == *from).collect();
        if explained.len() < MIN_ROWS || explained.len() <= most {
            continue;
        }
        most = explained.len();
        let mut inverse = rewrite.sql.to_owned();
        if evidence.pairs.iter().filter_map(|pair| pair.to.text()).any(|text| !is_number(text)) {
            inverse = inverse.replace("CAST(value AS DOUBLE)", "TRY_CAST(value AS DOUBLE)");
        }
        let forward = rewritten(&explained);
        let has_forward = forward.is_some();
        let summary = format!("{{to}} = the number of {{from}}, written in another way ({})", rewrite.name);
        let mut proposal =
            Proposal::function(summary, forward, Some(inverse)).parameter("format", rewrite.name).bits(3.0);
        if !has_forward {
            proposal = proposal.advice("compare numbers as numbers: declare a numeric type");
        }
        proposals.push(proposal);
    }
    proposals
}

/// The SQL that writes the texts as `to` has them, if it is one of a few usual ways.
fn rewritten(explained: &[(&str, &str)]) -> Option<String> {
    let is_each = |holds: &dyn Fn(&str, &str) -> bool| {
        explained.iter().filter(|(from, to)| holds(from, to)).count() * 20 >= explained.len() * 19
    };
    for suffix in [".0", ".00"] {
        if is_each(&|from, to| to.strip_suffix(suffix) == Some(from)) {
            return Some(format!("value || '{suffix}'"));
        }
    }
    if is_each(&|from, to| to.strip_prefix('+') == Some(from)) {
        return Some("'+' || value".to_owned());
    }
    let decimals = modes(explained.iter().filter_map(|(_, to)| n_decimals(to)));
    let (n_decimals, count) = decimals.first()?;
    let is_fixed = count * 20 >= explained.len() * 19 && *n_decimals <= 18;
    is_fixed.then(|| format!("CAST(CAST(value AS DECIMAL(38, {n_decimals})) AS VARCHAR)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    fn inverse(pairs: &[(Value, Value)]) -> Option<(String, Option<String>, String)> {
        let proposals = propose(&NumberAsString, pairs);
        let proposal = proposals.last()?;
        let Test::Function { forward, inverse: Some(inverse) } = &proposal.test else { return None };
        Some((proposal.parameters[0].1.as_str()?.to_owned(), forward.clone(), inverse.clone()))
    }

    #[test]
    fn integers_as_texts() {
        let pairs: Vec<(Value, Value)> = (0..9_i64).map(|int| (int.into(), int.to_string().as_str().into())).collect();
        let expected = ("plain".into(), Some("CAST(value AS VARCHAR)".into()), "CAST(value AS BIGINT)".into());
        assert_eq!(inverse(&pairs), Some(expected));
        let pairs: Vec<(Value, Value)> =
            (0..9_i64).map(|int| (int.into(), format!("{int}.0").as_str().into())).collect();
        let expected = (
            "plain".into(),
            Some("CAST(CAST(value AS DOUBLE) AS VARCHAR)".into()),
            "CAST(CAST(value AS DOUBLE) AS BIGINT)".into(),
        );
        assert_eq!(inverse(&pairs), Some(expected));
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&NumberAsString, &swapped), []);
    }

    #[test]
    fn decorated_numbers() {
        for (format, pattern, sql) in [
            ("blanks", " {} ", "CAST(btrim(value) AS DOUBLE)"),
            ("decorated", "{} USD", "CAST(regexp_replace(value, '[^0-9.+-]', '', 'g') AS DOUBLE)"),
            ("decorated", "${}", "CAST(regexp_replace(value, '[^0-9.+-]', '', 'g') AS DOUBLE)"),
            ("grouped", "1,00{}", "CAST(replace(value, ',', '') AS DOUBLE)"),
        ] {
            let pairs: Vec<(Value, Value)> = (0..9)
                .map(|idx| {
                    let number = f64::from(idx) + 0.5;
                    let from = if format == "grouped" { 1000.0 + number } else { number };
                    (from.into(), pattern.replace("{}", &number.to_string()).as_str().into())
                })
                .collect();
            assert_eq!(inverse(&pairs), Some((format.into(), None, sql.into())), "{pattern}");
        }
    }

    #[test]
    fn texts_of_the_same_number() {
        let texts = |make: fn(i64) -> (String, String)| -> Vec<(Value, Value)> {
            (1..12).map(make).map(|(from, to)| (from.as_str().into(), to.as_str().into())).collect()
        };
        let found = inverse(&texts(|int| (int.to_string(), format!("{int}.0"))));
        let expected =
            ("zero-fraction".into(), Some("value || '.0'".into()), r"regexp_replace(value, '\.0+$', '')".into());
        assert_eq!(found, Some(expected));
        let found = inverse(&texts(|int| (format!("{int}.5"), format!("{int}.50"))));
        assert_eq!(found.map(|found| found.0), Some("trailing-zeros".into()));
        let found = inverse(&texts(|int| ((int * 1000).to_string(), format!("{int}e3"))));
        assert_eq!(found.map(|found| found.2), Some("CAST(CAST(CAST(value AS DOUBLE) AS BIGINT) AS VARCHAR)".into()));
        assert_eq!(inverse(&texts(|int| (int.to_string(), format!("{int}.5")))), None);
    }

    #[test]
    fn noise_makes_the_cast_careful() {
        let mut pairs: Vec<(Value, Value)> =
            (0..9_i64).map(|int| (int.into(), int.to_string().as_str().into())).collect();
        pairs.push((1_i64.into(), "noise".into()));
        assert_eq!(inverse(&pairs).map(|found| found.2), Some("TRY_CAST(value AS BIGINT)".into()));
    }
}
