//! The JSON Schema of a spec, from the description of its keys that the parser goes by.

use serde_json::{Map, Value, json};

use super::data_type::PLAIN_TYPES;
use super::grammar::SPEC;
use super::shape::{Key, Kind, Shape};

/// Returns the JSON Schema (draft 2020-12) of a spec, for editors.
///
/// Whatever it refuses the parser refuses, too. The parser finds more: SQL, variables, and what concerns several keys.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let mut schema = shape_schema(&SPEC, &mut definitions);
    if let Value::Object(root) = &mut schema {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("trueup spec"));
        root.insert("$defs".into(), Value::Object(definitions));
    }
    schema
}

fn shape_schema(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        shape.keys.iter().map(|key| (key.name.to_string(), key_schema(key, definitions))).collect();
    let required: Vec<&str> = shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if shape.non_empty {
        schema["minProperties"] = json!(1);
    }
    schema
}

fn key_schema(key: &Key, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = kind_schema(&key.kind, definitions);
    schema["description"] = json!(key.doc);
    if let Some(default) = key.default {
        schema["default"] = serde_json::from_str(default).expect("a default is written as JSON; a test reads them all");
    }
    schema
}

/// Not blank, and without control characters.
const NAME_PATTERN: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*\\S[^\\u0000-\\u001f\\u007f-\\u009f]*$";

fn kind_schema(kind: &Kind, definitions: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Version => json!({"const": 1}),
        Kind::Text => json!({"type": "string"}),
        Kind::Name | Kind::Path => json!({"type": "string", "pattern": NAME_PATTERN}),
        Kind::Sql => json!({"type": ["string", "number", "boolean"], "pattern": "\\S"}),
        Kind::Raw | Kind::Literal => json!({"type": ["string", "number", "boolean"]}),
        Kind::Character => json!({"type": ["string", "number"], "minLength": 1, "maxLength": 1}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Number => json!({"type": "number", "minimum": 0}),
        Kind::Rate => json!({"type": "number", "minimum": 0, "maximum": 1}),
        Kind::Count => json!({"type": "integer", "minimum": 0}),
        Kind::Duration => json!({
            "type": "string",
            "pattern": "^\\s*([0-9.]+(ns|us|µs|ms|s|m|h|d|w)\\s*)+$",
            "examples": ["0s", "250ms", "2h30m", "1d"],
        }),
        Kind::FeatureType => {
            let plain_pattern: Vec<String> = PLAIN_TYPES.iter().map(|name| any_case(name)).collect();
            let nested_pattern =
                format!("{}\\s*\\(|({}|{})\\s*<", any_case("decimal"), any_case("list"), any_case("struct"));
            // The enum is for completion; the patterns allow what else the parser takes.
            json!({"anyOf": [
                {"enum": PLAIN_TYPES},
                {"type": "string", "pattern": format!("^\\s*({})\\s*$", plain_pattern.join("|"))},
                {"type": "string", "pattern": format!("^\\s*({nested_pattern})")},
            ]})
        }
        Kind::TimeZone => json!({"type": "string", "examples": ["UTC", "Europe/Berlin"]}),
        Kind::Words(words) => {
            let alternatives: Vec<Value> =
                words.iter().map(|(word, doc)| json!({"const": word, "description": doc})).collect();
            json!({"oneOf": alternatives})
        }
        Kind::Variable(inner) => {
            json!({"anyOf": [kind_schema(inner, definitions), {"type": "string", "pattern": "\\$\\{"}]})
        }
        Kind::List { items, min_items } => {
            let items = kind_schema(items, definitions);
            match min_items {
                0 => json!({"type": "array", "items": items}),
                _ => json!({"type": "array", "items": items, "minItems": min_items}),
            }
        }
        Kind::Map { values, min_entries } => {
            let values = kind_schema(values, definitions);
            match min_entries {
                0 => json!({"type": "object", "additionalProperties": values}),
                _ => json!({"type": "object", "additionalProperties": values, "minProperties": min_entries}),
            }
        }
        Kind::Mapping(shape) => {
            if !definitions.contains_key(shape.id) {
                // First a placeholder, which keeps the order of first use.
                definitions.insert(shape.id.to_string(), Value::Null);
                let schema = shape_schema(shape, definitions);
                definitions.insert(shape.id.to_string(), schema);
            }
            json!({"$ref": format!("#/$defs/{}", shape.id)})
        }
        Kind::AnyOf(kinds) => {
            let alternatives: Vec<Value> = kinds.iter().map(|kind| kind_schema(kind, definitions)).collect();
            json!({"anyOf": alternatives})
        }
    }
}

/// A pattern for a word in whatever case.
fn any_case(word: &str) -> String {
    let letter = |c: char| match c.is_ascii_lowercase() {
        true => format!("[{}{c}]", c.to_ascii_uppercase()),
        false => c.to_string(),
    };
    word.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE=1` rewrites the copy that editors use.
    #[test]
    fn the_copy_for_editors_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/specs/trueup.schema.json");
        let current = format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &current).unwrap();
        }
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        assert!(stored == current, "run the tests with UPDATE=1 and read the difference");
    }

    #[test]
    fn every_key_says_what_it_is_for() {
        fn walk(schema: &Value, n_keys: &mut usize) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                *n_keys += 1;
                assert!(property["description"].as_str().is_some_and(|doc| doc.ends_with('.')), "{name}");
            }
            for definition in schema["$defs"].as_object().into_iter().flat_map(Map::values) {
                assert_eq!(definition["additionalProperties"], json!(false));
                walk(definition, n_keys);
            }
        }
        let mut n_keys = 0;
        walk(&json_schema(), &mut n_keys);
        assert!(n_keys > 60, "{n_keys}");
    }
}
