//! Tests of the layers, one binary.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod cache;
mod cache_fills;
mod cache_rig;
mod cache_shared;
mod cache_stale;
mod conditional;
mod conditional_parsers;
#[path = "../../../store/tests/it/server.rs"]
mod server;
mod shared_client_limit;
mod upstream;
mod writes;
