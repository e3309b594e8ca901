//! Tests of the product: its files, its configuration, and its assembled stacks over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod access;
mod admin;
mod api_connections;
mod api_conversations;
mod api_deliveries;
mod api_forms;
mod api_numbers;
mod api_problems;
mod api_rules;
mod api_webhooks;
mod audit;
mod canary;
mod canary_faults;
mod canary_inside;
mod canary_requests;
mod canary_tls;
mod canary_tokens;
mod capabilities;
mod commands;
mod config;
mod contract_client;
mod contract_entry;
mod contract_provider;
mod contract_request;
mod contract_writes;
mod deploy;
mod docs;
mod drain;
mod drift_replay;
mod explain;
mod faults;
mod faults_recovery;
mod faults_writes;
mod hostile_bodies;
mod hostile_framing;
mod hostile_paths;
mod hostile_slow;
mod hostile_values;
mod http2;
mod http2_floods;
mod isolation;
mod jwks;
mod jwt;
mod jwt_limits;
mod jwt_permits;
mod memory;
mod metrics;
mod openapi;
mod operations;
mod paging;
mod proxy_answer;
mod proxy_links;
mod proxy_refusal;
mod proxy_request;
mod proxy_shape;
mod proxy_shared;
mod proxy_stream;
mod readme;
mod redaction;
mod reload;
mod reload_kept;
mod resting;
mod rig;
mod seeds;
mod series;
mod slowed;
mod stale;
mod store_away;
mod store_cache;
mod store_idempotency;
mod store_limits;
mod tidy;
mod tls;
mod tls_clients;
mod tls_reload;
mod traces;
mod traces_delivery;
mod traces_lasting;
mod traces_sampling;
mod write_bodies;
