//! All mechanisms that trueup can name, one a file with its page beside it.

mod binary_decimal_prefix;
mod bool_inversion;
mod bool_repr;
mod case_fold;
mod clip_saturate;
mod code_bijection;
mod code_offset;
mod column_swap;
mod constant_column;
mod coverage_gap;
mod date_dmy_mdy;
mod decimal_rounding;
mod decimal_separator;
mod default_on_timeout;
mod diacritics_stripped;
mod empty_list_vs_null;
mod epoch_origin;
mod epoch_unit;
mod f32_cast;
mod forward_fill;
mod hash_function_seed;
mod hash_sign_modulo;
mod html_escape;
mod id_precision_loss;
mod imputed_constant;
mod index_base;
mod int_truncation;
mod label_synonym;
mod leading_zeros;
mod list_dedup;
mod list_padding;
mod list_reordered;
mod list_reversed;
mod list_truncated;
mod log_variant;
mod mojibake;
mod null_to_sentinel;
mod null_vs_literal;
mod null_vs_nan;
mod number_as_string;
mod onehot_permutation;
mod overflow_wrap;
mod percent_fraction;
mod prefix_suffix;
mod quote_escape;
mod sentinel_to_null;
mod sign_flip;
mod sign_lost;
mod staleness_lag;
mod standardise_stale;
mod string_truncated;
mod summation_noise;
mod time_truncation;
mod two_digit_year;
mod tz_derived_part;
mod tz_dst_zone;
mod tz_fixed_offset;
mod unicode_form;
mod unit_affine;
mod unit_reciprocal;
mod unit_scale_free;
mod unit_scale_named;
mod unit_scale_per_slice;
mod unknown_bucket;
mod url_encode;
mod vector_scale;
mod vocab_insert_shift;
mod weekday_origin;
mod whitespace;
mod wrong_entity;

use super::detector::Detector;

/// Every detector. Of two that explain the same rows at the same cost, the one that stands first is named.
pub const DETECTORS: &[&dyn Detector] = &[
    // Unit.
    &unit_scale_named::UnitScaleNamed,
    &percent_fraction::PercentFraction,
    &binary_decimal_prefix::BinaryDecimalPrefix,
    &unit_affine::UnitAffine,
    &unit_reciprocal::UnitReciprocal,
    &sign_flip::SignFlip,
    &sign_lost::SignLost,
    &unit_scale_per_slice::UnitScalePerSlice,
    &unit_scale_free::UnitScaleFree,
    // Temporal.
    &epoch_unit::EpochUnit,
    &tz_fixed_offset::TzFixedOffset,
    &tz_dst_zone::TzDstZone,
    &tz_derived_part::TzDerivedPart,
    &weekday_origin::WeekdayOrigin,
    &index_base::IndexBase,
    &epoch_origin::EpochOrigin,
    &date_dmy_mdy::DateDmyMdy,
    &two_digit_year::TwoDigitYear,
    &time_truncation::TimeTruncation,
    &staleness_lag::StalenessLag,
    &constant_column::ConstantColumn,
    // Missing.
    &null_vs_nan::NullVsNan,
    &null_vs_literal::NullVsLiteral,
    &empty_list_vs_null::EmptyListVsNull,
    &null_to_sentinel::NullToSentinel,
    &sentinel_to_null::SentinelToNull,
    &imputed_constant::ImputedConstant,
    &forward_fill::ForwardFill,
    &default_on_timeout::DefaultOnTimeout,
    &coverage_gap::CoverageGap,
    // Encoding.
    &bool_inversion::BoolInversion,
    &bool_repr::BoolRepr,
    &case_fold::CaseFold,
    &whitespace::Whitespace,
    &unicode_form::UnicodeForm,
    &diacritics_stripped::DiacriticsStripped,
    &mojibake::Mojibake,
    &html_escape::HtmlEscape,
    &url_encode::UrlEncode,
    &quote_escape::QuoteEscape,
    &number_as_string::NumberAsString,
    &leading_zeros::LeadingZeros,
    &decimal_separator::DecimalSeparator,
    &prefix_suffix::PrefixSuffix,
    &string_truncated::StringTruncated,
    &label_synonym::LabelSynonym,
    &code_offset::CodeOffset,
    &vocab_insert_shift::VocabInsertShift,
    &hash_sign_modulo::HashSignModulo,
    &hash_function_seed::HashFunctionSeed,
    &onehot_permutation::OnehotPermutation,
    &unknown_bucket::UnknownBucket,
    &code_bijection::CodeBijection,
    // Numeric.
    &f32_cast::F32Cast,
    &id_precision_loss::IdPrecisionLoss,
    &overflow_wrap::OverflowWrap,
    &decimal_rounding::DecimalRounding,
    &int_truncation::IntTruncation,
    &log_variant::LogVariant,
    &clip_saturate::ClipSaturate,
    &summation_noise::SummationNoise,
    &standardise_stale::StandardiseStale,
    // Structural.
    &list_reversed::ListReversed,
    &list_dedup::ListDedup,
    &list_padding::ListPadding,
    &list_truncated::ListTruncated,
    &list_reordered::ListReordered,
    &vector_scale::VectorScale,
    &column_swap::ColumnSwap,
    // Join.
    &wrong_entity::WrongEntity,
];

/// Returns the detector of a mechanism.
pub fn detector(id: &str) -> Option<&'static dyn Detector> {
    DETECTORS.iter().copied().find(|detector| detector.id() == id)
}
