//! A second look at some features: what is read when the rows are gone through again.

use crate::spec::PerSide;

/// Which values a further pass over both sides reads, as they are before they become the declared type.
#[derive(Debug, Clone, Default)]
pub struct Focus {
    /// By side, then by feature.
    pub wanted: PerSide<Vec<Wanted>>,
    /// Names of columns or features, as an expression of a feature would find them; nested fields by their path.
    pub attributes: Vec<String>,
}

/// Which of a feature's values on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    pub computed: bool,
    pub recorded: bool,
}
