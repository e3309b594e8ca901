//! Tests of the product: its files, its configuration, and its assembled stacks over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod canary;
mod config;
mod contract_client;
mod contract_entry;
mod contract_provider;
mod deploy;
mod faults;
mod rig;
mod seeds;
mod stale;
mod tidy;
