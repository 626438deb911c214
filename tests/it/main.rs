//! The integration tests: one binary, a module for each topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod abi;
mod baselines;
mod browser;
mod bypass;
mod catalog;
mod cli;
mod collect;
mod drift;
mod exchange;
mod header;
mod input;
mod layers;
mod lists;
mod module;
mod native;
mod package;
mod page;
mod record;
mod remediation;
mod roundtrip;
mod rules;
mod saved;
mod support;
mod tenants;
mod windows;
