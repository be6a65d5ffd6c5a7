//! Encoders by a hash of bytes: `farm_fingerprint64`, `murmur3_32`, `xxhash64`, `hash_bucket`.
//!
//! Text is hashed as its UTF-8 bytes. Numbers are refused, integers too: BigQuery takes none, scikit-learn hashes
//! their four bytes and Keras their decimal text, so that the spec has to say which.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;
use twox_hash::XxHash64;

use super::encoder::{Encoder, constant, plain, refuse, scalar, varying};
use super::farm::fingerprint64;
use super::text::views;

pub(super) const FARM_FINGERPRINT64: Encoder = Encoder {
    name: "farm_fingerprint64",
    signature: "farm_fingerprint64(x)",
    summary: "Returns the FarmHash fingerprint of text (as UTF-8) or binary as int64; null if x is null.",
    reference: "farmhash::Fingerprint64 of Google's FarmHash, as BigQuery's FARM_FINGERPRINT returns it: its 64 bits \
                as a signed integer.",
    example: "farm_fingerprint64('checkout')",
    example_result: "6265684965573656504",
    arguments: &[varying("x")],
    result_type: |types| require_bytes(types).map(|()| DataType::Int64),
    check: |_| Ok(()),
    evaluate: |args, n_rows| hash_rows::<Int64Type>(args, n_rows, |bytes| fingerprint64(bytes).cast_signed()),
};

pub(super) const MURMUR3_32: Encoder = Encoder {
    name: "murmur3_32",
    signature: "murmur3_32(x, seed)",
    summary: "Returns MurmurHash3 (x86, 32 bits) of text (as UTF-8) or binary: a signed 32-bit value, as int64 so \
              that abs() cannot overflow; null if x is null. The seed is a constant from 0 to 4294967295.",
    reference: "sklearn.utils.murmurhash3_32(x, seed, positive=False) of scikit-learn for text and bytes, and \
                mmh3.hash(x, seed). For the unsigned value write `murmur3_32(x, seed) & 4294967295`.",
    example: "murmur3_32('checkout', 42)",
    example_result: "1624058576",
    arguments: &[varying("x"), constant("seed")],
    result_type: |types| require_bytes(types).map(|()| DataType::Int64),
    check: |constants| seed(constants.get(1).copied().flatten(), u32::MAX.into()).map(|_| ()),
    evaluate: |args, n_rows| {
        let seed = u32::try_from(seed_of(args, u32::MAX.into())?).unwrap_or(u32::MAX);
        hash_rows::<Int64Type>(args, n_rows, |bytes| murmur3(bytes, seed).cast_signed().into())
    },
};

pub(super) const XXHASH64: Encoder = Encoder {
    name: "xxhash64",
    signature: "xxhash64(x, seed)",
    summary: "Returns XXH64 of text (as UTF-8) or binary as uint64; null if x is null. The seed is a constant from 0 \
              to 18446744073709551615.",
    reference: "xxhash.xxh64(x, seed).intdigest() of python-xxhash, that is XXH64 of the reference implementation. \
                Libraries without unsigned integers give the same 64 bits as a signed one.",
    example: "xxhash64('checkout', 0)",
    example_result: "3847713120254011805",
    arguments: &[varying("x"), constant("seed")],
    result_type: |types| require_bytes(types).map(|()| DataType::UInt64),
    check: |constants| seed(constants.get(1).copied().flatten(), u64::MAX).map(|_| ()),
    evaluate: |args, n_rows| {
        let seed = seed_of(args, u64::MAX)?;
        hash_rows::<UInt64Type>(args, n_rows, |bytes| XxHash64::oneshot(seed, bytes))
    },
};

pub(super) const HASH_BUCKET: Encoder = Encoder {
    name: "hash_bucket",
    signature: "hash_bucket(x, n, 'farm'|'murmur3'|'xxhash64')",
    summary: "Returns the unsigned hash of text (as UTF-8) or binary modulo n, as int64 from 0 to n - 1; null if x is \
              null. n and the name of the hash are constants; the seed is 0.",
    reference: "With 'farm', tf.strings.to_hash_bucket_fast(x, n) of TensorFlow, and the Keras layer Hashing without \
                salt and mask_value, for text. With 'murmur3', mmh3.hash(x, 0, signed=False) % n; with 'xxhash64', \
                xxhash.xxh64(x).intdigest() % n. scikit-learn's FeatureHasher differs: it takes the absolute value, \
                abs(murmur3_32(x, 0)) % n.",
    example: "hash_bucket('TensorFlow', 3, 'farm')",
    example_result: "2",
    arguments: &[varying("x"), constant("n"), constant("hash")],
    result_type: |types| require_bytes(types).map(|()| DataType::Int64),
    check: |constants| {
        let [_, n, hash] = constants else { return refuse("takes 3 arguments") };
        n.map(n_buckets).transpose()?;
        hash.map(hash_of).transpose()?;
        Ok(())
    },
    evaluate: |args, n_rows| {
        let [_, n, hash] = args else { return refuse("takes 3 arguments") };
        let (n, hash) = (n_buckets(scalar(n)?)?, hash_of(scalar(hash)?)?);
        // A remainder of a positive int64 is one, too.
        hash_rows::<Int64Type>(args, n_rows, |bytes| (hash(bytes) % n).cast_signed())
    },
};

/// Returns MurmurHash3_x86_32 of some bytes.
fn murmur3(mut bytes: &[u8], seed: u32) -> u32 {
    murmur3::murmur3_32(&mut bytes, seed).expect("reading from memory cannot fail")
}

fn hash_rows<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    n_rows: usize,
    hash: impl Fn(&[u8]) -> T::Native,
) -> Result<ArrayRef> {
    let [x, ..] = args else { return refuse("takes an argument") };
    let x = x.to_array(n_rows)?;
    let hashes: PrimitiveArray<T> = bytes(&x)?.iter().map(|value| value.map(&hash)).collect();
    Ok(Arc::new(hashes))
}

fn bytes(array: &ArrayRef) -> Result<BinaryViewArray> {
    match plain(array.data_type()) {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(views(array)?.to_binary_view()),
        values => {
            let array = cast(array, values)?;
            Ok(cast(&array, &DataType::BinaryView)?.as_binary_view().clone())
        }
    }
}

fn require_bytes(types: &[DataType]) -> Result<()> {
    match types.first().map(plain) {
        Some(
            DataType::Null
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_),
        ) => Ok(()),
        Some(other) => refuse(format!(
            "x is text or binary, not {other}, whose bytes depend on who writes it: \
             write the text that the model hashes, as `CAST(x AS VARCHAR)`, or its binary form"
        )),
        None => refuse("takes an argument"),
    }
}

fn seed_of(args: &[ColumnarValue], max: u64) -> Result<u64> {
    let [_, value] = args else { return refuse("takes 2 arguments") };
    seed(Some(scalar(value)?), max)
}

/// Returns a seed from 0 to `max`; 0 if it is not known yet.
fn seed(value: Option<&ScalarValue>, max: u64) -> Result<u64> {
    let Some(value) = value else { return Ok(0) };
    match integer(value).and_then(|seed| u64::try_from(seed).ok()).filter(|seed| *seed <= max) {
        Some(seed) => Ok(seed),
        None => refuse(format!("seed is an integer from 0 to {max}, not `{}`", escape(value))),
    }
}

fn n_buckets(value: &ScalarValue) -> Result<u64> {
    match integer(value).and_then(|n| i64::try_from(n).ok()).filter(|n| *n > 0) {
        Some(n) => Ok(n.unsigned_abs()),
        None => refuse(format!("n is an integer above 0, not `{}`", escape(value))),
    }
}

fn hash_of(name: &ScalarValue) -> Result<fn(&[u8]) -> u64> {
    match name.try_as_str().flatten() {
        Some("farm") => Ok(fingerprint64),
        Some("murmur3") => Ok(|bytes| murmur3(bytes, 0).into()),
        Some("xxhash64") => Ok(|bytes| XxHash64::oneshot(0, bytes)),
        _ => refuse(format!("the hash is 'farm', 'murmur3' or 'xxhash64', not `{}`", escape(name))),
    }
}

/// Returns the value of an integer of any type.
fn integer(value: &ScalarValue) -> Option<i128> {
    if !value.data_type().is_integer() {
        return None;
    }
    match value.cast_to(&DataType::Decimal128(38, 0)) {
        Ok(ScalarValue::Decimal128(value, ..)) => value,
        _ => None,
    }
}

fn escape(value: &ScalarValue) -> String {
    value.to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BinaryArray, DictionaryArray, FixedSizeBinaryArray, LargeStringArray, StringArray, StringViewArray,
    };
    use arrow::datatypes::Int32Type;

    use super::super::testing::{column, error, values};
    use super::*;

    /// `bytes((i*i*7 + i*31 + 129) % 256 for i in range(400))`.
    fn data() -> Vec<u8> {
        (0u64..400).map(|i| ((i * i * 7 + i * 31 + 129) % 256) as u8).collect()
    }

    /// The hashes of all lengths under 400, folded as FNV-1 does.
    fn fold(hash: impl Fn(&[u8]) -> u64) -> u64 {
        (0..400).fold(0, |fold: u64, len| fold.wrapping_mul(0x100_0000_01b3) ^ hash(&data()[..len]))
    }

    /// Vectors: `mmh3.hash` of the PyPI package mmh3 5.3.1; `sklearn.utils.murmurhash3_32` of scikit-learn 1.9.1
    /// agreed with it for all these lengths and seeds. The bytes are mostly above 0x7f.
    #[test]
    fn murmur3_repeats_the_original_for_every_length_and_seed() {
        let vectors = [
            (0, 0, 0),
            (1, 0, 1_776_355_184),
            (2, 0, -1_559_196_768),
            (3, 0, 1_678_473_082),
            (4, 0, 681_566_305),
            (5, 42, 1_264_756_206),
            (6, 42, 2_108_577_825),
            (7, 42, -119_588_860),
            (8, 42, 1_265_155_636),
            (9, u32::MAX, -576_785_318),
            (10, u32::MAX, -1_363_173_319),
            (11, u32::MAX, 914_823_435),
            (12, u32::MAX, -2_062_399_430),
        ];
        for (len, seed, hash) in vectors {
            assert_eq!(murmur3(&data()[..len], seed).cast_signed(), hash, "at {len} bytes, seed {seed}");
        }
        assert_eq!(fold(|bytes| murmur3(bytes, 0).into()), 0x7a36_935d_0d6a_9cb8);
        assert_eq!(fold(|bytes| murmur3(bytes, 42).into()), 0xaf34_be9c_d98c_8f59);
        assert_eq!(fold(|bytes| murmur3(bytes, u32::MAX).into()), 0x8e7c_b182_1d4c_4f7b);
    }

    /// Vectors: `xxhash.xxh64(..).intdigest()` of the PyPI package xxhash 4.1.0.
    #[test]
    fn xxhash64_repeats_the_original_for_every_length_and_seed() {
        let vectors = [
            (0, 0, 0xef46_db37_51d8_e999),
            (1, 42, 0x4786_20df_5735_ac94),
            (7, 0, 0xab0f_1d64_cd00_a39f),
            (31, 0, 0x2791_3d49_9767_d22f),
            (32, 0, 0xdadc_253e_745f_b45c),
            (33, 42, 0x1743_f970_9d39_a20d),
            (100, 42, 0x27a4_788e_5730_78c5),
        ];
        for (len, seed, hash) in vectors {
            assert_eq!(XxHash64::oneshot(seed, &data()[..len]), hash, "at {len} bytes, seed {seed}");
        }
        assert_eq!(fold(|bytes| XxHash64::oneshot(0, bytes)), 0x864f_56c1_8445_9928);
        assert_eq!(fold(|bytes| XxHash64::oneshot(42, bytes)), 0x1a5a_7d61_0dec_243a);
        assert_eq!(fold(|bytes| XxHash64::oneshot(u64::MAX, bytes)), 0xb3d6_26a5_3f98_7013);
    }

    /// pyfarmhash 0.5.1, mmh3 5.3.1 and xxhash 4.1.0 over `'café'.encode()`.
    #[tokio::test]
    async fn every_encoding_of_text_and_bytes_gives_the_same_hash() {
        let texts = [Some("caf\u{e9}"), None, Some("")];
        let bytes = texts.map(|text| text.map(str::as_bytes));
        let encodings: [ArrayRef; 6] = [
            Arc::new(StringArray::from_iter(texts)),
            Arc::new(LargeStringArray::from_iter(texts)),
            Arc::new(StringViewArray::from_iter(texts)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(texts)),
            Arc::new(BinaryArray::from_iter(bytes)),
            Arc::new(BinaryViewArray::from_iter(bytes)),
        ];
        for x in encodings {
            let hashed = |expr| column(expr, Arc::clone(&x));
            let farm = ["-7067366390843196029", "null", "-7286425919675154353"];
            assert_eq!(hashed("farm_fingerprint64(x)").await, farm);
            assert_eq!(hashed("murmur3_32(x, 42)").await, ["1312538061", "null", "142593372"]);
            assert_eq!(hashed("xxhash64(x, 0)").await, ["11115070494344764010", "null", "17241709254077376921"]);
            assert_eq!(hashed("hash_bucket(x, 1000, 'farm')").await, ["587", "null", "263"]);
            assert_eq!(hashed("hash_bucket(x, 1000, 'murmur3')").await, ["632", "null", "0"]);
            assert_eq!(hashed("hash_bucket(x, 1000, 'xxhash64')").await, ["10", "null", "921"]);
        }
    }

    /// Four bytes: the fingerprint of pyfarmhash 0.5.1 for the first four bytes of `data`.
    #[tokio::test]
    async fn fixed_size_binary_is_hashed_as_its_bytes() {
        let x = FixedSizeBinaryArray::try_from_iter(std::iter::once(&data()[..4])).expect("one value of four bytes");
        let fingerprint = 0xe770_216e_5997_7e32_u64.cast_signed().to_string();
        assert_eq!(column("farm_fingerprint64(x)", Arc::new(x)).await, [fingerprint]);
    }

    /// Source: the example of `tf.strings.to_hash_bucket_fast` in TensorFlow's API reference.
    #[tokio::test]
    async fn farm_buckets_repeat_the_example_of_tensorflow() {
        let x = Arc::new(StringArray::from(vec!["Hello", "TensorFlow", "2.x"]));
        assert_eq!(column("hash_bucket(x, 3, 'farm')", x).await, ["0", "2", "2"]);
    }

    /// mmh3 5.3.1: `mmh3.hash('DE', 42)` is negative.
    #[tokio::test]
    async fn murmur3_is_signed_and_a_mask_makes_it_unsigned() {
        assert_eq!(values("murmur3_32('DE', 42)").await, ["-1086729201"]);
        assert_eq!(values("murmur3_32('DE', 42) & 4294967295").await, ["3208238095"]);
    }

    #[tokio::test]
    async fn a_null_has_no_hash() {
        assert_eq!(values("hash_bucket(NULL, 5, 'farm')").await, ["null"]);
        assert_eq!(values("murmur3_32(NULL, 0)").await, ["null"]);
    }

    #[tokio::test]
    async fn seeds_cover_the_whole_range_of_their_type() {
        // mmh3 5.3.1 and xxhash 4.1.0 over no bytes.
        assert_eq!(values("murmur3_32('', 4294967295)").await, ["-2114883783"]);
        assert_eq!(values("xxhash64('', 42)").await, ["11002672306508523268"]);
        assert_eq!(values("xxhash64('', 18446744073709551615) IS NULL").await, ["false"]);
    }

    #[tokio::test]
    async fn what_has_no_bytes_of_its_own_is_refused_while_planning() {
        let message = error("farm_fingerprint64(1.5)").await;
        assert!(message.contains("in `farm_fingerprint64(x)`: x is text or binary, not Float64"), "{message}");
        assert!(message.contains("CAST(x AS VARCHAR)"), "{message}");
        assert!(error("hash_bucket(17, 10, 'farm')").await.contains("not Int64"));
        assert!(error("murmur3_32('a', -1)").await.contains("seed is an integer from 0 to 4294967295, not `-1`"));
        assert!(error("murmur3_32('a', 4294967296)").await.contains("not `4294967296`"));
        assert!(error("xxhash64('a', NULL)").await.contains("seed is an integer"));
        assert!(error("hash_bucket('a', 0, 'farm')").await.contains("n is an integer above 0, not `0`"));
        assert!(error("hash_bucket('a', 2.5, 'farm')").await.contains("n is an integer above 0, not `2.5`"));
        assert!(error("hash_bucket('a', 10, 'md\t5')").await.contains(r"'xxhash64', not `md\t5`"));
    }

    #[tokio::test]
    async fn a_seed_or_a_number_of_buckets_from_a_column_is_refused_while_planning() {
        let from = "FROM (VALUES (1), (2)) t(i)";
        assert!(error(&format!("xxhash64('a', i) {from}")).await.contains("`seed` must be the same for every row"));
        assert!(error(&format!("hash_bucket('a', i, 'farm') {from}")).await.contains("`n` must be the same"));
    }
}
