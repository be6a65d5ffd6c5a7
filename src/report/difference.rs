//! Where two texts differ, as one line each.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::escape::push_quoted;
use super::layout::{clip, width};

/// Longer stretches are marked as a whole: a character diff of them would say nothing, slowly.
const MAX_DIFF_CHARS: usize = 400;

/// A character as shown, and whether only its own text has it.
type Piece = (String, bool);

/// Returns two different texts in quotes, each within `max` columns around the first difference, with `⟦…⟧` around what
/// differs. Texts that have little in common bear no marks.
pub fn quoted(offline: &str, online: &str, max: usize) -> [String; 2] {
    mark(offline, online, max, true)
}

/// As [`quoted`], of what is shown already and not in quotes.
pub fn plain(offline: &str, online: &str, max: usize) -> [String; 2] {
    mark(offline, online, max, false)
}

fn mark(offline: &str, online: &str, max: usize, quotes: bool) -> [String; 2] {
    let chars: [Vec<char>; 2] = [offline.chars().collect(), online.chars().collect()];
    let same = |(a, b): &(&char, &char)| a == b;
    let head = chars[0].iter().zip(&chars[1]).take_while(same).count();
    let rest = [&chars[0][head..], &chars[1][head..]];
    let tail = rest[0].iter().rev().zip(rest[1].iter().rev()).take_while(same).count();
    let middle = rest.map(|rest| &rest[..rest.len() - tail]);

    let mut marks = chars.each_ref().map(|chars| vec![false; chars.len()]);
    if middle.iter().any(|middle| middle.len() > MAX_DIFF_CHARS) {
        for (marks, middle) in marks.iter_mut().zip(middle) {
            marks[head..head + middle.len()].fill(true);
        }
    } else {
        for op in capture_diff_slices(Algorithm::Myers, middle[0], middle[1]) {
            if matches!(op, DiffOp::Equal { .. }) {
                continue;
            }
            let (_, first, second) = op.as_tag_tuple();
            marks[0][head + first.start..head + first.end].fill(true);
            marks[1][head + second.start..head + second.end].fill(true);
        }
    }
    let n_marked = marks.iter().flatten().filter(|marked| **marked).count();
    let n_chars = chars[0].len() + chars[1].len();
    let telling = n_marked * 3 <= n_chars * 2;

    let [first, second] = chars;
    let [first_marks, second_marks] = marks;
    [(first, first_marks), (second, second_marks)].map(|(chars, marks)| {
        let quote = quotes.then(|| ("\"".to_owned(), false));
        let mut pieces: Vec<Piece> = quote.clone().into_iter().collect();
        for (c, marked) in chars.into_iter().zip(marks) {
            let mut shown = String::new();
            if quotes {
                push_quoted(&mut shown, c)
            } else {
                shown.push(c)
            }
            // A combining mark that only one side has would look the same as the composed letter.
            if marked && width(&shown) == 0 {
                shown = c.escape_default().collect();
            }
            pieces.push((shown, marked && telling));
        }
        pieces.extend(quote);
        fit(&pieces, head + usize::from(quotes), max)
    })
}

/// Returns as much around `anchor` as fits `max` columns together with its marks.
fn fit(pieces: &[Piece], anchor: usize, max: usize) -> String {
    let mut room = max;
    loop {
        let shown = bracketed(&window(pieces, anchor, room));
        let excess = width(&shown).saturating_sub(max);
        if excess == 0 {
            return shown;
        }
        if room <= max / 2 {
            // Marks all over: without them.
            let unmarked: Vec<Piece> = pieces.iter().map(|(shown, _)| (shown.clone(), false)).collect();
            return clip(&bracketed(&window(&unmarked, anchor, max)), max);
        }
        room -= 1;
    }
}

/// Returns the text with its marks inside it.
fn bracketed(pieces: &[Piece]) -> String {
    let mut text = String::new();
    let mut inside = false;
    for (shown, marked) in pieces {
        if *marked != inside {
            text.push(if *marked { '⟦' } else { '⟧' });
            inside = *marked;
        }
        text.push_str(shown);
    }
    if inside {
        text.push('⟧');
    }
    text
}

/// Returns the pieces around `anchor` that fit `max` columns, with `…` where some are left out.
fn window(pieces: &[Piece], anchor: usize, max: usize) -> Vec<Piece> {
    let widths: Vec<usize> = pieces.iter().map(|(shown, _)| width(shown)).collect();
    if widths.iter().sum::<usize>() <= max {
        return pieces.to_vec();
    }
    let dots = || ("…".to_owned(), false);
    let mut start = anchor.min(pieces.len());
    let mut used = 0;
    while start > 0 && used + widths[start - 1] <= max / 3 {
        start -= 1;
        used += widths[start];
    }
    used = usize::from(start > 0);
    let mut end = start;
    while end < pieces.len() && used + widths[end] < max {
        used += widths[end];
        end += 1;
    }
    let cut = end < pieces.len();
    let mut shown: Vec<Piece> = (start > 0).then(dots).into_iter().collect();
    shown.extend_from_slice(&pieces[start..end]);
    shown.extend(cut.then(dots));
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(offline: &str, online: &str) -> [String; 2] {
        quoted(offline, online, 40)
    }

    #[test]
    fn the_letters_that_differ_are_marked() {
        assert_eq!(shown("München", "Munchen"), ["\"M⟦ü⟧nchen\"", "\"M⟦u⟧nchen\""]);
        assert_eq!(shown("DE", "DE "), ["\"DE\"", "\"DE⟦ ⟧\""]);
        assert_eq!(shown("a\u{a0}b", "a b"), ["\"a⟦\\u{a0}⟧b\"", "\"a⟦ ⟧b\""]);
        assert_eq!(shown("DE", "FR"), ["\"DE\"", "\"FR\""]);
    }

    #[test]
    fn the_same_letter_in_two_spellings_can_be_told() {
        assert_eq!(shown("Zürich", "Zu\u{308}rich"), ["\"Z⟦ü⟧rich\"", "\"Z⟦u\\u{308}⟧rich\""]);
    }

    #[test]
    fn a_long_text_is_shown_around_the_difference() {
        let [offline, online] = quoted(&"x".repeat(100), &format!("{}y{}", "x".repeat(60), "x".repeat(39)), 20);
        assert_eq!(offline, "…xxxxxx⟦x⟧xxxxxxxxx…");
        assert_eq!(online, "…xxxxxx⟦y⟧xxxxxxxxx…");
        assert_eq!(plain("[1,2,3]", "[1,3,3]", 20), ["[1,⟦2⟧,3]", "[1,⟦3⟧,3]"]);
    }

    proptest! {
        #[test]
        fn a_marked_text_fits(offline in "\\PC{0,50}", online in "\\PC{0,50}", max in 12usize..60) {
            for marked in quoted(&offline, &online, max) {
                prop_assert!(width(&marked) <= max);
            }
        }
    }
}
