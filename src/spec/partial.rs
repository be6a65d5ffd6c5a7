//! Specs with problems that are confined to some of their features: the rest can still be held against its data, so that
//! all problems are told at once.

use std::ops::Range;

use super::model::Spec;
use super::problem::{Problem, Problems, Span};
use super::yaml::Node;

/// What became of a spec's text.
#[derive(Debug)]
pub enum Parsed {
    Whole(Spec),
    Partial(Partial),
    Broken(Problems),
}

/// A spec of which only some features have problems.
#[derive(Debug)]
pub struct Partial {
    /// Everything that could be read. Not for running.
    pub spec: Spec,
    problems: Vec<Problem>,
}

impl Partial {
    /// None if a problem lies outside of the features: what else would be found may be due to it.
    pub(super) fn new(spec: Spec, root: Option<&Node>, problems: Vec<Problem>) -> Result<Self, Problems> {
        let features = root.map(feature_lines).unwrap_or_default();
        let in_a_feature = |problem: &Problem| {
            problem.span.is_some_and(|span| features.iter().any(|lines| lines.contains(&span.line)))
        };
        // A feature without a name is not in the spec, and what refers to it would seem to refer to nothing.
        match problems.iter().all(in_a_feature) && spec.features.len() == features.len() {
            true => Ok(Self { spec, problems }),
            false => Err(Problems::new(spec.source, problems)),
        }
    }

    /// All problems: those of the text, and those `further` ones that its data show. Of two at one place, the latter may
    /// be due to the former, and is left out.
    pub fn with(self, further: Vec<Problem>) -> Problems {
        let Self { spec, mut problems } = self;
        let places: Vec<Span> = problems.iter().filter_map(|problem| problem.span).collect();
        let overlap = |one: Span, other: Span| {
            let end = |span: Span| span.column + span.len.max(1);
            one.line == other.line && one.column < end(other) && other.column < end(one)
        };
        let is_new =
            |problem: &Problem| !problem.span.is_some_and(|span| places.iter().any(|place| overlap(span, *place)));
        problems.extend(further.into_iter().filter(is_new));
        Problems::new(spec.source, problems)
    }
}

/// The lines of each feature, up to the next one, or to the next key of the spec.
fn feature_lines(root: &Node) -> Vec<Range<u32>> {
    let items = root.get("features").map(Node::items).unwrap_or_default();
    let starts: Vec<u32> = items.iter().map(|item| item.span.line).collect();
    let last = starts.last().copied().unwrap_or_default();
    let keys = root.entries().iter().map(|entry| entry.key.span.line);
    let end = keys.filter(|line| *line > last).min().unwrap_or(u32::MAX);
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().copied().zip(ends).map(|(start, next)| start..next.max(start + 1)).collect()
}
