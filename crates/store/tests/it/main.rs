//! Tests of the store against a real server.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod away;
mod claim;
mod limit;
mod news;
mod rig;
mod server;
mod shelf;
