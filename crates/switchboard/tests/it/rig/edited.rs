//! A gateway with its configuration in a file that a test edits.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Answer, Gateway, bearer};

/// The gateway, and the folder of its file.
pub(crate) struct Edited {
    pub(crate) gateway: Gateway,
    pub(crate) folder: TempDir,
}

impl Edited {
    /// With this configuration to begin with.
    pub(crate) async fn start(toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), required(toml)).unwrap();
        let gateway = Gateway::following(&folder.path().join("config.toml")).await;
        Self { gateway, folder }
    }

    /// Where a file of this name lies.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes another configuration, in the way that editors do.
    pub(crate) fn write(&self, toml: &str) {
        fs::write(self.file("next"), required(toml)).unwrap();
        fs::rename(self.file("next"), self.file("config.toml")).unwrap();
    }

    /// Writes it, and waits until it runs.
    pub(crate) async fn change(&self, toml: &str) {
        let before = self.hash().await;
        self.write(toml);
        while self.hash().await == before {
            tokio::task::yield_now().await;
        }
    }

    /// What the configuration's hash is.
    pub(crate) async fn hash(&self) -> String {
        let shown = self.gateway.admin.get("/config").await.json();
        shown["hash"].as_str().unwrap().to_owned()
    }

    /// `GET` with the key of the client of this name.
    pub(crate) async fn get_as(&self, name: &str, path: &str) -> Answer {
        self.gateway
            .get_with(path, &[("authorization", &bearer(name))])
            .await
    }
}

/// With clients that have to say who they are, unless it says so itself.
fn required(toml: &str) -> String {
    if toml.contains("[auth]") {
        toml.to_owned()
    } else {
        format!("[auth]\nmode = \"required\"\n{toml}")
    }
}
