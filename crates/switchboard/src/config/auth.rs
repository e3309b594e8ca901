//! `[auth]`: whether clients have to say who they are, and whose tokens say so.

use std::path::PathBuf;

use serde_json::json;
use toml::de::DeValue;
use url::Url;

use super::address;
use super::context::Context;
use super::form::{Form, Key};
use super::table::Table;
use super::value::{Parsed, Refusal, text, word};
use crate::jwks;

/// The section.
#[derive(Debug)]
pub struct Auth {
    /// Who is let in.
    pub mode: Mode,
    /// Whose tokens are accepted, beside keys.
    pub jwt: Option<Jwt>,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everybody who reaches the listener, as the client `anonymous`.
    None,
    /// Configured clients, and bearers of accepted tokens.
    #[default]
    Required,
}

/// `[auth.jwt]`: tokens of one issuer.
#[derive(Debug, Clone)]
pub struct Jwt {
    /// What `iss` has to be.
    pub issuer: String,
    /// What has to be among `aud`.
    pub audience: String,
    /// Where the issuer's keys are.
    pub jwks: Jwks,
    /// The claim with scopes.
    pub scopes_claim: String,
    /// The claim with connections.
    pub connections_claim: String,
}

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jwks {
    /// There; the scheme is https, or the host is loopback.
    At(Url),
    /// In this file.
    File(PathBuf),
}

/// The keys of the section.
pub(super) const KEYS: &[Key] = &[
    Key::new("mode", Form::Word(&["none", "required"])),
    Key::new("jwt", Form::Table(JWT)),
];

const JWT: &[Key] = &[
    Key::required("issuer", Form::SOME),
    Key::required("audience", Form::SOME),
    Key::required("jwks", Form::Text("URL, or `file:PATH`", "^(https?://|file:).+$")),
    Key::new("scopes_claim", Form::SOME),
    Key::new("connections_claim", Form::SOME),
];

impl Auth {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let mode = word(&[("none", Mode::None), ("required", Mode::Required)]);
        Self {
            mode: table.get("mode", mode),
            jwt: table.optional_table("jwt", Jwt::read).flatten(),
        }
    }
}

impl Jwt {
    fn read(table: &mut Table<'_>) -> Option<Self> {
        let context = table.context();
        let (issuer, audience) = (table.need("issuer", some_text), table.need("audience", some_text));
        let jwks = table.need("jwks", |value| Jwks::read(value, context));
        if let Some(Jwks::At(url)) = &jwks
            && url.query().is_some()
        {
            // Some issuers want a key there.
            let mut shown = url.clone();
            shown.set_query(Some("***"));
            table.show("jwks", json!(shown.as_str()));
        }
        let scopes_claim = table.optional("scopes_claim", some_text);
        let connections_claim = table.optional("connections_claim", some_text);
        Some(Self {
            issuer: issuer?,
            audience: audience?,
            jwks: jwks?,
            scopes_claim: scopes_claim.unwrap_or_else(|| "scope".to_owned()),
            connections_claim: connections_claim.unwrap_or_else(|| "connections".to_owned()),
        })
    }
}

impl Jwks {
    fn read(value: &DeValue<'_>, context: &Context<'_>) -> Parsed<Self> {
        let Some(path) = text(value)?.strip_prefix("file:") else {
            return address::called_url(value).map(Self::At);
        };
        let full = context.folder.join(path);
        context.file(full.clone());
        match jwks::read(&full) {
            Ok(_) => Ok(Self::File(full)),
            Err(problem) => Err(
                Refusal::new(format!("refers to the file {path:?}, which {problem}"))
                    .fix("name the issuer's JWKS document, relative to the configuration's folder"),
            ),
        }
    }
}

fn some_text(value: &DeValue<'_>) -> Parsed<String> {
    match text(value)? {
        "" => Err(Refusal::new("is empty")),
        text => Ok(text.to_owned()),
    }
}
