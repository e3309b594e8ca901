//! Tests of the layers, one binary.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod cache;
mod cache_fills;
mod cache_rig;
mod cache_stale;
mod conditional;
mod conditional_parsers;
mod upstream;
mod writes;
