//! What a detector proposes.

use serde_json::Value as Json;

/// A mechanism with its parameters, said in SQL so that it can be run on every row.
///
/// In SQL the column `value` stands for the feature's value, in summaries and advice `{from}` and `{to}` for the sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// One line: `{to} = {from} × 100 (USD → cent)`.
    pub summary: String,
    /// By the names that the mechanism's page gives, in their order.
    pub parameters: Vec<(&'static str, Json)>,
    pub test: Test,
    /// What the parameters cost to say, in bits.
    pub bits: f64,
    /// What speaks for it beside the values (declared units, the feature's name, ranges), in bits. Breaks ties, no more.
    pub hint: f64,
    /// What a side has to change, where no expression can repair it.
    pub advice: Option<String>,
    /// How many distinct values of `from` have to be among the explained rows: two for each free parameter, at least three.
    /// One where it is about a single value (null, a sentinel).
    pub min_values: usize,
}

/// How a proposal is tried on rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A function of the value. A row is explained if applying it makes both sides agree.
    Function {
        /// Applied to `from` it gives `to`.
        forward: Option<String>,
        /// Applied to `to` it gives `from`. None where information is lost.
        inverse: Option<String>,
    },
    /// A condition over the columns `from` and `to` that no function of either can say: a constant that replaced the value,
    /// noise in the last bits. Never a repair.
    Relation(String),
    /// `to` is one of the entity's last values of `from`, `within` rows back at most; `missing`: its last one, where `from` is
    /// null.
    Earlier { within: usize, missing: bool },
    /// The mismatching rows hold the same values on both sides, in other rows.
    Permuted,
}

impl Proposal {
    /// A function that loses nothing. Any of the two may be left out (`None`) if it has no SQL.
    pub fn function(summary: impl Into<String>, forward: Option<String>, inverse: Option<String>) -> Self {
        Self::new(summary, Test::Function { forward, inverse })
    }

    /// A function that loses information: what `{from}` has cannot be had from `{to}`. `advice` says what to change.
    pub fn lossy(summary: impl Into<String>, forward: impl Into<String>, advice: impl Into<String>) -> Self {
        let test = Test::Function { forward: Some(forward.into()), inverse: None };
        Self { advice: Some(advice.into()), ..Self::new(summary, test) }
    }

    /// A condition over `from` and `to`. `advice` says what to change.
    pub fn relation(summary: impl Into<String>, condition: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(summary, Test::Relation(condition.into())) }
    }

    pub fn new(summary: impl Into<String>, test: Test) -> Self {
        Self {
            summary: summary.into(),
            parameters: Vec::new(),
            test,
            bits: 0.0,
            hint: 0.0,
            advice: None,
            min_values: 3,
        }
    }

    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn bits(mut self, bits: f64) -> Self {
        self.bits = bits;
        self
    }

    #[must_use]
    pub fn hint(mut self, bits: f64) -> Self {
        self.hint = bits;
        self
    }

    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    #[must_use]
    pub fn min_values(mut self, min_values: usize) -> Self {
        self.min_values = min_values;
        self
    }
}
