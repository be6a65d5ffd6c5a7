//! Unicode's normal forms, and letters without their accents.

use std::borrow::Cow;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick,
};

/// Returns a text in normalization form C: a letter and its accent are one character where there is one.
pub fn nfc(text: &str) -> Cow<'_, str> {
    normalized(text, |text| is_nfc_quick(text.chars()), |text| text.nfc().collect())
}

/// Returns a text in normalization form D: a letter and its accents are characters of their own.
pub fn nfd(text: &str) -> Cow<'_, str> {
    normalized(text, |text| is_nfd_quick(text.chars()), |text| text.nfd().collect())
}

/// Returns a text in normalization form KC: as form C, and variants such as ﬁ, ² and full width as what they vary.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    normalized(text, |text| is_nfkc_quick(text.chars()), |text| text.nfkc().collect())
}

/// Returns a text in normalization form KD: as form D, and variants such as ﬁ, ² and full width as what they vary.
pub fn nfkd(text: &str) -> Cow<'_, str> {
    normalized(text, |text| is_nfkd_quick(text.chars()), |text| text.nfkd().collect())
}

/// Returns a text without combining marks, those that form D splits off included; what is left is in form C.
///
/// A combining mark has a combining class other than 0. Letters that do not split (ø, ß, ł, æ) stay.
pub fn unaccented(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // Back to form C: Hangul syllables are split in form D, and have no marks.
    Cow::Owned(text.nfd().filter(|letter| canonical_combining_class(*letter) == 0).nfc().collect())
}

fn normalized(text: &str, check: fn(&str) -> IsNormalized, normalize: fn(&str) -> String) -> Cow<'_, str> {
    if text.is_ascii() || check(text) == IsNormalized::Yes { Cow::Borrowed(text) } else { Cow::Owned(normalize(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_letters_stay() {
        assert_eq!(unaccented("M\u{e1}laga \u{1ec7}"), "Malaga e");
        assert_eq!(unaccented("\u{f8}\u{df}\u{142}\u{e6}"), "\u{f8}\u{df}\u{142}\u{e6}");
        assert_eq!(unaccented("\u{d55c}"), "\u{d55c}");
    }
}
