//! The rules of mailbox auditing: pure, without input or output. Everything else in this crate stands on it.

pub mod action;
pub mod baseline;
pub mod bypass;
pub mod catalog;
pub mod comparison;
pub mod list;
pub mod mailbox;
pub mod problem;
pub mod rejection;
pub mod remediation;
pub mod section;
pub mod summary;
pub mod undo;
pub mod verdict;
