//! The gateway as `serve` runs it, on ports that the system chooses.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use switchboard::config::{Config, ConfigError, Loaded, Loader};
use switchboard::reload::Source;
use switchboard::serve::Running;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Answer, Client, demo_connections};

/// The key of [`acme`]'s client.
pub(crate) const KEY: (&str, &str) = ("x-api-key", "key");

/// A gateway that runs until it is dropped or stopped.
pub(crate) struct Gateway {
    pub(crate) client: Client,
    pub(crate) admin: Client,
    pub(crate) shared: Arc<switchboard::gateway::Gateway>,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

impl Gateway {
    /// With this configuration; listeners are added.
    pub(crate) async fn start(toml: &str) -> Self {
        let text = complete(toml);
        let source: Source = Arc::new(move || load(&text));
        Self::run(source).await
    }

    /// With the configuration in a file, which it follows; listeners are added to what is written there.
    pub(crate) async fn following(file: &Path) -> Self {
        let file = file.to_owned();
        let source: Source = Arc::new(move || {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut loaded = load(&complete(&text))?;
            loaded.files.push(file.clone());
            Ok(loaded)
        });
        Self::run(source).await
    }

    /// With the configuration of the repository.
    pub(crate) async fn demo() -> Self {
        Self::start(demo_connections()).await
    }

    async fn run(source: Source) -> Self {
        let loaded = source().unwrap_or_else(|errors| panic!("{errors:#?}"));
        let running = Running::start(loaded, source).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (client, admin) = (Client(running.address), Client(running.admin_address));
        let shared = running.gateway();
        let end = async { drop(stopped.await) };
        #[expect(clippy::disallowed_methods, reason = "a test waits for it")]
        let ended = tokio::spawn(running.until(end));
        Self {
            client,
            admin,
            shared,
            stop: Some(stop),
            ended,
        }
    }

    /// `GET` without a credential.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.client.get(path).await
    }

    /// `GET` with the key of [`acme`]'s client.
    pub(crate) async fn ask(&self, path: &str) -> Answer {
        self.get_with(path, &[KEY]).await
    }

    /// `GET` with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client.send(Method::GET, path, headers).await
    }

    /// The samples of a metric whose line contains every one of these texts, added up.
    pub(crate) async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        self.admin.metric(name, labels).await
    }

    /// Waits until a metric has a value.
    pub(crate) async fn until(&self, name: &str, labels: &[&str], value: f64) {
        while (self.metric(name, labels).await - value).abs() > f64::EPSILON {
            tokio::task::yield_now().await;
        }
    }

    /// Drains it, as a signal would.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.ended.await.unwrap();
    }
}

/// A configuration; listeners that it does not name are on loopback, at ports that the system chooses.
pub(crate) fn parse(toml: &str) -> Config {
    load(&complete(toml))
        .unwrap_or_else(|errors| panic!("{errors:#?}"))
        .config
}

fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    let profiles = providers::all().map(|provider| provider.profile());
    let environment = |name: &str| name.starts_with("TEST_").then(|| format!("secret-of-{name}"));
    let loader = Loader {
        profiles: &profiles,
        environment: &environment,
    };
    loader.parse("test.toml", text, Path::new("."))
}

fn complete(toml: &str) -> String {
    let is_set = |key: &str| {
        toml.lines()
            .any(|line| line.trim_start().starts_with(&format!("{key} =")))
    };
    let listeners: Vec<_> = [
        ("listen", "127.0.0.1:0"),
        ("admin_listen", "127.0.0.1:0"),
        ("drain_delay", "0s"),
    ]
    .into_iter()
    .filter(|(key, _)| !is_set(key))
    .map(|(key, value)| format!("{key} = \"{value}\"\n"))
    .collect();
    let listeners = listeners.concat();
    match toml.split_once("[server]") {
        Some((before, after)) => format!("{before}[server]\n{listeners}{after}"),
        None => format!("[server]\n{listeners}{toml}"),
    }
}

/// A configuration with one client, key `key`, all scopes, and two connections to a scripted upstream. `more`
/// goes into both connections' tables.
pub(crate) fn acme(upstream: SocketAddr, more: &str) -> String {
    format!(
        r#"
        [auth]
        mode = "required"
        [[clients]]
        name = "tester"
        # SHA-256 of "key"
        key_sha256 = ["2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"]
        scopes = ["read", "sensitive", "write", "redeliver"]
        connections = ["*"]
        [connections.twilio]
        provider = "twilio"
        base_url = "http://{upstream}"
        username = "env:TEST_USER"
        password = "env:TEST_PASSWORD"
        {more}
        [connections.bland]
        provider = "bland"
        base_url = "http://{upstream}"
        api_key = "env:TEST_KEY"
        {more}
        "#
    )
}

/// Lets so much time pass for everybody at once, without waiting for it.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
