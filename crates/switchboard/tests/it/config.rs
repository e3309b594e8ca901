//! Every configuration of the repository loads, and the shipped one has every key that there is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use switchboard::config::{ConfigError, Loaded, Loader, Lookup, SHIPPED};

use crate::rig::{Authority, put};

/// Keys that the shipped file shows as comments: they have no value that could be a default.
const UNSET: [&str; 18] = [
    "server.public_url",
    "server.allowed_hosts",
    "server.secret",
    "auth.jwt.issuer",
    "auth.jwt.audience",
    "auth.jwt.jwks",
    "auth.jwt.scopes_claim",
    "auth.jwt.connections_claim",
    "clients.name",
    "clients.certificate_subject",
    "clients.key_sha256",
    "clients.not_after",
    "clients.scopes",
    "clients.connections",
    "clients.rate_limit",
    "connections.twilio.ca",
    "store.redis",
    "telemetry.otlp_endpoint",
];

#[test]
fn every_configuration_of_the_repository_loads() {
    let mut files = toml_files(&root().join("deploy")).unwrap();
    files.push(root().join("config.toml"));
    let has_connections = |file: &&PathBuf| {
        let table: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
        table.contains_key("connections")
    };
    let configurations: Vec<&PathBuf> = files.iter().filter(has_connections).collect();
    assert!(configurations.len() >= 6, "{files:?}");
    for file in configurations {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("config.toml");
        fs::write(
            &named,
            with_secrets(&fs::read_to_string(file).unwrap(), folder.path()),
        )
        .unwrap();
        let lookup = Lookup {
            named: Some(named.clone()),
            ..Lookup::default()
        };
        let loaded = with_loader(|loader| loader.load(&lookup));
        let loaded = loaded.unwrap_or_else(|errors| panic!("{}: {errors:#?}", file.display()));
        assert_eq!(loaded.file, Some(named));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    }
}

/// The same, with each secret that lies in a file where it is deployed in one of this folder.
fn with_secrets(text: &str, folder: &Path) -> String {
    let parts: Vec<&str> = text.split("\"file:").collect();
    let mut replaced = vec![parts[0].to_owned()];
    for (number, part) in parts.iter().enumerate().skip(1) {
        let (_, rest) = part.split_once('"').unwrap();
        put(folder, &number.to_string(), "redis://127.0.0.1:6379");
        replaced.push(format!("\"file:{number}\"{rest}"));
    }
    replaced.concat()
}

#[test]
fn the_copy_inside_the_program_is_the_file() {
    let demo = Lookup {
        demo: true,
        ..Lookup::default()
    };
    let loaded = with_loader(|loader| loader.load(&demo)).unwrap();
    assert_eq!(loaded.file, None);
    assert!(loaded.config.is_sandbox_only());
    assert_eq!(SHIPPED, fs::read_to_string(root().join("config.toml")).unwrap());
}

#[test]
fn the_shipped_file_says_all_that_is_in_effect() {
    let shipped: toml::Table = SHIPPED.parse().unwrap();
    let written = leaves(&serde_json::to_value(&shipped).unwrap());
    let mut effective = leaves(load(SHIPPED).unwrap().config.redacted());
    // What the second connection leaves out is shown for the first.
    effective.retain(|key| !key.starts_with("connections.bland.") || written.contains(key));
    assert_eq!(written, effective);
}

/// A key that nothing resembles is answered with the keys that there are.
#[test]
fn the_shipped_file_shows_every_key_that_there_is() {
    for (table, least) in [
        ("server", 18),
        ("cors", 1),
        ("auth", 1),
        ("webhooks", 1),
        ("cache", 4),
        ("rate_limit", 1),
        ("store", 2),
        ("telemetry", 4),
        ("connections.twilio", 15),
        ("connections.bland", 16),
        ("", 10),
    ] {
        let odd = "zzzzzzzzzzzzzzzz = 1";
        let text = match table {
            "" => format!("{odd}\n{SHIPPED}"),
            _ => SHIPPED.replace(&format!("\n[{table}]\n"), &format!("\n[{table}]\n{odd}\n")),
        };
        let keys = known_keys(&text);
        assert!(keys.len() >= least, "{table}: {keys:?}");
        for key in keys.iter().filter(|_| !table.is_empty()) {
            let is_table = SHIPPED.contains(&format!("[{table}.{key}]\n"));
            assert!(is_table || is_shown(key), "{table}.{key} is not in config.toml");
        }
    }
    let keys = known_keys("[auth]\nmode = \"required\"\njwt = { zzzzzzzzzzzzzzzz = 1 }\n");
    assert_eq!(keys.len(), 5, "{keys:?}");
    for key in keys {
        assert!(is_shown(&key), "auth.jwt.{key} is not in config.toml");
        assert!(UNSET.contains(&format!("auth.jwt.{key}").as_str()), "{key}");
    }
    let client = "auth.mode = \"required\"\nclients = [{ zzzzzzzzzzzzzzzz = 1 }]\n";
    let keys = known_keys(client);
    assert_eq!(keys.len(), 7, "{keys:?}");
    for key in keys {
        assert!(is_shown(&key), "clients.{key} is not in config.toml");
        assert!(UNSET.contains(&format!("clients.{key}").as_str()), "{key}");
    }
}

/// A comment is as good as its example: uncommented, each is accepted.
#[test]
fn the_examples_in_the_comments_are_valid() {
    let mut text = String::new();
    for line in SHIPPED.lines() {
        let example = line.strip_prefix("# ").filter(|rest| {
            rest.starts_with("[[clients]]")
                || rest.starts_with("[auth.jwt]")
                || UNSET.iter().any(|path| {
                    let key = path.rsplit('.').next().unwrap_or(path);
                    rest.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
                })
        });
        text.push_str(example.unwrap_or(line));
        text.push('\n');
    }
    let text = text
        .replace("<64 hex digits>", &"0".repeat(64))
        .replace("mode = \"none\"", "mode = \"required\"")
        .replace("ca = \"tls/provider-ca.pem\"", "")
        .replace("\ncertificate_subject", "\n# certificate_subject");
    let config = load(&text).unwrap_or_else(|errors| panic!("{errors:#?}")).config;
    assert_eq!(config.clients.len(), 1);
    assert!(config.auth.jwt.is_some());
    assert!(config.server.configured_hosts.is_some() && config.server.secret.is_some());
}

/// With the files that it names.
#[test]
fn the_example_of_tls_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("tls");
    fs::create_dir(&files).unwrap();
    let authority = Authority::new("all");
    authority.server(2100).write(&files);
    put(&files, "ca.pem", &authority.pem());
    let keys = ["[server.tls]", "certificate = ", "key = ", "client_ca = "];
    let lines = SHIPPED.lines().filter_map(|line| line.strip_prefix("# "));
    let example: Vec<_> = lines
        .filter(|line| keys.iter().any(|key| line.starts_with(key)))
        .collect();
    let example = example.join("\n");
    let loaded =
        with_loader(|loader| loader.parse("config.toml", &format!("{SHIPPED}\n{example}"), folder.path()));
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(
        loaded.files,
        ["cert.pem", "key.pem", "ca.pem"].map(|file| files.join(file))
    );
    let tls = loaded.config.server.tls.unwrap();
    assert!(tls.asks_clients());
    let odd = format!("{SHIPPED}\n{example}\nzzzzzzzzzzzzzzzz = 1");
    let keys = known_keys(&odd);
    assert_eq!(keys, ["certificate", "key", "client_ca"]);
}

/// The keys that the error about an odd key lists.
fn known_keys(text: &str) -> Vec<String> {
    let errors = load(text).err().unwrap_or_default();
    let lists = errors
        .iter()
        .filter_map(|error| error.fix.as_deref()?.strip_prefix("known here: "));
    lists
        .flat_map(|list| list.split(", "))
        .map(str::to_owned)
        .collect()
}

/// Whether the shipped file has the key, perhaps in a comment.
fn is_shown(key: &str) -> bool {
    SHIPPED.lines().any(|line| {
        let line = line.strip_prefix("# ").unwrap_or(line);
        let is_table = line.starts_with('[') && line.ends_with(&format!(".{key}]"));
        is_table || line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
    })
}

fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    with_loader(|loader| loader.parse("config.toml", text, &root()))
}

/// With the real providers. Every variable is set, and none is the process's.
fn with_loader<T>(run: impl FnOnce(&Loader<'_>) -> T) -> T {
    let profiles = providers::all().map(|provider| provider.profile());
    run(&Loader {
        profiles: &profiles,
        environment: &|name| (name != "SWITCHBOARD_CONFIG").then(|| "only-a-test".to_owned()),
    })
}

/// The paths of all values that are no tables.
fn leaves(value: &serde_json::Value) -> BTreeSet<String> {
    let Some(members) = value.as_object() else {
        return BTreeSet::from([String::new()]);
    };
    let mut paths = BTreeSet::new();
    for (key, member) in members.iter().filter(|(key, _)| *key != "clients") {
        paths.extend(leaves(member).into_iter().map(|path| {
            if path.is_empty() {
                key.clone()
            } else {
                format!("{key}.{path}")
            }
        }));
    }
    paths
}

fn toml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(toml_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(files)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
