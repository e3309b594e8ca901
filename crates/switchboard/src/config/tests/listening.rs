//! Sockets that are there already count, whatever a configuration says about addresses.

use std::net::SocketAddr;

use super::{SANDBOX, load};
use crate::config::{ConfigError, Listening};

const EVERYWHERE: &str = "0.0.0.0:8080";

fn everywhere() -> SocketAddr {
    EVERYWHERE.parse().unwrap()
}

/// Asks for keys, and may listen anywhere.
fn guarded(server: &str) -> String {
    let hash = "0".repeat(64);
    format!(
        "{server}[auth]\nmode = \"required\"\n[[clients]]\nname = \"web\"\nkey_sha256 = [\"{hash}\"]\n\
         scopes = [\"read\"]\nconnections = [\"*\"]\n{SANDBOX}"
    )
}

fn is_about_keys(errors: &[ConfigError]) -> bool {
    let [error] = errors else { return false };
    error.key.as_deref() == Some("auth.mode") && error.to_string().contains("listened on")
}

#[test]
fn nobody_comes_in_without_a_key_by_a_socket_that_was_handed_over() {
    let api = Listening {
        api: Some(everywhere()),
        admin: None,
    };
    let errors = load(SANDBOX).unwrap().listening(api).err().unwrap();
    assert!(is_about_keys(&errors), "{errors:?}");
    let config = load(&guarded("")).unwrap().listening(api).unwrap().config;
    assert_eq!(config.server.listen.to_string(), EVERYWHERE);
}

#[test]
fn pages_of_operators_are_guarded_by_where_the_socket_is() {
    let admin = Listening {
        api: None,
        admin: Some(everywhere()),
    };
    let config = load(&guarded("")).unwrap().listening(admin).unwrap().config;
    assert!(!config.server.admin_listen.ip().is_loopback());
    assert_eq!(config.redacted()["server"]["admin_listen"], EVERYWHERE);
}

#[test]
fn a_new_configuration_opens_no_socket_that_stays() {
    let running = load(&guarded("[server]\nlisten = \"0.0.0.0:8080\"\n")).unwrap();
    let (config, waiting) = load(SANDBOX).unwrap().config.beside(&running.config);
    assert_eq!(waiting, ["server.listen"]);
    let errors = config.check_openness(None).err().unwrap();
    assert!(is_about_keys(&errors), "{errors:?}");
}
