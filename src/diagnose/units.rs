//! Units of measure that occur in features, with exact factors.
//!
//! Factors are rationals, so that a conversion adds no rounding of its own. Sources: the SI brochure (BIPM, 9th edition),
//! NIST Special Publication 811 (2008) for units outside the SI, IEC 80000-13 for binary prefixes, ISO 4217 for currencies.
//! A subunit converts to the main unit of a currency that is divided so, and never one currency to another.

use std::sync::LazyLock;

use iso_currency::Currency;

/// What a unit measures: units of one dimension convert to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    Money,
    Share,
    Length,
    Mass,
    Time,
    Speed,
    Temperature,
    Area,
    Volume,
    Energy,
    Power,
    Pressure,
    Angle,
    Data,
}

/// A unit: `value` of it is `(value + offset) × numerator / denominator` of the dimension's base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// In the field's common spelling.
    pub id: &'static str,
    pub aliases: &'static [&'static str],
    pub dimension: Dimension,
    pub numerator: i64,
    pub denominator: i64,
    /// Added before the factor, in hundredths: 459.67 for degrees Fahrenheit.
    offset_hundredths: i64,
    /// Of which currency it is the main unit; none for subunits, and for money of a currency that is not told.
    currency: Option<Currency>,
}

/// What stands for the main unit of a currency that is not told.
pub const MAIN_UNIT: &str = "main unit";

const fn unit(
    dimension: Dimension,
    id: &'static str,
    aliases: &'static [&'static str],
    numerator: i64,
    denominator: i64,
) -> Unit {
    Unit { id, aliases, dimension, numerator, denominator, offset_hundredths: 0, currency: None }
}

const fn degree(
    id: &'static str,
    aliases: &'static [&'static str],
    numerator: i64,
    denominator: i64,
    offset_hundredths: i64,
) -> Unit {
    Unit { offset_hundredths, ..unit(Dimension::Temperature, id, aliases, numerator, denominator) }
}

use Dimension::{
    Angle, Area, Data, Energy, Length, Mass, Money, Power, Pressure, Share, Speed, Temperature, Time, Volume,
};

/// All units but currencies, the base of each dimension first.
pub const UNITS: &[Unit] = &[
    unit(Money, MAIN_UNIT, &[], 1, 1),
    unit(Money, "cent", &["cents", "ct", "pence", "penny", "USD cent", "EUR cent", "minor"], 1, 100),
    unit(Money, "mill", &["fils", "millime"], 1, 1000),
    unit(Money, "micros", &["microdollar", "micro"], 1, 1_000_000),
    unit(Share, "1", &["fraction", "ratio", "share", "probability"], 1, 1),
    unit(Share, "percent", &["%", "pct", "per cent"], 1, 100),
    unit(Share, "permille", &["‰", "per mille"], 1, 1000),
    unit(Share, "bp", &["basis point", "basis points", "bps"], 1, 10_000),
    unit(Share, "ppm", &[], 1, 1_000_000),
    unit(Length, "m", &["metre", "meter", "metres", "meters"], 1, 1),
    unit(Length, "km", &["kilometre", "kilometer", "kilometers", "kilometres"], 1000, 1),
    unit(Length, "cm", &["centimetre", "centimeter"], 1, 100),
    unit(Length, "mm", &["millimetre", "millimeter"], 1, 1000),
    unit(Length, "in", &["inch", "inches"], 254, 10_000),
    unit(Length, "ft", &["foot", "feet"], 3048, 10_000),
    unit(Length, "yd", &["yard", "yards"], 9144, 10_000),
    unit(Length, "mi", &["mile", "miles"], 1_609_344, 1000),
    unit(Length, "nmi", &["nautical mile", "nautical miles"], 1852, 1),
    unit(Mass, "kg", &["kilogram", "kilograms"], 1, 1),
    unit(Mass, "g", &["gram", "grams"], 1, 1000),
    unit(Mass, "mg", &["milligram"], 1, 1_000_000),
    unit(Mass, "t", &["tonne", "metric ton"], 1000, 1),
    unit(Mass, "lb", &["lbs", "pound", "pounds"], 45_359_237, 100_000_000),
    unit(Mass, "oz", &["ounce", "ounces"], 45_359_237, 1_600_000_000),
    unit(Time, "s", &["sec", "second", "seconds"], 1, 1),
    unit(Time, "ms", &["millisecond", "milliseconds", "millis"], 1, 1000),
    unit(Time, "us", &["µs", "microsecond", "microseconds"], 1, 1_000_000),
    unit(Time, "ns", &["nanosecond", "nanoseconds"], 1, 1_000_000_000),
    unit(Time, "min", &["minute", "minutes"], 60, 1),
    unit(Time, "h", &["hr", "hour", "hours"], 3600, 1),
    unit(Time, "d", &["day", "days"], 86_400, 1),
    unit(Time, "wk", &["week", "weeks"], 604_800, 1),
    unit(Speed, "m/s", &["mps", "metre per second"], 1, 1),
    unit(Speed, "km/h", &["kmh", "kph"], 10, 36),
    unit(Speed, "mph", &["mi/h", "mile per hour"], 44_704, 100_000),
    unit(Speed, "kn", &["knot", "knots", "kt"], 1852, 3600),
    unit(Speed, "ft/s", &["fps"], 3048, 10_000),
    unit(Temperature, "K", &["kelvin"], 1, 1),
    degree("degC", &["°C", "celsius", "C"], 1, 1, 27_315),
    degree("degF", &["°F", "fahrenheit", "F"], 5, 9, 45_967),
    unit(Area, "m2", &["m²", "sqm", "square metre", "square meter"], 1, 1),
    unit(Area, "km2", &["km²"], 1_000_000, 1),
    unit(Area, "ha", &["hectare", "hectares"], 10_000, 1),
    unit(Area, "sqft", &["ft2", "ft²", "square foot", "square feet"], 9_290_304, 100_000_000),
    unit(Area, "acre", &["acres", "ac"], 40_468_564_224, 10_000_000),
    unit(Area, "mi2", &["sqmi", "square mile"], 2_589_988_110_336, 1_000_000),
    unit(Volume, "m3", &["m³", "cubic metre"], 1, 1),
    unit(Volume, "L", &["l", "litre", "liter", "litres", "liters"], 1, 1000),
    unit(Volume, "mL", &["ml", "millilitre", "milliliter"], 1, 1_000_000),
    unit(Volume, "gal", &["gallon", "gallons", "US gal"], 3_785_411_784, 1_000_000_000_000),
    unit(Volume, "gal_imp", &["imperial gallon", "UK gal"], 454_609, 100_000_000),
    unit(Volume, "ft3", &["ft³", "cubic foot"], 28_316_846_592, 1_000_000_000_000),
    unit(Volume, "bbl", &["barrel", "barrels"], 158_987_294_928, 1_000_000_000_000),
    unit(Energy, "J", &["joule", "joules"], 1, 1),
    unit(Energy, "kJ", &["kilojoule"], 1000, 1),
    unit(Energy, "MJ", &["megajoule"], 1_000_000, 1),
    unit(Energy, "Wh", &["watt hour"], 3600, 1),
    unit(Energy, "kWh", &["kilowatt hour"], 3_600_000, 1),
    unit(Energy, "MWh", &["megawatt hour"], 3_600_000_000, 1),
    unit(Energy, "cal", &["calorie"], 4184, 1000),
    unit(Energy, "kcal", &["kilocalorie", "Cal"], 4184, 1),
    unit(Power, "W", &["watt", "watts"], 1, 1),
    unit(Power, "kW", &["kilowatt"], 1000, 1),
    unit(Power, "MW", &["megawatt"], 1_000_000, 1),
    unit(Pressure, "Pa", &["pascal"], 1, 1),
    unit(Pressure, "hPa", &["hectopascal", "mbar", "millibar"], 100, 1),
    unit(Pressure, "kPa", &["kilopascal"], 1000, 1),
    unit(Pressure, "bar", &[], 100_000, 1),
    unit(Pressure, "atm", &["atmosphere"], 101_325, 1),
    unit(Pressure, "Torr", &["torr"], 101_325, 760),
    unit(Pressure, "psi", &[], 44_482_216_152_605, 6_451_600_000),
    unit(Pressure, "inHg", &[], 3_386_389, 1000),
    unit(Angle, "turn", &["revolution"], 1, 1),
    unit(Angle, "deg", &["°", "degree", "degrees"], 1, 360),
    unit(Data, "B", &["byte", "bytes"], 1, 1),
    unit(Data, "bit", &["bits"], 1, 8),
    unit(Data, "kB", &["KB", "kilobyte"], 1000, 1),
    unit(Data, "MB", &["megabyte"], 1_000_000, 1),
    unit(Data, "GB", &["gigabyte"], 1_000_000_000, 1),
    unit(Data, "TB", &["terabyte"], 1_000_000_000_000, 1),
    unit(Data, "KiB", &["kibibyte"], 1 << 10, 1),
    unit(Data, "MiB", &["mebibyte"], 1 << 20, 1),
    unit(Data, "GiB", &["gibibyte"], 1 << 30, 1),
    unit(Data, "TiB", &["tebibyte"], 1 << 40, 1),
];

/// How values of one unit become values of another: `value × numerator / denominator + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    /// In lowest terms, positive.
    pub numerator: i128,
    pub denominator: i128,
    /// The exact offset, as a fraction of the same kind: numerator, denominator.
    pub offset: (i128, i128),
}

impl Unit {
    /// Returns the unit of a spelling: case counts where it tells units apart; a currency's code is its main unit.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let exact = UNITS.iter().find(|unit| unit.id == text || unit.aliases.contains(&text));
        let alike = |alias: &&str| alias.len() > 3 && alias.eq_ignore_ascii_case(text);
        let known = exact.or_else(|| UNITS.iter().find(|unit| unit.aliases.iter().any(alike)));
        known.copied().or_else(|| Currency::from_code(text).map(Self::of_currency))
    }

    /// The main unit of a currency.
    pub fn of_currency(currency: Currency) -> Self {
        Self { currency: Some(currency), ..unit(Money, currency.code(), &[], 1, 1) }
    }

    /// The currency of which this is the main unit.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Returns how values of this unit become values of `to`; none if they measure different things.
    pub fn conversion(&self, to: &Self) -> Option<Conversion> {
        let is_money_of_one = match (self.currency, to.currency) {
            (Some(one), Some(other)) => one == other,
            (Some(currency), None) => is_divided_into(currency, to),
            (None, Some(currency)) => is_divided_into(currency, self),
            (None, None) => true,
        };
        if self.dimension != to.dimension || !is_money_of_one {
            return None;
        }
        let numerator = i128::from(self.numerator) * i128::from(to.denominator);
        let denominator = i128::from(self.denominator) * i128::from(to.numerator);
        let (numerator, denominator) = lowest(numerator, denominator);
        // (value + own) × factor - other
        let own = lowest(i128::from(self.offset_hundredths) * numerator, 100 * denominator);
        let other = lowest(i128::from(to.offset_hundredths), 100);
        let offset = lowest(own.0 * other.1 - other.0 * own.1, own.1 * other.1);
        Some(Conversion { numerator, denominator, offset })
    }
}

/// Whether a currency has such a part. Millionths are how programs count any of them.
fn is_divided_into(currency: Currency, part: &Unit) -> bool {
    let decimals = currency.exponent().map(u32::from);
    part.id == MAIN_UNIT
        || part.id == "micros"
        || decimals.and_then(|decimals| 10_i64.checked_pow(decimals)) == Some(part.denominator)
}

impl Conversion {
    pub fn factor(&self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    pub fn offset(&self) -> f64 {
        self.offset.0 as f64 / self.offset.1 as f64
    }
}

/// The factors between two units of one dimension that occur, each once, with the pairs of units that have it.
pub fn named_factors() -> &'static [NamedFactor] {
    static FACTORS: LazyLock<Vec<NamedFactor>> = LazyLock::new(all_factors);
    &FACTORS
}

/// A factor and the pairs of units that have it.
pub type NamedFactor = (f64, Vec<(&'static str, &'static str)>);

fn all_factors() -> Vec<NamedFactor> {
    let mut factors: Vec<NamedFactor> = Vec::new();
    for from in UNITS {
        for to in UNITS {
            let Some(conversion) = from.conversion(to).filter(|conversion| conversion.offset.0 == 0) else { continue };
            let factor = conversion.factor();
            if from.id == to.id || factor == 1.0 {
                continue;
            }
            match factors.iter_mut().find(|(known, _)| (known / factor - 1.0).abs() < 1e-12) {
                Some((_, pairs)) => pairs.push((from.id, to.id)),
                None => factors.push((factor, vec![(from.id, to.id)])),
            }
        }
    }
    factors
}

fn lowest(numerator: i128, denominator: i128) -> (i128, i128) {
    let (mut a, mut b) = (numerator.abs(), denominator.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let common = a.max(1);
    (numerator / common, denominator / common)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn convert(value: f64, from: &str, to: &str) -> f64 {
        let [from, to] = [from, to].map(|unit| Unit::parse(unit).expect("a known unit"));
        let conversion = from.conversion(&to).expect("of one dimension");
        value * conversion.factor() + conversion.offset()
    }

    /// Source: NIST SP 811, appendix B.8; all of these are exact there.
    #[test]
    fn known_conversions_are_exact() {
        for (value, from, to, expected) in [
            (1.0, "mi", "km", 1.609344),
            (1.0, "lb", "kg", 0.45359237),
            (1.0, "mph", "m/s", 0.44704),
            (36.0, "km/h", "m/s", 10.0),
            (212.0, "degF", "degC", 100.0),
            (-40.0, "degC", "degF", -40.0),
            (0.0, "degC", "K", 273.15),
            (1.0, "gal", "L", 3.785411784),
            (1.0, "kWh", "MJ", 3.6),
            (1.0, "MiB", "kB", 1048.576),
            (1.0, "USD", "cent", 100.0),
            (12.5, "percent", "1", 0.125),
            (90.0, "deg", "turn", 0.25),
            (1.0, "acre", "m2", 4046.8564224),
        ] {
            let converted = convert(value, from, to);
            assert!(
                (converted - expected).abs() <= 1e-12 * expected.abs().max(1.0),
                "{value} {from} is {converted} {to}"
            );
        }
    }

    #[test]
    fn a_spelling_is_one_unit() {
        let mut seen = BTreeSet::new();
        for unit in UNITS {
            for spelling in std::iter::once(&unit.id).chain(unit.aliases) {
                assert!(seen.insert(*spelling), "`{spelling}` is two units");
                assert_eq!(Unit::parse(spelling).map(|unit| unit.id), Some(unit.id));
            }
        }
        assert_eq!(Unit::parse("Celsius").map(|unit| unit.id), Some("degC"));
        assert_eq!(Unit::parse("furlong"), None);
        assert_eq!(Unit::parse("mi").and_then(|from| from.conversion(&Unit::parse("kg")?)), None);
    }

    /// Source: ISO 4217, list one: dollar and euro have two decimals, the yen none, the dinar of Kuwait three.
    #[test]
    fn money_converts_within_one_currency_as_it_is_divided() {
        let factor = |from: &str, to: &str| {
            Unit::parse(from)?.conversion(&Unit::parse(to)?).map(|conversion| conversion.factor())
        };
        assert_eq!((factor("USD", "cent"), factor("cent", "EUR")), (Some(100.0), Some(0.01)));
        assert_eq!((factor("KWD", "mill"), factor("KWD", "cent")), (Some(1000.0), None));
        assert_eq!((factor("JPY", "cent"), factor("JPY", "micros")), (None, Some(1e6)));
        assert_eq!((factor("USD", "EUR"), factor("EUR", "EUR")), (None, Some(1.0)));
        // Codes of three letters that are no currencies.
        assert_eq!(["BTU", "RPM", "MPG"].map(Unit::parse), [None, None, None]);
    }

    #[test]
    fn there_and_back_is_the_same() {
        for from in UNITS {
            for to in UNITS.iter().filter(|to| to.dimension == from.dimension) {
                let there = from.conversion(to).expect("of one dimension");
                let back = to.conversion(from).expect("of one dimension");
                assert_eq!(
                    (there.numerator, there.denominator),
                    (back.denominator, back.numerator),
                    "{} {}",
                    from.id,
                    to.id
                );
            }
        }
    }
}
