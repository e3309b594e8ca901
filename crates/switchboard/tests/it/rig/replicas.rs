//! Replicas: several processes with one configuration and one store.

use std::fs;

use tempfile::TempDir;

use super::Client;
use super::process::{Serving, program};

/// One of them. It is ended with the test.
pub(crate) struct Replica {
    pub(crate) client: Client,
    pub(crate) admin: Client,
    _serving: Serving,
    _folder: TempDir,
}

/// So many, with this configuration and the store at this address, which they have found.
pub(crate) async fn replicas(count: usize, redis: &str, toml: &str) -> Vec<Replica> {
    let replicas = started(count, redis, toml);
    for replica in &replicas {
        replica.store_is("ok").await;
    }
    replicas
}

/// The same, where it may not be there.
pub(crate) fn started(count: usize, redis: &str, toml: &str) -> Vec<Replica> {
    // A machine that is busy with other tests makes the store slow, and a slow one is away.
    let store = format!("redis = \"{redis}\"\ntimeout = \"30s\"\n");
    let config = format!("[server]\nsecret = \"env:TEST_SECRET\"\n{toml}");
    let config = match config.split_once("[store]\n") {
        Some((before, after)) => format!("{before}[store]\n{store}{after}"),
        None => format!("{config}[store]\n{store}"),
    };
    (0..count).map(|_| Replica::with(&config, &[])).collect()
}

impl Replica {
    /// With this configuration, which begins with `[server]`, and environment.
    pub(crate) fn with(config: &str, environment: &[(&str, &str)]) -> Self {
        let listeners =
            "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("replica.toml");
        fs::write(&file, config.replacen("[server]\n", listeners, 1)).unwrap();
        let mut command = program(folder.path(), &["serve", "--config", "replica.toml"]);
        for name in ["TEST_SECRET", "TEST_USER", "TEST_PASSWORD", "TEST_KEY"] {
            command.env(name, "made-up");
        }
        command.envs(environment.iter().copied());
        let mut serving = Serving::start(command);
        let client = Client(serving.address("API"));
        Self {
            client,
            admin: Client(serving.address("admin")),
            _serving: serving,
            _folder: folder,
        }
    }

    /// How often an operation on the store ended without an answer.
    pub(crate) async fn store_failures(&self, operation: &str) -> usize {
        let label = format!("operation=\"{operation}\"");
        let failures = self
            .admin
            .metric("switchboard_store_errors_total", &[&label])
            .await;
        failures.to_string().parse().unwrap()
    }

    /// Waits until it says this of the store. It is ready all the while.
    pub(crate) async fn store_is(&self, word: &str) {
        loop {
            let answer = self.admin.get("/readyz").await;
            assert_eq!(answer.status, 200);
            let checks = answer.json()["checks"].clone();
            let store = checks
                .as_array()
                .unwrap()
                .iter()
                .find(|check| check["name"] == "store");
            if store.unwrap()["status"] == word {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}
