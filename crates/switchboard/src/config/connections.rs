//! `[connections.<name>]`: accounts at providers. Which providers there are, how they want to be shown a
//! credential and which keys they add is in their profiles.

use std::collections::BTreeMap;

use http::HeaderValue;
use model::{AuthScheme, ConnectionName, OptionKind, OptionValue, Profile};
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use serde_json::json;
use toml::de::DeValue;

use super::address;
use super::form::{Form, Key};
use super::limits::{self, Limits};
use super::secret::{Literal, Secret};
use super::table::Table;
use super::tls::certificates;
use super::value::{Parsed, Refusal, flag, text};

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// What is always true of its provider.
    pub profile: &'static Profile,
    /// Where it sends.
    pub base_url: BaseUrl,
    /// What it shows the provider.
    pub credential: Credential,
    /// How much it may send, and how long it waits.
    pub limits: Limits,
    /// The provider's own keys, every one of them.
    pub options: BTreeMap<&'static str, OptionValue>,
    /// Trusted beside the system's certificates.
    pub ca: Vec<CertificateDer<'static>>,
}

/// Where a connection sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseUrl {
    /// The simulator inside the process.
    Sandbox,
    /// There, without a trailing slash.
    At(String),
}

/// What a provider wants to be shown.
#[derive(Debug, Clone)]
pub enum Credential {
    /// For [`AuthScheme::Basic`].
    Basic {
        /// The key `username`.
        username: Secret,
        /// The key `password`.
        password: Secret,
    },
    /// The key `api_key`, for [`AuthScheme::Bearer`] and [`AuthScheme::Header`].
    ApiKey(Secret),
}

impl Connection {
    /// Whether it is on the simulator inside the process.
    pub fn is_sandbox(&self) -> bool {
        self.base_url == BaseUrl::Sandbox
    }

    fn read(name: &str, table: &mut Table<'_>, profiles: &[&'static Profile]) -> Option<Self> {
        let name = name.parse::<ConnectionName>();
        if name.is_err() {
            let refusal = Refusal::new("is no name for a connection");
            table.refuse_table(refusal.fix("use 1 to 32 of a-z 0-9 -, the first a letter"));
        }
        let profile = table.need("provider", |value| provider(value, profiles));
        let Some(profile) = profile else {
            // Which keys belong here depends on the provider.
            table.accept_everything();
            return None;
        };
        let own_url = || BaseUrl::At(profile.base_url.to_owned());
        let base_url = table.optional("base_url", base_url).unwrap_or_else(own_url);
        table.show("base_url", json!(base_url.as_str()));
        let literal = match &base_url {
            BaseUrl::Sandbox => Literal::Allowed,
            BaseUrl::At(_) => Literal::Refused,
        };
        let credential = Credential::read(table, profile.auth, literal);
        let limits = Limits::read(table);
        let options = options(table, profile.options);
        let context = table.context();
        let ca = table.optional("ca", |value| certificates(context, value));
        Some(Self {
            name: name.ok()?,
            profile,
            base_url,
            credential: credential?,
            limits,
            options,
            ca: ca.unwrap_or_default(),
        })
    }
}

impl BaseUrl {
    /// As the file has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sandbox => SANDBOX,
            Self::At(url) => url,
        }
    }
}

impl Credential {
    fn read(table: &mut Table<'_>, scheme: AuthScheme, literal: Literal) -> Option<Self> {
        match scheme {
            AuthScheme::Basic => {
                let username = table.need_secret("username", literal);
                let password = table.need_secret("password", literal);
                Some(Self::Basic {
                    username: username?,
                    password: password?,
                })
            }
            AuthScheme::Bearer | AuthScheme::Header { .. } => {
                let key = table.need_secret("api_key", literal)?;
                if HeaderValue::from_str(key.value.expose_secret()).is_err() {
                    let refusal = Refusal::new("holds a control character, which no header can carry");
                    table.refuse_key("api_key", refusal);
                }
                Some(Self::ApiKey(key))
            }
        }
    }
}

/// The keys of a connection to that provider.
pub(super) fn keys(profile: &'static Profile) -> Vec<Key> {
    let credential: &[Key] = match profile.auth {
        AuthScheme::Basic => BASIC,
        AuthScheme::Bearer | AuthScheme::Header { .. } => API_KEY,
    };
    let option = |(name, kind): &(&'static str, OptionKind)| match *kind {
        OptionKind::Flag(_) => Key::new(name, Form::Flag),
        OptionKind::Word(words) => Key::new(name, Form::Word(words)),
    };
    let options = profile.options.iter().map(option);
    let common = COMMON.iter().chain(credential).chain(limits::KEYS).copied();
    common.chain(options).collect()
}

const COMMON: &[Key] = &[
    Key::required("provider", Form::Text("name of a provider", ".")),
    Key::new(
        "base_url",
        Form::Text("URL, or `\"sandbox\"`", "^(sandbox|https?://.+)$"),
    ),
    Key::new("ca", Form::PATH),
];

const BASIC: &[Key] = &[
    Key::required("username", Form::CREDENTIAL),
    Key::required("password", Form::CREDENTIAL),
];

const API_KEY: &[Key] = &[Key::required("api_key", Form::CREDENTIAL)];

/// Every connection, in the order of the file, and the names of those too that were refused.
pub(super) fn read(
    root: &mut Table<'_>,
    profiles: &[&'static Profile],
) -> (Vec<Connection>, Vec<ConnectionName>) {
    let mut tables = 0;
    let mut names = Vec::new();
    let connections = root.named("connections", |name, table| {
        tables += 1;
        names.extend(name.parse::<ConnectionName>());
        Connection::read(name, table, profiles)
    });
    if tables == 0 {
        let fix = "add a table [connections.<name>]; those of the shipped file count only there";
        root.context()
            .conflict(&["connections"], "names no connection", fix);
    }
    (connections, names)
}

/// The word for the simulator inside the process.
const SANDBOX: &str = "sandbox";

fn provider(value: &DeValue<'_>, profiles: &[&'static Profile]) -> Parsed<&'static Profile> {
    let text = text(value)?;
    let found = profiles.iter().find(|profile| profile.provider == text);
    found
        .copied()
        .ok_or_else(|| Refusal::unknown(text, profiles.iter().map(|profile| profile.provider)))
}

fn base_url(value: &DeValue<'_>) -> Parsed<BaseUrl> {
    match text(value)? {
        SANDBOX => Ok(BaseUrl::Sandbox),
        _ => address::base_url(value).map(BaseUrl::At),
    }
}

fn options(
    table: &mut Table<'_>,
    kinds: &[(&'static str, OptionKind)],
) -> BTreeMap<&'static str, OptionValue> {
    let mut options = BTreeMap::new();
    for (key, kind) in kinds {
        let (value, shown) = match *kind {
            OptionKind::Flag(default) => {
                let set = table.optional(key, flag).unwrap_or(default);
                (OptionValue::Flag(set), json!(set))
            }
            OptionKind::Word(words) => {
                let set = table.optional(key, |value| one_of(value, words));
                let word = set.or(words.first().copied()).unwrap_or_default();
                (OptionValue::Word(word), json!(word))
            }
        };
        table.show(key, shown);
        options.insert(*key, value);
    }
    options
}

fn one_of(value: &DeValue<'_>, words: &'static [&'static str]) -> Parsed<&'static str> {
    let text = text(value)?;
    let found = words.iter().find(|word| **word == text);
    found
        .copied()
        .ok_or_else(|| Refusal::unknown(text, words.iter().copied()))
}
