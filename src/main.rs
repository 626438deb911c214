//! The `nam` program.

fn main() {}
