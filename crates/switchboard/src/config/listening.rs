//! Sockets that are listened on before the configuration is read: where they are counts, whatever it says.

use std::net::SocketAddr;
use std::path::Path;

use super::change::put;
use super::problem::ConfigError;
use super::{Config, Loaded, rules};

/// Where they are, of each listener that has one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listening {
    /// Instead of `server.listen`.
    pub api: Option<SocketAddr>,
    /// Instead of `server.admin_listen`.
    pub admin: Option<SocketAddr>,
}

impl Loaded {
    /// With those addresses, unless what is configured is not safe there.
    pub fn listening(mut self, at: Listening) -> Result<Self, Vec<ConfigError>> {
        let config = &mut self.config;
        for (key, place, address) in [
            ("listen", &mut config.server.listen, at.api),
            ("admin_listen", &mut config.server.admin_listen, at.admin),
        ] {
            if let Some(address) = address {
                *place = address;
                let shown = Some(address.to_string().into());
                put(&mut config.view, &format!("/server/{key}"), shown);
            }
        }
        self.config.check_openness(self.file.as_deref())?;
        Ok(self)
    }
}

impl Config {
    /// Refuses what would let everybody in, now that it is known where it listens.
    pub fn check_openness(&self, file: Option<&Path>) -> Result<(), Vec<ConfigError>> {
        if !rules::is_open_to_others(self) {
            return Ok(());
        }
        let file = file.map(|file| file.display().to_string());
        let problem = ConfigError::new(
            file.as_deref().unwrap_or_default(),
            "is \"none\" while the socket that is listened on is reachable from other machines",
        );
        Err(vec![problem.key("auth.mode").fix(rules::ASK_FOR_KEYS.to_owned())])
    }
}
