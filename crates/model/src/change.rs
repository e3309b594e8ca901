//! What a client wants of a webhook: the body of a write, read strictly. What is wrong is named by a JSON
//! pointer; nothing is dropped.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Code, Error, Place, Result};
use crate::json::{Kind, Node};

/// A member of a body. Absent and null differ: the one keeps what there is, the other takes it away. Where
/// there is nothing yet they mean the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not mentioned.
    #[default]
    Keep,
    /// Null.
    Clear,
    /// A value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// Whether nothing is wanted.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

/// What a write wants a webhook to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// What is called.
    pub target: Patch<TargetChange>,
    /// For which events, as event names.
    pub events: Patch<Vec<String>>,
    /// On which words in a message.
    pub keywords: Patch<Vec<String>>,
    /// Whether it is called at all.
    pub enabled: Patch<bool>,
}

/// What a write wants a webhook's target to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetChange {
    /// `http`, `flow` or `<provider>:<native value>`.
    pub kind: Patch<String>,
    /// The callback URL.
    pub url: Patch<String>,
    /// The method, upper case.
    pub method: Patch<String>,
    /// The flow.
    pub flow_id: Patch<String>,
}

/// Fields of a webhook that no write can set.
const READ_ONLY: [&str; 13] = [
    "id",
    "self",
    "connection",
    "provider",
    "scope",
    "source",
    "inherited",
    "overridden",
    "phase",
    "created_at",
    "updated_at",
    "extra",
    "raw",
];

impl WebhookChange {
    /// Reads a body. All its faults are in the error.
    pub fn read(body: &[u8]) -> Result<Self> {
        let node = Node::parse(body).map_err(|error| {
            Error::client(Code::MalformedRequest, format!("The body is no JSON: {error}"))
        })?;
        let mut faults = Faults::default();
        let change = Self::of(&node, &mut faults);
        faults.into_result().map(|()| change)
    }

    /// Whether it wants nothing.
    pub fn is_empty(&self) -> bool {
        match &self.target {
            Patch::Keep => {}
            Patch::Set(target) if *target == TargetChange::default() => {}
            Patch::Set(_) | Patch::Clear => return false,
        }
        self.events.is_keep() && self.keywords.is_keep() && self.enabled.is_keep()
    }

    fn of(node: &Node<'_>, faults: &mut Faults) -> Self {
        let mut change = Self::default();
        for (name, value) in members(node, "#", faults) {
            match name {
                "target" => change.target = patch(value, |value| Some(TargetChange::of(value, faults))),
                "events" => change.events = patch(value, |value| texts(value, "#/events", faults)),
                "keywords" => change.keywords = patch(value, |value| texts(value, "#/keywords", faults)),
                "enabled" => {
                    change.enabled = patch(value, |value| match value.kind() {
                        Kind::Bool(flag) => Some(*flag),
                        _ => faults.add("#/enabled", "must be true or false"),
                    });
                }
                known if READ_ONLY.contains(&known) => faults.member("#", known, "cannot be written"),
                other => faults.member("#", other, "not a field of a webhook"),
            }
        }
        change
    }
}

impl TargetChange {
    fn of(node: &Node<'_>, faults: &mut Faults) -> Self {
        let mut change = Self::default();
        for (name, value) in members(node, "#/target", faults) {
            let slot = match name {
                "type" => &mut change.kind,
                "url" => &mut change.url,
                "method" => &mut change.method,
                "flow_id" => &mut change.flow_id,
                _ => {
                    faults.member("#/target", name, "not a field of a target");
                    continue;
                }
            };
            *slot = patch(value, |value| match value.as_str() {
                Some(text) => Some(text.to_owned()),
                None => faults.add(&format!("#/target/{name}"), "must be text"),
            });
        }
        change
    }
}

/// What stands unencoded in a fragment.
const POINTER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The faults of a body.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, String)>);

impl Faults {
    /// Adds one. Answers `None`, for use where a value was expected.
    pub fn add<T>(&mut self, pointer: &str, detail: impl Into<String>) -> Option<T> {
        self.0.push((pointer.to_owned(), detail.into()));
        None
    }

    /// Adds one of a member whose name the client chose (RFC 6901, section 6: as a URI fragment).
    pub fn member(&mut self, parent: &str, name: &str, detail: impl Into<String>) {
        let name = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{parent}/{}", utf8_percent_encode(&name, POINTER));
        self.add::<()>(&pointer, detail);
    }

    /// One error with all of them, if there are any.
    pub fn into_result(self) -> Result<()> {
        let [(pointer, detail), ..] = self.0.as_slice() else {
            return Ok(());
        };
        let first = format!("`{pointer}`: {detail}");
        let error = Error::client(Code::InvalidRequest, first);
        Err(self.0.into_iter().fold(error, |error, (pointer, detail)| {
            error.at(Place::Pointer(pointer), detail)
        }))
    }
}

/// The members of an object.
fn members<'n>(node: &'n Node<'_>, at: &str, faults: &mut Faults) -> Vec<(&'n str, &'n Node<'n>)> {
    if let Kind::Object(members) = node.kind() {
        return members.iter().map(|(name, value)| (&**name, value)).collect();
    }
    faults.add::<()>(at, "must be an object");
    Vec::new()
}

fn patch<T>(node: &Node<'_>, read: impl FnOnce(&Node<'_>) -> Option<T>) -> Patch<T> {
    match node.kind() {
        Kind::Null => Patch::Clear,
        // A value that cannot be read has left its fault; the change as a whole is refused.
        _ => read(node).map_or(Patch::Keep, Patch::Set),
    }
}

fn texts(node: &Node<'_>, at: &str, faults: &mut Faults) -> Option<Vec<String>> {
    let Kind::Array(items) = node.kind() else {
        return faults.add(at, "must be a list of texts");
    };
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(text) => texts.push(text.to_owned()),
            None => {
                faults.add::<()>(&format!("{at}/{index}"), "must be text");
            }
        }
    }
    Some(texts)
}
