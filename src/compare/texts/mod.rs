//! What programs do to a text on its way: normal forms, escapes, and bytes read in the wrong encoding.
//!
//! Pure and total: a text that cannot be decoded stays as it is. Detectors recognise with these functions, and the
//! engine repairs with the same ones.

mod charset;
mod escape;
mod normal;

pub use charset::Charset;
pub use escape::{html_escaped, html_unescaped, json_quoted, json_unquoted, url_decoded, url_encoded};
pub use normal::{nfc, nfd, nfkc, nfkd, unaccented};
