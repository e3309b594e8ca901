//! The sandbox over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod bland;
mod bland_conversations;
mod client;
mod server;
mod twilio;
mod twilio_conversations;
