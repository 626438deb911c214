//! The integration tests: one binary, a module for each topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod baselines;
mod bypass;
mod catalog;
mod cli;
mod lists;
mod module;
mod rules;
mod native;
mod header;
mod support;
