//! Every key in words, as a page: what it takes and its default from the code, what it means from the shipped file.

use std::fmt::Write;

use model::{OptionKind, Profile};
use toml::{Table, Value};

use super::change::needs_restart;
use super::comments::Comments;
use super::form::{Form, Key};
use super::loader::SHIPPED;
use super::{
    auth, cache, clients, connections, cors, limits, rate_limit, server, store, telemetry, webhooks,
};

/// The sections in the order of the shipped file, but for connections.
pub(super) const SECTIONS: &[(&str, Form)] = &[
    ("server", Form::Table(server::KEYS)),
    ("cors", Form::Table(cors::KEYS)),
    ("auth", Form::Table(auth::KEYS)),
    ("clients", Form::Each(clients::KEYS)),
    ("webhooks", Form::Table(webhooks::KEYS)),
    ("cache", Form::Table(cache::KEYS)),
    ("rate_limit", Form::Table(rate_limit::KEYS)),
    ("store", Form::Table(store::KEYS)),
    ("telemetry", Form::Table(telemetry::KEYS)),
];

/// What stands above the sections.
const HEAD: &str = "\
# Configuration

<!-- Written by a test from the code and the comments of config.toml: UPDATE_DOCS=1 cargo nextest run -p switchboard docs -->

A file in TOML: `--config PATH`, else `$SWITCHBOARD_CONFIG`, else `./config.toml`. It needs only what differs from
[config.toml](../config.toml), the default of every other one; connections and clients are taken from your file alone.
Unknown keys are refused. `switchboard check` says what is wrong with a file and what to do about it,
`switchboard check --connect` whether what it names answers too. Editors complete and check it by
[config.schema.json](config.schema.json), which `switchboard schema` prints: `#:schema PATH` is the first line then.

- **time**: `\"250ms\"`, `\"5s\"`, `\"10m\"`, `\"1h\"`, at most 720 hours.
- **size**: `\"512B\"`, `\"32KiB\"`, `\"8MiB\"`, `\"1GiB\"`.
- **secret**: `\"env:NAME\"` or `\"file:PATH\"`. On the sandbox it may stand in the file.
- **path**: relative to the file's folder.

A change of the file, or of a file that it names, takes effect at once, and so does SIGHUP. What is marked ↻ changes with
a restart alone, as do values from the environment. A key without a default is not set, unless it is *required*.
";

/// Writes the page, for these providers.
pub fn reference(profiles: &[&'static Profile]) -> String {
    let comments = Comments::of(SHIPPED);
    let shipped: Table = SHIPPED.parse().unwrap_or_default();
    let mut page = Page {
        text: HEAD.to_owned(),
        comments,
        defaults: Value::Table(shipped),
    };
    for (name, form) in SECTIONS {
        if *name == "webhooks" {
            page.connections(profiles);
        }
        match form {
            Form::Table(keys) => page.section(name, &format!("[{name}]"), keys),
            Form::Each(keys) => page.section(name, &format!("[[{name}]]"), keys),
            _ => {}
        }
    }
    page.text
}

struct Page {
    text: String,
    comments: Comments,
    defaults: Value,
}

impl Page {
    fn section(&mut self, path: &str, title: &str, keys: &[Key]) {
        self.head(title, self.comments.on(path).map(str::to_owned));
        self.rows(path, "", keys, None);
        for key in keys {
            if let (Form::Table(inner), true) = (key.form, is_section(path, key)) {
                let path = format!("{path}.{}", key.name);
                self.section(&path, &format!("[{path}]"), inner);
            }
        }
    }

    fn connections(&mut self, profiles: &[&'static Profile]) {
        self.head(
            "[connections.NAME]",
            self.comments.on("connections").map(str::to_owned),
        );
        let all: Vec<Vec<Key>> = profiles
            .iter()
            .map(|profile| connections::keys(profile))
            .collect();
        let is_common = |key: &Key| {
            all.iter()
                .all(|keys| keys.iter().any(|other| other.name == key.name))
        };
        let defaults: Table = limits::DEFAULTS.parse().unwrap_or_default();
        let common: Vec<Key> = all
            .iter()
            .take(1)
            .flatten()
            .filter(|key| is_common(key))
            .copied()
            .collect();
        self.defaults = Value::Table(Table::from_iter([(
            "connections".to_owned(),
            Value::Table(defaults),
        )]));
        self.rows("connections", "", &common, None);
        for (profile, keys) in profiles.iter().zip(&all) {
            let own: Vec<Key> = keys.iter().filter(|key| !is_common(key)).copied().collect();
            let _ = write!(
                self.text,
                "\nWith `provider = \"{}\"` also:\n\n",
                profile.provider
            );
            self.rows("connections", "", &own, Some(profile));
        }
        self.defaults = Value::Table(SHIPPED.parse().unwrap_or_default());
    }

    fn head(&mut self, title: &str, comment: Option<String>) {
        let _ = write!(self.text, "\n## `{title}`\n\n");
        if let Some(comment) = comment {
            let _ = write!(self.text, "{comment}\n\n");
        }
    }

    /// The rows of a table, and those of tables inside of it that have no section of their own.
    fn rows(&mut self, path: &str, prefix: &str, keys: &[Key], profile: Option<&Profile>) {
        if prefix.is_empty() {
            self.text
                .push_str("| Key | Takes | Default | |\n|---|---|---|---|\n");
        }
        for key in keys {
            let (name, full) = (format!("{prefix}{}", key.name), format!("{path}.{}", key.name));
            let is_section = is_section(path, key);
            let takes = match key.form {
                Form::Table(_) if is_section => "table, see below".to_owned(),
                form => form.to_string(),
            };
            let restart = if needs_restart(&full) { "↻ " } else { "" };
            let meaning = if is_section {
                ""
            } else {
                self.comments.on(&full).unwrap_or_default()
            };
            let default = self.default(&full, key, profile);
            let row = format!("| `{name}` | {takes} | {default} | {restart}{meaning} |");
            let _ = writeln!(self.text, "{}", row.replace("  |", " |"));
            if let (Form::Table(inner), false) = (key.form, is_section) {
                self.rows(&full, &format!("{name}."), inner, profile);
            }
        }
    }

    fn default(&self, path: &str, key: &Key, profile: Option<&Profile>) -> String {
        let option = profile.and_then(|profile| profile.options.iter().find(|(name, _)| *name == key.name));
        if let Some((_, kind)) = option {
            return match kind {
                OptionKind::Flag(default) => format!("`{default}`"),
                OptionKind::Word(words) => format!("`{:?}`", words.first().unwrap_or(&"")),
            };
        }
        let found = path
            .split('.')
            .try_fold(&self.defaults, |value, key| value.get(key));
        match found {
            Some(Value::Table(_)) => String::new(),
            Some(value) => format!("`{value}`"),
            None if key.is_required => "*required*".to_owned(),
            None => String::new(),
        }
    }
}

/// Whether the shipped file has a table of that name, and not a key.
fn is_section(path: &str, key: &Key) -> bool {
    let header = format!("[{path}.{}]", key.name);
    matches!(key.form, Form::Table(_))
        && SHIPPED
            .lines()
            .any(|line| line.trim_start_matches("# ") == header)
}
