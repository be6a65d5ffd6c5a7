//! Any text is a spec or has problems.

use proptest::prelude::*;

use super::*;

/// Parsing never panics, and every problem lies within the file.
fn holds_for(text: &str) {
    let Err(problems) = parse(text) else { return };
    assert!(!problems.list.is_empty());
    let _ = problems.to_string();
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in &problems.list {
        let span = problem.span.expect("every problem of a text has a place");
        let line = lines.get(span.line as usize - 1).unwrap_or_else(|| panic!("{problem:?}"));
        assert!((span.column + span.len) as usize <= line.chars().count() + 1, "{problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_spec_or_has_problems(text in "\\PC{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        holds_for(&text);
        holds_for(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn yaml_like_text_is_a_spec_or_has_problems(text in "([a-z]{1,2}|: |- |\\n|  |\\{|\\}|\\[|\\]|, |'|\"|\\||>|#|&a|\\*a|<<|\\\\|\\t|é|\r|!){0,60}") {
        holds_for(&text);
    }

    #[test]
    fn a_damaged_spec_has_problems_within_the_file(
        at in 0.0..1.0_f64, n_removed in 0_usize..40,
        inserted in "([a-z]{1,2}|: |- |\\n|  |\\{|\\}|\\[|\\]|, |'|\"|\\||>|#|\\$\\{|\\)|\\(|;|é|\t){0,3}",
    ) {
        let chars: Vec<char> = FLIGHTS.chars().collect();
        let start = (at * chars.len() as f64) as usize;
        let end = (start + n_removed).min(chars.len());
        let text: String = chars[..start].iter().copied().chain(inserted.chars()).chain(chars[end..].iter().copied()).collect();
        holds_for(&text);
    }
}
