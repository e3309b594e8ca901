//! The loader as a whole. `acme` wants a user name and a password, `zenith` a key.

mod accepted;
mod forms;
mod listening;
mod refused;
mod secrets;
mod tls;

use std::path::Path;

use model::{AuthScheme, Capabilities, OptionKind, Profile};

use super::{ConfigError, Loaded, Loader};

static ACME: Profile = Profile {
    provider: "acme",
    api: "acme-v1",
    base_url: "https://api.acme.example",
    auth: AuthScheme::Basic,
    throttled_is_unsent: true,
    request_id_header: None,
    capabilities: Capabilities(&[]),
    unsupported_fields: &[],
    ids: &[],
    options: &[("rewrite", OptionKind::Flag(true))],
};

static ZENITH: Profile = Profile {
    provider: "zenith",
    api: "zenith-v1",
    base_url: "https://api.zenith.example",
    auth: AuthScheme::Bearer,
    throttled_is_unsent: false,
    request_id_header: None,
    capabilities: Capabilities(&[]),
    unsupported_fields: &[],
    ids: &[],
    options: &[("dialect", OptionKind::Word(&["auto", "page"]))],
};

/// A connection, for texts that are about something else.
const SANDBOX: &str = r#"
[connections.acme]
provider = "acme"
base_url = "sandbox"
username = "user"
password = "canary"
"#;

fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    load_in(text, Path::new("/nowhere"))
}

fn load_in(text: &str, folder: &Path) -> Result<Loaded, Vec<ConfigError>> {
    let loader = Loader {
        profiles: &[&ACME, &ZENITH],
        environment: &|name| match name {
            "KEY" => Some("canary".to_owned()),
            "REDIS" => Some("redis://us:canary@store.example/2".to_owned()),
            "EMPTY" => Some(String::new()),
            "BROKEN" => Some("canary\n".to_owned()),
            _ => None,
        },
    };
    loader.parse("gateway.toml", text, folder)
}
