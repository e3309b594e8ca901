//! A prediction: JSON whose texts are those of the neutral fields, borrowed.

use std::borrow::Cow;

use crate::json::{Json, Verbatim};

/// What the neutral fields alone say of the provider's JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicted<'p> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A string.
    Text(Cow<'p, str>),
    /// A list.
    Array(Vec<Self>),
    /// An object; no member twice.
    Object(Vec<(&'p str, Self)>),
    /// A number, or any value that is carried by its text.
    Verbatim(Cow<'p, str>),
}

impl<'p> Predicted<'p> {
    /// A string.
    pub fn text(text: impl Into<Cow<'p, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Verbatim(Cow::Owned(number.to_string()))
    }

    /// An object of those members that have a value.
    pub fn object<const N: usize>(members: [(&'p str, Option<Self>); N]) -> Self {
        let mut present = Vec::with_capacity(N);
        present.extend(members.into_iter().filter_map(|(k, v)| v.map(|v| (k, v))));
        Self::Object(present)
    }
}

impl<'p> From<&'p Verbatim> for Predicted<'p> {
    fn from(text: &'p Verbatim) -> Self {
        Self::Verbatim(text.as_str().into())
    }
}

impl<'p> From<&'p Json> for Predicted<'p> {
    fn from(json: &'p Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Json::Object(members) => {
                let member = |(key, value): &'p (String, Json)| (key.as_str(), Self::from(value));
                Self::Object(members.iter().map(member).collect())
            }
            Json::Verbatim(text) => text.into(),
        }
    }
}

impl From<Predicted<'_>> for Json {
    fn from(predicted: Predicted<'_>) -> Self {
        match predicted {
            Predicted::Null => Self::Null,
            Predicted::Bool(value) => Self::Bool(value),
            Predicted::Text(text) => Self::text(text),
            Predicted::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Predicted::Object(members) => {
                let member = |(key, value): (&str, Predicted<'_>)| (key.to_owned(), Self::from(value));
                Self::Object(members.into_iter().map(member).collect())
            }
            Predicted::Verbatim(text) => Verbatim::known(text.into_owned()).into(),
        }
    }
}
