//! The configuration of a replica, as one of production would be, in the variations that reloads need.

use std::net::SocketAddr;
use std::path::Path;

use tokio::process::Command;

use crate::Failure;

/// A client of the gateway: its key and the hash of that.
#[derive(Clone)]
pub(crate) struct Key {
    /// What it sends.
    pub(crate) secret: String,
    hash: String,
}

impl Key {
    /// A new one, as the program makes it.
    async fn new(binary: &Path) -> Result<Self, Failure> {
        let output = Command::new(binary).arg("key").output().await?;
        let text = String::from_utf8(output.stdout)?;
        let hash = text.lines().find_map(|line| line.strip_prefix("Its SHA-256 is "));
        match (text.lines().next(), hash) {
            (Some(secret), Some(hash)) => Ok(Self {
                secret: secret.to_owned(),
                hash: hash.to_owned(),
            }),
            _ => Err("`switchboard key` printed no key".into()),
        }
    }
}

/// The keys of all clients.
pub(crate) struct Keys {
    /// May read all there is.
    pub(crate) reader: Key,
    /// May read what is not sensitive.
    pub(crate) plain: Key,
    /// May read at one connection.
    pub(crate) bland_only: Key,
    /// May read little at a time.
    pub(crate) limited: Key,
    /// Two that may write.
    pub(crate) writers: [Key; 2],
    /// Passes through.
    pub(crate) library: Key,
    /// Comes and goes with reloads.
    pub(crate) guest: Key,
}

impl Keys {
    pub(crate) async fn new(binary: &Path) -> Result<Self, Failure> {
        Ok(Self {
            reader: Key::new(binary).await?,
            plain: Key::new(binary).await?,
            bland_only: Key::new(binary).await?,
            limited: Key::new(binary).await?,
            writers: [Key::new(binary).await?, Key::new(binary).await?],
            library: Key::new(binary).await?,
            guest: Key::new(binary).await?,
        })
    }
}

/// What does not change in the course of a soak.
pub(crate) struct Fixed {
    pub(crate) listen: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) sandbox: SocketAddr,
    pub(crate) store: Option<SocketAddr>,
}

/// What reloads change.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Variant {
    /// Whether there is a client more.
    pub(crate) guest: bool,
    /// Requests at once of the limited client; in a second it has half of it.
    pub(crate) burst: u32,
    /// Seconds for which conversations are cached.
    pub(crate) ttl: u32,
    /// Whether it is none.
    pub(crate) faulty: bool,
}

impl Variant {
    /// As it is between reloads.
    pub(crate) const USUAL: Self = Self {
        guest: false,
        burst: 10,
        ttl: 2,
        faulty: false,
    };
}

/// The file. Times are shorter than in production, so that much happens in little time, and the cache is so small
/// that it is full soon.
pub(crate) fn text(fixed: &Fixed, keys: &Keys, variant: Variant) -> String {
    let Fixed {
        listen,
        admin,
        sandbox,
        store,
    } = fixed;
    let ttl = variant.ttl;
    let store = store.map_or_else(String::new, |store| format!("redis = \"redis://{store}\""));
    let connection = format!(
        r#"base_url = "http://{sandbox}"
rate_limit = {{ requests = 1000, per = "1s", burst = 1000 }}
attempt_timeout = "1s"
max_pause = "1s"
circuit = {{ failure_ratio = 0.5, minimum_requests = 20, window = "5s", open = "2s" }}"#
    );
    let faulty = if variant.faulty { "no_such_key = 1" } else { "" };
    format!(
        r#"{faulty}
[server]
listen = "{listen}"
admin_listen = "{admin}"
secret = "file:secret"
drain_delay = "2s"
request_timeout = "10s"
max_body = "64KiB"
[auth]
mode = "required"
{clients}
[connections.twilio]
provider = "twilio"
username = "file:username"
password = "file:password"
{connection}
[connections.bland]
provider = "bland"
api_key = "file:password"
{connection}
[cache]
max_bytes = "2MiB"
ttl = {{ conversations = "{ttl}s", webhooks = "3s", deliveries = "2s", numbers = "3s", not_found = "1s" }}
stale_while_revalidate = "2s"
stale_if_error = "10s"
[store]
{store}
[telemetry]
log_format = "json"
"#,
        clients = clients(keys, variant)
    )
}

fn clients(keys: &Keys, variant: Variant) -> String {
    let all = r#"["*"]"#;
    let read = r#"["read"]"#;
    let write = r#"["read", "sensitive", "write", "proxy:read"]"#;
    let [first, second] = &keys.writers;
    let limit = format!(
        "rate_limit = {{ requests = {}, per = \"1s\", burst = {} }}",
        variant.burst / 2,
        variant.burst
    );
    let mut clients = vec![
        client("reader", &keys.reader, r#"["read", "sensitive"]"#, all, ""),
        client("plain", &keys.plain, read, all, ""),
        client("bland-only", &keys.bland_only, read, r#"["bland"]"#, ""),
        client("limited", &keys.limited, read, all, &limit),
        client("writer-1", first, write, all, ""),
        client("writer-2", second, write, all, ""),
        client(
            "library",
            &keys.library,
            r#"["proxy:read", "proxy:write"]"#,
            all,
            "",
        ),
    ];
    if variant.guest {
        clients.push(client("guest", &keys.guest, read, all, ""));
    }
    clients.concat()
}

fn client(name: &str, key: &Key, scopes: &str, connections: &str, limit: &str) -> String {
    let hash = &key.hash;
    format!(
        "[[clients]]\nname = \"{name}\"\nkey_sha256 = [\"{hash}\"]\nscopes = {scopes}\nconnections = {connections}\n{limit}\n"
    )
}
