//! What tests of the assembled gateway need: the gateway on real sockets, a client, and an upstream that does
//! what a test says.

mod client;
mod configuration;
mod gateway;
pub(crate) mod issuer;
mod known;
pub(crate) mod process;
mod upstream;
mod wire;

pub(crate) use client::{Answer, Client};
pub(crate) use configuration::{bearer, bland, client, demo_connections, hash, key_of, twilio};
pub(crate) use gateway::{Gateway, KEY, acme, parse, pass};
pub(crate) use known::{DELIVERIES, NUMBER, NUMBER_BODY, WEBHOOKS, webhooks_body};
pub(crate) use upstream::{Script, Seen, Upstream};
pub(crate) use wire::{Peer, Wire};
