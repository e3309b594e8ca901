//! Switchboard: a unified gateway and reverse proxy for conversation webhooks over several providers.
//!
//! The library is the program without its command line, so that tests and benchmarks run the real thing.

pub mod access;
pub mod address_class;
pub mod admin;
pub mod api;
pub mod audit;
pub mod callback;
pub mod cli;
pub mod client_ip;
pub mod clock;
pub mod command;
pub mod config;
pub mod connect;
pub mod connection;
pub mod cursor;
pub mod drift;
pub mod exchange;
pub mod explain;
pub mod fetch;
pub mod front;
pub mod gate;
pub mod gateway;
pub mod head_watch;
pub mod jwks;
pub mod kept;
pub mod live;
pub mod locks;
pub mod memory;
pub mod metrics;
pub mod openapi;
pub mod patience;
pub mod problem;
pub mod proxy;
pub mod reload;
pub mod replicas;
pub mod serve;
pub mod server;
pub mod sight;
pub mod simulator;
pub mod telemetry;
pub mod tls;
pub mod traces;
pub mod upstream;
pub mod watch;
pub mod wire;
