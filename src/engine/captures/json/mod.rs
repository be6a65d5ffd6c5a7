//! JSON, one object a record: how records are told apart, checked, typed and decoded.
//!
//! Both passes over a file check each record in full with [`syntax::validate`] first. What follows it relies on that,
//! so the passes cannot disagree about what is unreadable, and fields that nobody asks for are skipped cheaply.

mod decode;
mod member;
mod records;
mod shape;
mod syntax;
mod walk;

pub(super) use decode::RowDecoder;
pub use member::{NoObject, member};
pub(super) use records::{Layout, Records};
pub(super) use shape::ObjectShape;
