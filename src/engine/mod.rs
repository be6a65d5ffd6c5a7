//! The only module that imports DataFusion: session, sources, captures, plans, alignment, functions.

pub mod captures;
pub mod functions;
