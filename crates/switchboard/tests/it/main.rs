//! Tests of the product: its files, its configuration, and its assembled stacks over real sockets.

mod config;
mod deploy;
mod rig;
mod seeds;
mod tidy;
