//! The constants of a feature (`categories`, `missing.sentinels`), as values of its declared type.

use super::data_type::{FeatureType, IntType};
use super::model::Literal;
use super::problem::Problem;
use super::scalar::Resolved;
use super::time_text::{parse_duration, parse_time};
use super::yaml::{Node, Scalar};

/// Reads a list of constants. One that no value of the declared type can equal is a problem at its place.
///
/// Of a list's type, the constants are of the innermost elements' type. A text that reads as a number is that number where
/// the type is one; a number or a bool is its text, as it is written, where the type is `string` or `binary`. Without a
/// declared type, the constants stay what they are.
pub(super) fn read_literals(
    list: Option<&Node>,
    declared: Option<&FeatureType>,
    problems: &mut Vec<Problem>,
) -> Vec<Literal> {
    let declared = declared.map(FeatureType::leaf);
    let mut literals = Vec::new();
    for node in list.map(Node::items).unwrap_or_default() {
        let Some((scalar, literal)) = node.scalar().and_then(|scalar| Some((scalar, literal(scalar)?))) else {
            continue;
        };
        match declared.map_or(Ok(literal.clone()), |declared| as_type(literal, scalar, declared)) {
            Ok(literal) => literals.push(literal),
            Err(help) => {
                let declared = declared.map(FeatureType::to_string).unwrap_or_default();
                let shown = scalar.text.escape_debug();
                problems
                    .push(Problem::new(format!("`{shown}` is no value of type `{declared}`")).at(node.span).help(help));
            }
        }
    }
    literals
}

/// A number that no integer holds is a float. Null and NaN are no constants; that they stand there is a problem already.
fn literal(scalar: &Scalar) -> Option<Literal> {
    match scalar.resolve() {
        Resolved::Null => None,
        Resolved::Bool(value) => Some(Literal::Bool(value)),
        Resolved::Int(value) => Some(Literal::Int(value)),
        Resolved::Float(value) => (!value.is_nan()).then_some(Literal::Float(value)),
        Resolved::Text => Some(Literal::Text(scalar.text.clone())),
    }
}

/// The constant as a value of a type, or what to write instead.
fn as_type(literal: Literal, scalar: &Scalar, declared: &FeatureType) -> Result<Literal, String> {
    let text = scalar.text.as_str();
    let is_text = matches!(literal, Literal::Text(_));
    match declared {
        FeatureType::String | FeatureType::Binary => Ok(Literal::Text(text.to_string())),
        FeatureType::Bool => match literal {
            Literal::Bool(_) => Ok(literal),
            Literal::Text(_) if matches!(text, "true" | "false") => Err("remove the quotes".into()),
            Literal::Int(_) | Literal::Float(_) | Literal::Text(_) => Err("write `true` or `false`".into()),
        },
        FeatureType::Int(int) => {
            let (least, greatest) = range(*int);
            number(literal)
                .filter(|number| whole(number).is_some_and(|value| (least..=greatest).contains(&value)))
                .ok_or_else(|| format!("write a whole number from {least} to {greatest}"))
        }
        FeatureType::Float32 | FeatureType::Float64 => match number(literal) {
            Some(Literal::Float(value))
                if *declared == FeatureType::Float32 && value.is_finite() && !(value as f32).is_finite() =>
            {
                Err("write a number that a `float32` holds".into())
            }
            Some(number) => Ok(number),
            None if is_text && text.eq_ignore_ascii_case("nan") => Err("write `missing: {nan: true}`".into()),
            None => Err("write a number".into()),
        },
        FeatureType::Decimal { precision, scale } => {
            let n_whole = i64::from(*precision) - i64::from(*scale);
            number(literal).filter(|number| fits(number, n_whole, i64::from(*scale))).ok_or_else(|| {
                format!("write a number with at most {n_whole} digits before the point, and {scale} behind it")
            })
        }
        FeatureType::Date => parse_time(text)
            .filter(|time| is_text && time.offset_s.is_none() && time.is_midnight())
            .map(|_| literal)
            .ok_or_else(|| "write a date, such as `2024-03-01`".into()),
        FeatureType::Timestamp => parse_time(text)
            .filter(|_| is_text)
            .map(|_| literal)
            .ok_or_else(|| "write an instant, such as `2024-03-01T10:00:00Z`".into()),
        FeatureType::TimestampNaive => parse_time(text)
            .filter(|time| is_text && time.offset_s.is_none())
            .map(|_| literal)
            .ok_or_else(|| "write a time without a zone, such as `2024-03-01 10:00:00`".into()),
        FeatureType::Duration => parse_duration(text)
            .filter(|_| is_text)
            .map(|_| literal)
            .ok_or_else(|| "write a duration as data hold it, such as `PT1.5S` or `\"01:00:00\"`".into()),
        FeatureType::List(_) | FeatureType::Struct(_) => {
            Err("a struct equals no constant; make a feature of the field".into())
        }
    }
}

/// A number, also one that a text writes.
fn number(literal: Literal) -> Option<Literal> {
    match literal {
        Literal::Int(_) | Literal::Float(_) => Some(literal),
        Literal::Text(text) => match text.parse() {
            Ok(value) => Some(Literal::Int(value)),
            Err(_) => text.parse().ok().filter(|value: &f64| !value.is_nan()).map(Literal::Float),
        },
        Literal::Bool(_) => None,
    }
}

fn whole(number: &Literal) -> Option<i128> {
    match number {
        Literal::Int(value) => Some(*value),
        // Beyond the range of 128 bits the nearest of them, which no integer type holds.
        Literal::Float(value) if value.fract() == 0.0 => Some(*value as i128),
        Literal::Float(_) | Literal::Bool(_) | Literal::Text(_) => None,
    }
}

fn range(int: IntType) -> (i128, i128) {
    match int.signed {
        true => (-(1 << (int.bits - 1)), (1 << (int.bits - 1)) - 1),
        false => (0, (1 << int.bits) - 1),
    }
}

/// Returns whether a number has at most so many digits on each side of the point.
fn fits(number: &Literal, n_whole: i64, n_decimals: i64) -> bool {
    if matches!(number, Literal::Float(value) if !value.is_finite()) {
        return false;
    }
    // Displayed without an exponent.
    let shown = number.to_string();
    let digits = shown.trim_start_matches('-');
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    whole.trim_start_matches('0').len() as i64 <= n_whole && decimals.len() as i64 <= n_decimals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::yaml;
    use crate::spec::{Source, Span};

    fn read(data_type: &str, list: &str) -> Result<Vec<Literal>, Vec<(Span, String, String)>> {
        let source = Source { path: "s".into(), text: list.into() };
        let node = yaml::read(&source, &mut Vec::new()).unwrap();
        let declared = FeatureType::parse(data_type).ok();
        let mut problems = Vec::new();
        let literals = read_literals(Some(&node), declared.as_ref(), &mut problems);
        let seen = |problem: Problem| (problem.span.unwrap(), problem.message, problem.help.unwrap());
        if problems.is_empty() { Ok(literals) } else { Err(problems.into_iter().map(seen).collect()) }
    }

    #[test]
    fn a_constant_becomes_a_value_of_the_type() {
        let text = |text: &str| Literal::Text(text.into());
        let (int, float) = (Literal::Int, Literal::Float);
        for (data_type, list, wanted) in [
            ("int8", "[-128, \"127\", 1e2]", vec![int(-128), int(127), float(100.0)]),
            ("uint64", "[18446744073709551615]", vec![int(u64::MAX.into())]),
            ("float32", "[1, \"1.5\", .inf]", vec![int(1), float(1.5), float(f64::INFINITY)]),
            ("decimal(4,2)", "[-99.99, '0.5', 00]", vec![float(-99.99), float(0.5), int(0)]),
            ("bool", "[true, False]", vec![Literal::Bool(true), Literal::Bool(false)]),
            ("string", "[007, 1.50, True, x]", vec![text("007"), text("1.50"), text("True"), text("x")]),
            ("binary", "[1]", vec![text("1")]),
            ("date", "[1970-01-01]", vec![text("1970-01-01")]),
            ("timestamp", "['1970-01-01T00:00:00Z']", vec![text("1970-01-01T00:00:00Z")]),
            ("timestamp_naive", "[1970-01-01 00:00]", vec![text("1970-01-01 00:00")]),
            ("duration", "[PT0S]", vec![text("PT0S")]),
            ("list<list<int64>>", "[\"1\"]", vec![int(1)]),
            ("undeclared", "[007, 1.5, \"1\", true]", vec![int(7), float(1.5), text("1"), Literal::Bool(true)]),
        ] {
            assert_eq!(read(data_type, list), Ok(wanted), "{data_type} {list}");
        }
    }

    #[test]
    fn a_constant_that_no_value_can_equal_is_a_problem() {
        for (data_type, list, help) in [
            ("int8", "[128]", "write a whole number from -128 to 127"),
            ("uint8", "[-1]", "write a whole number from 0 to 255"),
            ("int64", "[1.5]", "write a whole number from -9223372036854775808 to 9223372036854775807"),
            ("uint64", "[1e40]", "write a whole number from 0 to 18446744073709551615"),
            ("int8", "[none]", "write a whole number from -128 to 127"),
            ("float64", "[true]", "write a number"),
            ("float64", "[NaN]", "write `missing: {nan: true}`"),
            ("float32", "[1e300]", "write a number that a `float32` holds"),
            ("decimal(4,2)", "[100]", "write a number with at most 2 digits before the point, and 2 behind it"),
            ("decimal(4,2)", "[0.125]", "write a number with at most 2 digits before the point, and 2 behind it"),
            ("bool", "[1]", "write `true` or `false`"),
            ("bool", "[\"true\"]", "remove the quotes"),
            ("date", "[0]", "write a date, such as `2024-03-01`"),
            ("date", "[1970-01-01 10:00]", "write a date, such as `2024-03-01`"),
            ("timestamp", "[19700101]", "write an instant, such as `2024-03-01T10:00:00Z`"),
            ("timestamp_naive", "['1970-01-01 00:00Z']", "write a time without a zone, such as `2024-03-01 10:00:00`"),
            ("duration", "[1d]", "write a duration as data hold it, such as `PT1.5S` or `\"01:00:00\"`"),
            ("struct<a: int64>", "[1]", "a struct equals no constant; make a feature of the field"),
        ] {
            let [(span, message, found)] = &read(data_type, list).expect_err(list)[..] else { panic!("{list}") };
            assert_eq!((span.column, found.as_str()), (2, help), "{data_type} {list}");
            assert!(message.ends_with(&format!(" is no value of type `{data_type}`")), "{message}");
        }
        let of_a_list = &read("list<bool>", "[true, 1]").unwrap_err()[..];
        assert!(
            matches!(of_a_list, [(Span { column: 8, .. }, message, _)] if message == "`1` is no value of type `bool`")
        );
    }
}
