//! `trueup` tells whether production computes the features that the model was trained on.

pub mod compare;
pub mod engine;
pub mod gate;
pub mod report;
pub mod spec;
