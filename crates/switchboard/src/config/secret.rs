//! Secrets: where they come from, and a type that does not show them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use secrecy::SecretString;
use serde_json::{Value, json};
use toml::de::DeValue;

use super::context::Context;
use super::value::{Parsed, Refusal, text};

/// A resolved secret. `Debug` stars it.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The value.
    pub value: SecretString,
    /// `env:NAME` or `file:PATH`; none for a literal.
    pub reference: Option<String>,
}

/// Whether a secret may stand in the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    Allowed,
    Refused,
}

/// A longer file is no secret but a mistake.
const LONGEST: u64 = 64 * 1024;

const HOW: &str = "write \"env:NAME\" or \"file:PATH\"";

impl Secret {
    /// What may be shown of it.
    pub(super) fn starred(&self) -> Value {
        match &self.reference {
            Some(reference) => json!(format!("*** ({reference})")),
            None => json!("***"),
        }
    }
}

/// The secret that a value refers to, and perhaps a warning about where it lies.
pub(super) fn resolve(
    context: &Context<'_>,
    value: &DeValue<'_>,
    literal: Literal,
) -> Parsed<(Secret, Option<Refusal>)> {
    let reference = text(value).map_err(|refusal| refusal.fix(HOW))?;
    let (value, warning) = if let Some(name) = reference.strip_prefix("env:") {
        (from_environment(context, name)?, None)
    } else if let Some(path) = reference.strip_prefix("file:") {
        from_file(context, path)?
    } else if literal == Literal::Refused {
        return Err(Refusal::new("is a secret and must not stand in the file").fix(HOW));
    } else if reference.is_empty() {
        return Err(Refusal::new("is empty"));
    } else {
        let secret = Secret {
            value: reference.into(),
            reference: None,
        };
        return Ok((secret, None));
    };
    let secret = Secret {
        value: value.into(),
        reference: Some(reference.to_owned()),
    };
    Ok((secret, warning))
}

fn from_environment(context: &Context<'_>, name: &str) -> Parsed<String> {
    match (context.environment)(name) {
        Some(value) if !value.is_empty() => Ok(value),
        found => {
            let state = if found.is_some() { "empty" } else { "not set" };
            let message = format!("refers to the environment variable {name:?}, which is {state}");
            Err(Refusal::new(message).fix("set it where the gateway is started"))
        }
    }
}

fn from_file(context: &Context<'_>, path: &str) -> Parsed<(String, Option<Refusal>)> {
    let full = context.folder.join(path);
    context.file(full.clone());
    let (value, warning) = read(&full).map_err(|error| {
        Refusal::new(format!(
            "refers to the file {path:?}, which cannot be read: {error}"
        ))
    })?;
    if value.is_empty() {
        return Err(Refusal::new(format!(
            "refers to the file {path:?}, which is empty"
        )));
    }
    let warning = warning.then(|| {
        Refusal::new(format!(
            "lies in the file {path:?}, which everybody on this machine can read"
        ))
        .fix("take the permission from others: chmod o-rwx")
    });
    Ok((value, warning))
}

/// The text of a file without a last line's end, and whether everybody may read it.
fn read(path: &Path) -> io::Result<(String, bool)> {
    let file = File::open(path)?;
    let open = is_world_readable(&file)?;
    let mut text = String::new();
    let length = file.take(LONGEST + 1).read_to_string(&mut text)?;
    if !u64::try_from(length).is_ok_and(|length| length <= LONGEST) {
        return Err(io::Error::other("it is longer than 64 KiB"));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok((text, open))
}

#[cfg(unix)]
fn is_world_readable(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_world_readable(_: &File) -> io::Result<bool> {
    Ok(false)
}
