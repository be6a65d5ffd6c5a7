//! The encoder functions that models use, by their reference implementations.
//!
//! Each function repeats one named implementation bit for bit, because a feature that is encoded by almost the same
//! function is the very mistake that `trueup` looks for. What an encoder cannot mean is refused while the query is
//! planned, before any row is read.
//!
//! No I/O, and no state between batches.

mod bucketize;
mod catalog;
mod encoder;
mod farm;
mod hashes;
mod json_field;
mod scaling;
#[cfg(test)]
mod testing;
mod text;
mod vocabulary;
mod width;

use datafusion::prelude::SessionContext;

pub use catalog::{Function, FunctionKind, all_functions};
pub use encoder::Encoder;
pub use json_field::{JSON_FIELD, NO_OBJECT};
pub use width::{WIDENING, bounded_width};

/// Returns the encoders, in the order in which they are documented.
pub fn encoders() -> Vec<Encoder> {
    vec![
        vocabulary::ORDINAL,
        vocabulary::ONE_HOT,
        bucketize::BUCKETIZE,
        scaling::CLIP,
        scaling::ZSCORE,
        scaling::MINMAX,
        hashes::FARM_FINGERPRINT64,
        hashes::MURMUR3_32,
        hashes::XXHASH64,
        hashes::HASH_BUCKET,
        text::NFC,
        text::NFD,
        text::NFKC,
        text::NFKD,
        text::UNACCENT,
        text::URL_ENCODE,
        text::URL_DECODE,
        text::HTML_ESCAPE,
        text::HTML_UNESCAPE,
        text::JSON_QUOTE,
        text::JSON_UNQUOTE,
        text::MOJIBAKE,
        text::DEMOJIBAKE,
    ]
}

/// Returns all functions that a spec may call, by name and kind.
pub fn reference() -> Vec<Function> {
    let ctx = SessionContext::new();
    register(&ctx);
    all_functions(&ctx)
}

/// Registers the encoders, and `json_field`, as SQL functions of a session.
pub fn register(ctx: &SessionContext) {
    for encoder in encoders() {
        ctx.register_udf(encoder.into_udf());
    }
    ctx.register_udf(json_field::json_field());
}
