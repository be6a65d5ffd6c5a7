//! `trueup` tells whether production computes the features that the model was trained on.

pub mod compare;
pub mod engine;
pub mod report;
pub mod spec;
