//! What tests of the assembled gateway need: the gateway on real sockets, a client, and an upstream that does
//! what a test says.

mod client;
pub(crate) mod collector;
mod configuration;
mod edited;
mod frames;
mod gateway;
pub(crate) mod issuer;
mod known;
pub(crate) mod operator;
mod pki;
pub(crate) mod process;
pub(crate) mod replicas;
mod secure;
#[path = "../../../../store/tests/it/server.rs"]
pub(crate) mod server;
mod upstream;
pub(crate) mod webhook;
mod wire;

pub(crate) use client::{Answer, Client};
pub(crate) use configuration::{bearer, bland, client, demo_connections, hash, key_of, twilio};
pub(crate) use edited::Edited;
pub(crate) use frames::{
    CONTINUATION, Came, DATA, END_HEADERS, END_STREAM, Frames, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame, literal,
};
pub(crate) use gateway::{Gateway, KEY, acme, parse, pass};
pub(crate) use known::{DELIVERIES, NUMBER, NUMBER_BODY, WEBHOOKS, webhooks_body};
pub(crate) use pki::{Authority, Pair, put};
pub(crate) use secure::{Secure, Secured, section};
pub(crate) use upstream::{Script, Seen, Upstream};
pub(crate) use wire::{Peer, Wire};
