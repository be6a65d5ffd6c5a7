//! Text on a line of limited width. Widths are columns of a terminal; what comes in is already escaped.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the columns that `text` takes. Never too few: a sequence that some terminals draw as one emoji counts as several.
pub fn width(text: &str) -> usize {
    text.width().max(text.chars().map(width_of).sum())
}

pub fn width_of(c: char) -> usize {
    c.width().unwrap_or(1)
}

/// Returns `text` within `max` columns, with `…` for what is left out of its middle.
pub fn clip(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    if max == 0 {
        return String::new();
    }
    let tail_max = (max - 1) / 2;
    let head = prefix(text.chars(), max - 1 - tail_max);
    let mut tail: Vec<char> = prefix(text.chars().rev(), tail_max).chars().collect();
    tail.reverse();
    // A combining mark that has lost its letter would join the dots.
    let tail = tail.into_iter().skip_while(|c| width_of(*c) == 0);
    let mut clipped = head;
    clipped.push('…');
    clipped.extend(tail);
    clipped
}

/// Returns as many characters as fit `max` columns.
fn prefix(chars: impl Iterator<Item = char>, max: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += width_of(*c);
            used <= max
        })
        .collect()
}

/// Returns `text` in lines of at most `max` columns, broken at blanks, or within a word that is longer than a line.
/// A percent sign stays with its number.
pub fn wrap(text: &str, max: usize) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    let mut start = 0;
    for (blank, _) in text.match_indices(' ').filter(|(blank, _)| !text[blank + 1..].starts_with('%')) {
        words.push(&text[start..blank]);
        start = blank + 1;
    }
    words.push(&text[start..]);
    fill(&words, max)
}

/// As [`wrap`], of words that may have blanks of their own and are only broken if they are longer than a line.
pub fn fill(words: &[impl AsRef<str>], max: usize) -> Vec<String> {
    let max = max.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.iter().map(AsRef::as_ref) {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= max {
            line.extend((gap > 0).then_some(' '));
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if width(&line) + width_of(c) > max {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns `text` with blanks after it, or before it, to `columns`.
pub fn pad_end(text: &str, columns: usize) -> String {
    format!("{text}{:1$}", "", columns.saturating_sub(width(text)))
}

pub fn pad_start(text: &str, columns: usize) -> String {
    format!("{:1$}{text}", "", columns.saturating_sub(width(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(clip("abcdefghij", 10), "abcdefghij");
        assert_eq!(clip("abcdefghijk", 10), "abcde…hijk");
        assert_eq!(clip("東京都東京都", 7), "東…都");
        assert_eq!(clip("abc", 1), "…");
    }

    #[test]
    fn lines_break_at_blanks_and_in_words_that_are_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefgh", 4), ["a", "abcd", "efgh"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn a_percent_sign_stays_with_its_number() {
        assert_eq!(wrap("rate 12 % of", 7), ["rate", "12 % of"]);
        assert_eq!(fill(&["a 1 %,", "b 2 %"], 8), ["a 1 %,", "b 2 %"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_limit(text in "\\PC{0,60}", max in 2usize..40) {
            prop_assert!(width(&clip(&text, max)) <= max);
            prop_assert!(wrap(&text, max).iter().all(|line| width(line) <= max));
        }
    }
}
