//! Pieces of configurations. The key of a client is made from its name, so that a test need not say it.

use std::net::SocketAddr;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// The key that [`client`] gives the client of this name.
pub(crate) fn key_of(name: &str) -> String {
    format!("key-of-{name}")
}

/// The value of `Authorization` with that key.
pub(crate) fn bearer(name: &str) -> String {
    format!("Bearer {}", key_of(name))
}

/// The hash of a key as the configuration has it.
pub(crate) fn hash(key: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, key.as_bytes()).as_ref())
}

/// A client. `more` goes into its table.
pub(crate) fn client(name: &str, scopes: &[&str], connections: &[&str], more: &str) -> String {
    let hash = hash(&key_of(name));
    format!(
        "[[clients]]\nname = \"{name}\"\nkey_sha256 = [\"{hash}\"]\nscopes = {scopes:?}\nconnections = {connections:?}\n{more}\n"
    )
}

/// The two connections of the shipped configuration, on the sandbox.
pub(crate) fn demo_connections() -> &'static str {
    r#"
    [connections.twilio]
    provider = "twilio"
    base_url = "sandbox"
    username = "SKsandbox"
    password = "sandbox"
    [connections.bland]
    provider = "bland"
    base_url = "sandbox"
    api_key = "sandbox"
    "#
}

/// A connection to a scripted upstream. A failure is not tried again, so that requests can be counted.
pub(crate) fn bland(name: &str, upstream: SocketAddr) -> String {
    format!(
        "[connections.{name}]\nprovider = \"bland\"\nbase_url = \"http://{upstream}\"\napi_key = \"env:TEST_KEY\"\n\
         retries = {{ max = 0, budget = 0.2 }}\n"
    )
}

/// A connection to a scripted upstream. A failure is not tried again, so that requests can be counted.
pub(crate) fn twilio(name: &str, upstream: SocketAddr) -> String {
    format!(
        "[connections.{name}]\nprovider = \"twilio\"\nbase_url = \"http://{upstream}\"\n\
         username = \"env:TEST_USER\"\npassword = \"env:TEST_PASSWORD\"\nretries = {{ max = 0, budget = 0.2 }}\n"
    )
}
