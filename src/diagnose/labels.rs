//! Public lists of labels: the same things under several names.

/// Lists by name; a row has the names of one thing, each place one naming.
///
/// Sources: ISO 3166-1 (countries: alpha-2, alpha-3, English short name as commonly written), ISO 639-1 and 639-2
/// (languages), ISO 4217 (currencies: alphabetic and numeric), ISO 5218 (sex). Of countries, languages and currencies those
/// that data have most often.
pub const TABLES: &[(&str, &[&[&str]])] = &[
    ("countries", COUNTRIES),
    ("languages", LANGUAGES),
    ("currencies", CURRENCIES),
    ("sexes", &[&["M", "male", "Male", "1"], &["F", "female", "Female", "2"], &["U", "unknown", "Unknown", "0"]]),
    ("weekdays", WEEKDAYS),
    ("months", MONTHS),
];

const COUNTRIES: &[&[&str]] = &[
    &["AE", "ARE", "United Arab Emirates"],
    &["AR", "ARG", "Argentina"],
    &["AT", "AUT", "Austria"],
    &["AU", "AUS", "Australia"],
    &["BE", "BEL", "Belgium"],
    &["BG", "BGR", "Bulgaria"],
    &["BR", "BRA", "Brazil"],
    &["CA", "CAN", "Canada"],
    &["CH", "CHE", "Switzerland"],
    &["CL", "CHL", "Chile"],
    &["CN", "CHN", "China"],
    &["CO", "COL", "Colombia"],
    &["CZ", "CZE", "Czechia"],
    &["DE", "DEU", "Germany"],
    &["DK", "DNK", "Denmark"],
    &["EE", "EST", "Estonia"],
    &["EG", "EGY", "Egypt"],
    &["ES", "ESP", "Spain"],
    &["FI", "FIN", "Finland"],
    &["FR", "FRA", "France"],
    &["GB", "GBR", "United Kingdom"],
    &["GR", "GRC", "Greece"],
    &["HK", "HKG", "Hong Kong"],
    &["HR", "HRV", "Croatia"],
    &["HU", "HUN", "Hungary"],
    &["ID", "IDN", "Indonesia"],
    &["IE", "IRL", "Ireland"],
    &["IL", "ISR", "Israel"],
    &["IN", "IND", "India"],
    &["IT", "ITA", "Italy"],
    &["JP", "JPN", "Japan"],
    &["KE", "KEN", "Kenya"],
    &["KR", "KOR", "South Korea"],
    &["LT", "LTU", "Lithuania"],
    &["LU", "LUX", "Luxembourg"],
    &["LV", "LVA", "Latvia"],
    &["MX", "MEX", "Mexico"],
    &["MY", "MYS", "Malaysia"],
    &["NG", "NGA", "Nigeria"],
    &["NL", "NLD", "Netherlands"],
    &["NO", "NOR", "Norway"],
    &["NZ", "NZL", "New Zealand"],
    &["PE", "PER", "Peru"],
    &["PH", "PHL", "Philippines"],
    &["PL", "POL", "Poland"],
    &["PT", "PRT", "Portugal"],
    &["RO", "ROU", "Romania"],
    &["RS", "SRB", "Serbia"],
    &["RU", "RUS", "Russia"],
    &["SA", "SAU", "Saudi Arabia"],
    &["SE", "SWE", "Sweden"],
    &["SG", "SGP", "Singapore"],
    &["SI", "SVN", "Slovenia"],
    &["SK", "SVK", "Slovakia"],
    &["TH", "THA", "Thailand"],
    &["TR", "TUR", "Turkey"],
    &["TW", "TWN", "Taiwan"],
    &["UA", "UKR", "Ukraine"],
    &["US", "USA", "United States"],
    &["VN", "VNM", "Vietnam"],
    &["ZA", "ZAF", "South Africa"],
];

const LANGUAGES: &[&[&str]] = &[
    &["ar", "ara", "Arabic"],
    &["cs", "ces", "Czech"],
    &["da", "dan", "Danish"],
    &["de", "deu", "German"],
    &["el", "ell", "Greek"],
    &["en", "eng", "English"],
    &["es", "spa", "Spanish"],
    &["fi", "fin", "Finnish"],
    &["fr", "fra", "French"],
    &["he", "heb", "Hebrew"],
    &["hi", "hin", "Hindi"],
    &["hu", "hun", "Hungarian"],
    &["id", "ind", "Indonesian"],
    &["it", "ita", "Italian"],
    &["ja", "jpn", "Japanese"],
    &["ko", "kor", "Korean"],
    &["nl", "nld", "Dutch"],
    &["no", "nor", "Norwegian"],
    &["pl", "pol", "Polish"],
    &["pt", "por", "Portuguese"],
    &["ro", "ron", "Romanian"],
    &["ru", "rus", "Russian"],
    &["sv", "swe", "Swedish"],
    &["th", "tha", "Thai"],
    &["tr", "tur", "Turkish"],
    &["uk", "ukr", "Ukrainian"],
    &["vi", "vie", "Vietnamese"],
    &["zh", "zho", "Chinese"],
];

const CURRENCIES: &[&[&str]] = &[
    &["AUD", "036"],
    &["BRL", "986"],
    &["CAD", "124"],
    &["CHF", "756"],
    &["CNY", "156"],
    &["CZK", "203"],
    &["DKK", "208"],
    &["EUR", "978"],
    &["GBP", "826"],
    &["HKD", "344"],
    &["HUF", "348"],
    &["INR", "356"],
    &["JPY", "392"],
    &["KRW", "410"],
    &["KWD", "414"],
    &["MXN", "484"],
    &["NOK", "578"],
    &["PLN", "985"],
    &["SEK", "752"],
    &["SGD", "702"],
    &["TRY", "949"],
    &["USD", "840"],
    &["ZAR", "710"],
];

const WEEKDAYS: &[&[&str]] = &[
    &["Monday", "Mon", "MON", "monday"],
    &["Tuesday", "Tue", "TUE", "tuesday"],
    &["Wednesday", "Wed", "WED", "wednesday"],
    &["Thursday", "Thu", "THU", "thursday"],
    &["Friday", "Fri", "FRI", "friday"],
    &["Saturday", "Sat", "SAT", "saturday"],
    &["Sunday", "Sun", "SUN", "sunday"],
];

const MONTHS: &[&[&str]] = &[
    &["January", "Jan", "01"],
    &["February", "Feb", "02"],
    &["March", "Mar", "03"],
    &["April", "Apr", "04"],
    &["May", "May", "05"],
    &["June", "Jun", "06"],
    &["July", "Jul", "07"],
    &["August", "Aug", "08"],
    &["September", "Sep", "09"],
    &["October", "Oct", "10"],
    &["November", "Nov", "11"],
    &["December", "Dec", "12"],
];

/// Whether one text is the other in hex digits or in base64 without padding, as SQL's `encode` writes them.
pub fn is_encoded(encoding: &str, text: &str, encoded: &str) -> bool {
    match encoding {
        "hex" => {
            encoded.len() == 2 * text.len()
                && !text.is_empty()
                && text.bytes().zip(encoded.as_bytes().chunks(2)).all(|(byte, digits)| {
                    std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
                        == Some(byte)
                })
        }
        _ => !text.is_empty() && base64(text.as_bytes()) == encoded.trim_end_matches('='),
    }
}

/// Source: RFC 4648, section 4, without padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_the_standard() {
        // Source: the test vectors of RFC 4648, section 10.
        for (text, encoded) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert!(is_encoded("base64", text, encoded), "{text}");
        }
        assert!(is_encoded("hex", "foobar", "666f6f626172"));
        assert!(!is_encoded("hex", "foobar", "666f6f626173"));
    }

    #[test]
    fn the_rows_of_a_list_have_as_many_names() {
        for (name, rows) in TABLES {
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{name}");
        }
    }
}
