//! Lists element by element or as multisets, structs by field name, maps by key.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{Array, AsArray, DynComparator, ListArray, MapArray, StructArray, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;

use super::agreement::{Agreement, Cells, Consumer, Rules, cells};
use super::strings::{is_lenient, normal_form};
use super::values::{canonical_floats, text_at};
use crate::spec::Tolerance;

/// Lists, or under `order: ignore` multisets.
///
/// Multisets agree if their elements can be paired so that each pair agrees. Agreement that needs another order than that
/// of the lists is `Tolerated`, as it is owed to the option.
pub(super) fn lists<'a, C: Consumer<'a>>(
    rules: &Rules,
    first: &'a ListArray,
    second: &'a ListArray,
    consumer: C,
) -> C::Output {
    let elements = nullable_cells(rules, first.values().as_ref(), second.values().as_ref());
    let range = |list: &ListArray, row: usize| {
        let offsets = list.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    };
    if !rules.options.ignore_order {
        return consumer.consume(move |i, j| in_order(&elements, range(first, i), range(second, j)));
    }
    let multiset = multiset(rules, first.values().as_ref(), second.values().as_ref());
    consumer.consume(move |i, j| {
        let (first, second) = (range(first, i), range(second, j));
        match in_order(&elements, first.clone(), second.clone()) {
            Agreement::Different if first.len() == second.len() && multiset.agree(&elements, first, second) => {
                Agreement::Tolerated
            }
            agreement => agreement,
        }
    })
}

fn in_order(elements: &Cells<'_>, first: Range<usize>, second: Range<usize>) -> Agreement {
    if first.len() != second.len() {
        return Agreement::Different;
    }
    worst(first.zip(second).map(|(i, j)| elements(i, j)))
}

/// The worst of the agreements, looking no further than the first difference.
fn worst(agreements: impl Iterator<Item = Agreement>) -> Agreement {
    let mut worst = Agreement::Equal;
    for agreement in agreements {
        worst = worst.max(agreement);
        if worst == Agreement::Different {
            break;
        }
    }
    worst
}

/// Compares cells that may be null: two nulls are equal, and null is different from all else.
fn nullable_cells<'a>(rules: &Rules, first: &'a dyn Array, second: &'a dyn Array) -> Cells<'a> {
    let is_null = |nulls: &Option<NullBuffer>, row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let (first_nulls, second_nulls) = (first.logical_nulls(), second.logical_nulls());
    let values = cells(rules, first, second);
    if first_nulls.is_none() && second_nulls.is_none() {
        return values;
    }
    Box::new(move |i, j| match (is_null(&first_nulls, i), is_null(&second_nulls, j)) {
        (true, true) => Agreement::Equal,
        (true, false) | (false, true) => Agreement::Different,
        (false, false) => values(i, j),
    })
}

/// How the elements of two multisets find their partners.
enum Multiset<'a> {
    /// Sorted, each with the one in its place. Exact for values on a line: what agrees with a number or a time is an interval
    /// around it whose ends grow with it, so that crossed partners can always be swapped.
    Sorted { first: DynComparator, second: DynComparator },
    /// By the texts that they have in common under the options.
    NormalForms { first: Box<dyn Fn(usize) -> Option<String> + 'a>, second: Box<dyn Fn(usize) -> Option<String> + 'a> },
    /// Any partner that agrees, by augmenting paths: for lists, structs and maps.
    Matched,
}

fn multiset<'a>(rules: &Rules, first: &'a dyn Array, second: &'a dyn Array) -> Multiset<'a> {
    let is_nested = |values: &dyn Array| {
        matches!(
            values.data_type(),
            DataType::List(_) | DataType::Struct(_) | DataType::Map(..) | DataType::Interval(_)
        )
    };
    if is_nested(first) || is_nested(second) {
        return Multiset::Matched;
    }
    if let (Some(first_texts), Some(second_texts)) = (first.as_string_opt::<i32>(), second.as_string_opt::<i32>())
        && is_lenient(&rules.options)
    {
        let options = rules.options;
        let form = move |texts: &'a arrow::array::StringArray| -> Box<dyn Fn(usize) -> Option<String> + 'a> {
            Box::new(move |row| texts.is_valid(row).then(|| normal_form(texts.value(row), &options).into_owned()))
        };
        return Multiset::NormalForms { first: form(first_texts), second: form(second_texts) };
    }
    let order = |values: &dyn Array| {
        let values = canonical_floats(&values.slice(0, values.len()));
        make_comparator(values.as_ref(), values.as_ref(), SortOptions::default()).ok()
    };
    match (order(first), order(second)) {
        (Some(first), Some(second)) => Multiset::Sorted { first, second },
        (None, _) | (_, None) => Multiset::Matched,
    }
}

impl Multiset<'_> {
    /// Returns whether the elements pair off. Both ranges are of one length.
    fn agree(&self, elements: &Cells<'_>, first: Range<usize>, second: Range<usize>) -> bool {
        match self {
            Self::Sorted { first: first_order, second: second_order } => {
                let (first, second) = (sorted(first, first_order), sorted(second, second_order));
                first.into_iter().zip(second).all(|(i, j)| elements(i, j) != Agreement::Different)
            }
            Self::NormalForms { first: first_form, second: second_form } => {
                let mut first: Vec<_> = first.map(first_form).collect();
                let mut second: Vec<_> = second.map(second_form).collect();
                first.sort_unstable();
                second.sort_unstable();
                first == second
            }
            Self::Matched => can_match(elements, first, second),
        }
    }
}

fn sorted(range: Range<usize>, order: &DynComparator) -> Vec<usize> {
    let mut rows: Vec<usize> = range.collect();
    rows.sort_unstable_by(|i, j| order(*i, *j));
    rows
}

/// Returns whether every element of one range has a partner of its own in the other.
///
/// Source: H. W. Kuhn, *The Hungarian method for the assignment problem*, 1955, for pairs without costs.
fn can_match(elements: &Cells<'_>, first: Range<usize>, second: Range<usize>) -> bool {
    let partners: Vec<Vec<usize>> = first
        .map(|i| {
            let agreeing = second.clone().enumerate().filter(|(_, j)| elements(i, *j) != Agreement::Different);
            agreeing.map(|(place, _)| place).collect()
        })
        .collect();
    let mut taken_by: Vec<Option<usize>> = vec![None; second.len()];
    (0..partners.len()).all(|element| {
        let mut visited = vec![false; taken_by.len()];
        find_partner(element, &partners, &mut taken_by, &mut visited)
    })
}

/// Gives an element a partner, moving others to another one of theirs where need be. An explicit path: lists may be long.
fn find_partner(element: usize, partners: &[Vec<usize>], taken_by: &mut [Option<usize>], visited: &mut [bool]) -> bool {
    // Each step: an element, how many of its partners were tried, and the place that it would take.
    let mut path: Vec<(usize, usize, usize)> = vec![(element, 0, 0)];
    while let Some((element, n_tried, place)) = path.last_mut() {
        let Some(&candidate) = partners[*element].get(*n_tried) else {
            path.pop();
            continue;
        };
        *n_tried += 1;
        if std::mem::replace(&mut visited[candidate], true) {
            continue;
        }
        *place = candidate;
        match taken_by[candidate] {
            Some(holder) => path.push((holder, 0, 0)),
            None => {
                for (element, _, place) in path {
                    taken_by[place] = Some(element);
                }
                return true;
            }
        }
    }
    false
}

/// Structs, by field name; a field that one of them lacks reads as null.
pub(super) fn structs<'a, C: Consumer<'a>>(
    rules: &Rules,
    first: &'a StructArray,
    second: &'a StructArray,
    consumer: C,
) -> C::Output {
    let mut fields: Vec<Cells<'a>> = Vec::new();
    for (name, values) in first.column_names().into_iter().zip(first.columns()) {
        fields.push(match second.column_by_name(name) {
            Some(other) => nullable_cells(rules, values.as_ref(), other.as_ref()),
            None => only_null(values.as_ref(), |i, _| i),
        });
    }
    for (name, values) in second.column_names().into_iter().zip(second.columns()) {
        if first.column_by_name(name).is_none() {
            fields.push(only_null(values.as_ref(), |_, j| j));
        }
    }
    consumer.consume(move |i, j| worst(fields.iter().map(|field| field(i, j))))
}

fn only_null<'a>(values: &'a dyn Array, row_of: fn(usize, usize) -> usize) -> Cells<'a> {
    let nulls = values.logical_nulls();
    Box::new(move |i, j| {
        let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row_of(i, j)));
        if is_null { Agreement::Equal } else { Agreement::Different }
    })
}

/// Maps, by key whatever the order. Keys match exactly; of a repeated key the values compare in their order.
pub(super) fn maps<'a, C: Consumer<'a>>(
    rules: &Rules,
    first: &'a MapArray,
    second: &'a MapArray,
    consumer: C,
) -> C::Output {
    let exact = Rules { tolerance: Tolerance::Exact, options: Default::default() };
    let keys = nullable_cells(&exact, first.keys().as_ref(), second.keys().as_ref());
    let items = nullable_cells(rules, first.values().as_ref(), second.values().as_ref());
    let entries = |map: &MapArray, row: usize| {
        let offsets = map.value_offsets();
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        let mut entries: Vec<(String, usize)> =
            range.map(|idx| (text_at(map.keys().as_ref(), idx).unwrap_or_default(), idx)).collect();
        entries.sort_by(|first, second| first.0.cmp(&second.0));
        entries
    };
    consumer.consume(move |i, j| {
        let (first, second) = (entries(first, i), entries(second, j));
        match first.len().cmp(&second.len()) {
            Ordering::Less | Ordering::Greater => Agreement::Different,
            Ordering::Equal => worst(first.into_iter().zip(second).map(|((_, i), (_, j))| match keys(i, j) {
                Agreement::Equal => items(i, j),
                Agreement::Tolerated | Agreement::Different => Agreement::Different,
            })),
        }
    })
}
