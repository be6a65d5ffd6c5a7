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
pub fn wrap(text: &str, max: usize) -> Vec<String> {
    let max = max.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) > max && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
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

/// Returns `items` separated by commas in one line of at most `max` columns; what does not fit is `and n more`.
pub fn list(items: &[String], max: usize) -> String {
    let all = items.join(", ");
    if width(&all) <= max {
        return all;
    }
    let mut line = String::new();
    for (idx, item) in items.iter().enumerate() {
        let more = format!(" and {} more", items.len() - idx - 1);
        let gap = if idx == 0 { "" } else { ", " };
        // One very long name must not hide that there are names.
        let item = clip(item, max.saturating_sub(width(&more)).clamp(1, 40));
        if width(&line) + gap.len() + width(&item) + width(&more) > max {
            return format!("{line} and {} more", items.len() - idx);
        }
        line = line + gap + &item;
    }
    line
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
    fn a_list_says_how_many_it_leaves_out() {
        let items: Vec<String> = ["alpha", "beta", "gamma"].map(String::from).to_vec();
        assert_eq!(list(&items, 18), "alpha, beta, gamma");
        assert_eq!(list(&items, 17), "alpha and 2 more");
        assert_eq!(list(&items[..2], 11), "alpha, beta");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_limit(text in "\\PC{0,60}", max in 2usize..40) {
            prop_assert!(width(&clip(&text, max)) <= max);
            prop_assert!(wrap(&text, max).iter().all(|line| width(line) <= max));
        }
    }
}
