//! What two texts may differ in and still agree.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::spec::{CompareOptions, UnicodeForm};

/// Returns whether texts that differ can agree at all.
pub(super) fn is_lenient(options: &CompareOptions) -> bool {
    options.ignore_case || options.trim || options.collapse || options.unicode != UnicodeForm::None
}

/// Returns the form that texts have in common which agree: first the Unicode form, then case, then blanks.
///
/// Case is folded character by character, which is Unicode's full case folding but for a few rare letters. Blanks are what
/// Unicode calls white space. Inner blanks lie between two other characters; only `trim` removes outer ones.
pub(super) fn normal_form<'a>(text: &'a str, options: &CompareOptions) -> Cow<'a, str> {
    let mut form = unicode(Cow::Borrowed(text), options.unicode);
    if options.ignore_case {
        form = unicode(Cow::Owned(form.chars().flat_map(folded).collect()), options.unicode);
    }
    if options.trim {
        form = match form {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
        };
    }
    if options.collapse { Cow::Owned(collapsed(&form)) } else { form }
}

fn unicode(text: Cow<'_, str>, form: UnicodeForm) -> Cow<'_, str> {
    match form {
        UnicodeForm::None => text,
        UnicodeForm::Nfc | UnicodeForm::Nfkc if text.is_ascii() => text,
        UnicodeForm::Nfc => Cow::Owned(text.nfc().collect()),
        UnicodeForm::Nfkc => Cow::Owned(text.nfkc().collect()),
    }
}

/// Upper case first, so that ß is SS and both small sigmas are one letter; the dotless ı is no i.
fn folded(letter: char) -> impl Iterator<Item = char> {
    let upper = if letter == 'ı' { None } else { Some(letter.to_uppercase().flat_map(char::to_lowercase)) };
    let kept = upper.is_none().then_some(letter);
    upper.into_iter().flatten().chain(kept)
}

fn collapsed(text: &str) -> String {
    let core = text.trim();
    let start = text.len() - text.trim_start().len();
    let mut form = String::with_capacity(text.len());
    form.push_str(&text[..start]);
    let mut in_blanks = false;
    for letter in core.chars() {
        if letter.is_whitespace() {
            in_blanks = true;
            continue;
        }
        if std::mem::take(&mut in_blanks) {
            form.push(' ');
        }
        form.push(letter);
    }
    form.push_str(&text[start + core.len()..]);
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_forgives_one_thing() {
        let none = CompareOptions::default();
        let case = CompareOptions { ignore_case: true, ..none };
        let trim = CompareOptions { trim: true, ..none };
        let collapse = CompareOptions { collapse: true, ..none };
        let nfc = CompareOptions { unicode: UnicodeForm::Nfc, ..none };
        let nfkc = CompareOptions { unicode: UnicodeForm::Nfkc, ..none };
        let all = CompareOptions { ignore_case: true, trim: true, collapse: true, unicode: UnicodeForm::Nfkc, ..none };
        let cases = [
            ("Straße", "STRASSE", case, true),
            ("ΣΊΣΥΦΟΣ", "σίσυφος", case, true),
            ("ı", "i", case, false),
            (" a", "a", case, false),
            ("\u{a0}a\t", "a", trim, true),
            ("a  b", "a b", trim, false),
            ("a \t b", "a b", collapse, true),
            (" a", "a", collapse, false),
            ("  a", " a", collapse, false),
            ("   ", " ", collapse, false),
            ("e\u{301}", "é", nfc, true),
            ("ﬁ", "fi", nfc, false),
            ("ﬁ", "fi", nfkc, true),
            ("  E\u{301}TÉ \n x ", "été x", all, true),
            ("a", "A", none, false),
        ];
        for (first, second, options, wanted) in cases {
            assert_eq!(normal_form(first, &options) == normal_form(second, &options), wanted, "{first:?} {second:?}");
        }
    }
}
