//! Which Exchange mailbox actions are not audited, for whom, and why.
//!
//! The parts, and who may use whom: `module -> ffi -> app -> {input, collect, report} -> domain`, and
//! `main -> cli -> app`. A test holds it.

pub mod app;
pub mod collect;
pub mod domain;
pub mod ffi;
pub mod input;
pub mod report;
pub mod stage;
