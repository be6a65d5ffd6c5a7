//! Bytes read in the wrong encoding.

use std::sync::LazyLock;

use encoding_rs::Encoding;

/// An encoding of one byte a character, in which UTF-8 has been read by mistake.
#[derive(Debug)]
pub struct Charset {
    /// `windows-1252`: the name that SQL and reports have.
    pub name: &'static str,
    /// The characters of the bytes from 128 on; those below are ASCII.
    upper: [Option<char>; 128],
    /// The same by character.
    bytes: Vec<(char, u8)>,
}

/// Names that other programs have for these encodings.
const ALIASES: &[(&str, &str)] = &[
    ("cp1250", "windows-1250"),
    ("cp1251", "windows-1251"),
    ("cp1252", "windows-1252"),
    ("cp1253", "windows-1253"),
    ("cp1254", "windows-1254"),
    ("cp1257", "windows-1257"),
    ("cp437", "ibm437"),
    ("latin-1", "iso-8859-1"),
    ("latin1", "iso-8859-1"),
    ("macroman", "macintosh"),
];

/// Source: the mapping table CP437.TXT of the Unicode Consortium.
const IBM437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

static CHARSETS: LazyLock<Vec<Charset>> = LazyLock::new(|| {
    vec![
        Charset::standard("windows-1252", encoding_rs::WINDOWS_1252),
        Charset::new("iso-8859-1", |byte| Some(char::from(byte))),
        Charset::standard("windows-1250", encoding_rs::WINDOWS_1250),
        Charset::standard("windows-1251", encoding_rs::WINDOWS_1251),
        Charset::standard("windows-1253", encoding_rs::WINDOWS_1253),
        Charset::standard("windows-1254", encoding_rs::WINDOWS_1254),
        Charset::standard("windows-1257", encoding_rs::WINDOWS_1257),
        Charset::standard("iso-8859-2", encoding_rs::ISO_8859_2),
        Charset::standard("macintosh", encoding_rs::MACINTOSH),
        Charset::new("ibm437", |byte| IBM437.chars().nth(usize::from(byte).checked_sub(128)?)),
    ]
});

impl Charset {
    /// Returns all, the most usual first.
    pub fn all() -> &'static [Self] {
        &CHARSETS
    }

    /// Returns the encoding of a name, in any case; also by names such as `cp1252` and `latin-1`.
    pub fn named(name: &str) -> Option<&'static Self> {
        let name = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map_or(name, |(_, name)| name);
        Self::all().iter().find(|charset| charset.name.eq_ignore_ascii_case(name))
    }

    /// Returns what a text looks like whose UTF-8 bytes are read in this encoding.
    ///
    /// A byte that stands for no character becomes U+FFFD, as decoders do it.
    pub fn garbled(&self, text: &str) -> String {
        text.bytes()
            .map(|byte| match usize::from(byte).checked_sub(128) {
                None => char::from(byte),
                Some(idx) => self.upper.get(idx).copied().flatten().unwrap_or(char::REPLACEMENT_CHARACTER),
            })
            .collect()
    }

    /// Returns the text whose UTF-8 bytes look like this in the encoding; none if there is no such text.
    pub fn restored(&self, text: &str) -> Option<String> {
        let bytes: Option<Vec<u8>> = text
            .chars()
            .map(|letter| {
                if letter.is_ascii() {
                    return u8::try_from(letter).ok();
                }
                let idx = self.bytes.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
                self.bytes.get(idx).map(|(_, byte)| *byte)
            })
            .collect();
        String::from_utf8(bytes?).ok()
    }

    /// By the Encoding Standard, which leaves no byte of most of them without a character.
    fn standard(name: &'static str, encoding: &'static Encoding) -> Self {
        Self::new(name, |byte| encoding.decode_without_bom_handling_and_without_replacement(&[byte])?.chars().next())
    }

    fn new(name: &'static str, letter: impl Fn(u8) -> Option<char>) -> Self {
        let mut upper = [None; 128];
        let mut bytes = Vec::new();
        for (slot, byte) in upper.iter_mut().zip(128..=255) {
            *slot = letter(byte);
            bytes.extend(slot.map(|letter| (letter, byte)));
        }
        bytes.sort_unstable();
        Self { name, upper, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: `'…'.encode().decode(name)` of Python 3.
    #[test]
    fn reads_utf8_in_each_encoding() {
        for (name, text, garbled) in [
            ("windows-1252", "G\u{fc}nther \u{20ac}", "G\u{c3}\u{bc}nther \u{e2}\u{201a}\u{ac}"),
            ("latin-1", "\u{20ac}", "\u{e2}\u{82}\u{ac}"),
            ("CP1251", "\u{fc}", "\u{413}\u{458}"),
            ("macroman", "\u{fc}", "\u{221a}\u{ba}"),
            ("cp437", "\u{fc}", "\u{251c}\u{255d}"),
            ("iso-8859-2", "\u{fc}", "\u{102}\u{17a}"),
        ] {
            let charset = Charset::named(name).expect("a known encoding");
            assert_eq!(charset.garbled(text), garbled, "{name}");
            assert_eq!(charset.restored(garbled).as_deref(), Some(text), "{name}");
        }
    }

    #[test]
    fn what_is_no_mistake_has_no_other_text() {
        let charset = Charset::named("windows-1252").expect("a known encoding");
        assert_eq!(charset.restored("G\u{fc}nther"), None);
        assert_eq!(charset.restored("\u{4e2d}"), None);
        assert_eq!(charset.restored("plain").as_deref(), Some("plain"));
    }

    #[test]
    fn every_byte_has_a_place_of_its_own() {
        for charset in Charset::all() {
            let letters: std::collections::BTreeSet<char> = charset.upper.iter().flatten().copied().collect();
            assert_eq!(letters.len(), charset.upper.iter().flatten().count(), "{}", charset.name);
            assert!(letters.len() > 120, "{}", charset.name);
        }
    }
}
