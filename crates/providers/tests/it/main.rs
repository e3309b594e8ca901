//! Behaviour of the adapters, through their public face alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod bland;
mod bland_writes;
mod bodies;
mod deliveries;
mod drive;
mod golden;
mod ids;
mod links;
mod lossless;
mod paging;
mod registry;
mod request;
mod robust;
mod shape;
mod twilio;
mod writes;
