//! The sandbox over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod bland;
mod bland_conversations;
mod bland_resend;
mod bland_writes;
mod client;
mod control;
mod drift;
mod faults;
mod server;
mod twilio;
mod twilio_addresses;
mod twilio_conversations;
mod twilio_refusals;
mod twilio_settings;
mod twilio_webhooks;
mod twilio_writes;
