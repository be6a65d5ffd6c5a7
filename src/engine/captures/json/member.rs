//! One value of an object that is held as text.

use std::borrow::Cow;

use super::syntax::validate;
use super::walk::{Entries, unescape};

/// What should have had a member is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoObject;

/// Returns what stands at a path of names in an object, as a field of several kinds has it: of a string the text, of any
/// other value its JSON. None where it is null, or it or anything on the way to it is absent or null.
///
/// Of a repeated name the last value counts, as everywhere in this module.
///
/// # Errors
/// [`NoObject`] if the text, or a value on the way, is no JSON object.
pub fn member<'a, 'p>(
    text: &'a str,
    path: impl IntoIterator<Item = &'p str>,
) -> Result<Option<Cow<'a, str>>, NoObject> {
    validate(text).map_err(|_| NoObject)?;
    let mut value = text.trim_ascii();
    for name in path {
        if !value.starts_with('{') {
            return Err(NoObject);
        }
        let found = Entries::new(value).filter(|(raw_name, _)| unescape(raw_name) == name).last();
        match found.and_then(|(_, range)| value.get(range)) {
            None | Some("null") => return Ok(None),
            Some(found) => value = found,
        }
    }
    Ok(Some(match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) => unescape(text),
        None => Cow::Borrowed(value),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_as_the_file_has_it() {
        let text = r#" {"n": 1.50, "s": "a\n\u00e9", "o": {"x.y": [1, {"z":2}], "n": null}, "\u0061": true, "n": 2e1, "e": ""} "#;
        for (path, expected) in [
            (&["n"][..], Ok(Some("2e1"))),
            (&["s"], Ok(Some("a\né"))),
            (&["e"], Ok(Some(""))),
            (&["a"], Ok(Some("true"))),
            (&["o"], Ok(Some(r#"{"x.y": [1, {"z":2}], "n": null}"#))),
            (&["o", "x.y"], Ok(Some(r#"[1, {"z":2}]"#))),
            (&["o", "n"], Ok(None)),
            (&["o", "n", "x"], Ok(None)),
            (&["o", "absent", "x"], Ok(None)),
            (&["absent"], Ok(None)),
            (&["n", "x"], Err(NoObject)),
            (&["s", "x"], Err(NoObject)),
            (&["o", "x.y", "z"], Err(NoObject)),
        ] {
            assert_eq!(
                member(text, path.iter().copied()).map(|found| found.as_deref().map(str::to_owned)),
                expected.map(|found: Option<&str>| found.map(str::to_owned)),
                "{path:?}"
            );
        }
        for text in ["timeout", "5", "[{\"n\": 1}]", "null", "", "{\"n\": 1", "{\"n\": 1} x", "\"{}\""] {
            assert_eq!(member(text, ["n"]), Err(NoObject), "{text}");
        }
    }
}
