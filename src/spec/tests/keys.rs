//! The description of the keys, against the parser and the schema.

use super::*;

/// What parser and schema make of a spec must not drift apart: each key that the schema has parses, with a sample of what
/// its kind may be, and so is none that it has not.
#[test]
fn every_key_of_the_schema_is_known_to_the_parser() {
    fn walk(shape: &shape::Shape, problems: &mut Vec<String>) {
        for key in shape.keys {
            let text = format!("{}: {}\n", key.name, sample(&key.kind));
            let source = Source { path: "s".into(), text: text.as_str().into() };
            let mut found = Vec::new();
            let node = yaml::read(&source, &mut found).unwrap();
            let others: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
            conform::conform_shape(&node, shape, &others, &mut found);
            problems.extend(found.into_iter().map(|problem| format!("{text}: {}", problem.message)));
            inner(&key.kind, problems);
        }
    }
    fn inner(kind: &shape::Kind, problems: &mut Vec<String>) {
        match kind {
            shape::Kind::Mapping(shape) => walk(shape, problems),
            shape::Kind::AnyOf(kinds) => kinds.iter().for_each(|kind| inner(kind, problems)),
            shape::Kind::List { items: kind, .. } | shape::Kind::Map { values: kind, .. } => inner(kind, problems),
            _ => {}
        }
    }
    fn sample(kind: &shape::Kind) -> String {
        match kind {
            shape::Kind::Version => "1".into(),
            shape::Kind::Bool => "true".into(),
            shape::Kind::Number | shape::Kind::Rate => "0.5".into(),
            shape::Kind::Count => "3".into(),
            shape::Kind::Duration => "1d".into(),
            shape::Kind::FeatureType => "int64".into(),
            shape::Kind::TimeZone => "UTC".into(),
            shape::Kind::Words(words) => words[0].0.into(),
            shape::Kind::Variable(kind) => sample(kind),
            shape::Kind::List { items, .. } => format!("[{}]", sample(items)),
            shape::Kind::Map { values, .. } => format!("{{a: {}}}", sample(values)),
            shape::Kind::AnyOf(kinds) => sample(&kinds[kinds.len() - 1]),
            shape::Kind::Mapping(shape) => {
                let required =
                    shape.keys.iter().enumerate().filter(|(idx, key)| key.required || (shape.non_empty && *idx == 0));
                let keys: Vec<String> =
                    required.map(|(_, key)| format!("{}: {}", key.name, sample(&key.kind))).collect();
                format!("{{{}}}", keys.join(", "))
            }
            _ => "x".into(),
        }
    }
    let mut problems = Vec::new();
    walk(&grammar::SPEC, &mut problems);
    assert!(problems.is_empty(), "{problems:#?}");
}
