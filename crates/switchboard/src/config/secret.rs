//! Secrets: where they come from, and a type that does not show them. Wherever one is read, the buffer is zeroed that
//! it was read into, and is large enough from the start: one that grows leaves copies behind.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use toml::de::DeValue;
use zeroize::Zeroizing;

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
const LONGEST: usize = 64 * 1024;

/// Where else it may stand.
pub(super) const HOW: &str = "write \"env:NAME\" or \"file:PATH\"";

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
        value,
        reference: Some(reference.to_owned()),
    };
    Ok((secret, warning))
}

fn from_environment(context: &Context<'_>, name: &str) -> Parsed<SecretString> {
    match (context.environment)(name) {
        Some(value) if !value.is_empty() => Ok(value.into()),
        found => {
            let state = if found.is_some() { "empty" } else { "not set" };
            let message = format!("refers to the environment variable {name:?}, which is {state}");
            Err(Refusal::new(message).fix("set it where the gateway is started"))
        }
    }
}

fn from_file(context: &Context<'_>, path: &str) -> Parsed<(SecretString, Option<Refusal>)> {
    let full = context.folder.join(path);
    context.file(full.clone());
    let (value, warning) = read(&full).map_err(|error| {
        Refusal::new(format!(
            "refers to the file {path:?}, which cannot be read: {error}"
        ))
        .fix("look at the path, which is relative to the configuration's folder, and at who may read it")
    })?;
    if value.expose_secret().is_empty() {
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
fn read(path: &Path) -> io::Result<(SecretString, bool)> {
    let file = File::open(path)?;
    let open = is_world_readable(&file)?;
    // Never full, so it never grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 2));
    let length = file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if length > LONGEST {
        return Err(io::Error::other("it is longer than 64 KiB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| io::Error::other("it is no text in UTF-8"))?;
    let text = text
        .strip_suffix('\n')
        .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    Ok((text.into(), open))
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
