//! Tests of the product: its files, its configuration, and its assembled stacks over real sockets.

mod config;
mod contract_client;
mod contract_entry;
mod contract_provider;
mod deploy;
mod rig;
mod seeds;
mod tidy;
