//! The parameters of a write. One that the operation does not know is refused, not ignored, so that a client
//! learns what it got wrong.

use std::str::FromStr;

use super::error::Error;
use super::reason::Reason;
use super::sid::is_sid;
use crate::http::{Form, Request};

/// Parameters whose names are known.
pub(super) struct Parameters(Form);

impl Parameters {
    /// Those of an operation that needs none of them.
    pub(super) fn of(request: &Request, known: &[&str]) -> Result<Self, Error> {
        let form = request.form().map_err(|_| Reason::NotAForm)?;
        if let Some(unknown) = form.names().find(|name| !known.contains(name)) {
            return Err(Error::invalid_parameter(unknown));
        }
        Ok(Self(form))
    }

    /// Those of an operation that does nothing without any.
    pub(super) fn of_update(request: &Request, known: &[&str]) -> Result<Self, Error> {
        let parameters = Self::of(request, known)?;
        if parameters.0.is_empty() {
            return Err(Reason::NothingToUpdate.into());
        }
        Ok(parameters)
    }

    /// A value, which may be empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.value(name)
    }

    /// A value that cannot be done without.
    pub(super) fn required(&self, name: &str) -> Result<&str, Error> {
        self.text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Error::invalid_parameter(name))
    }

    /// The values of a parameter that may be repeated; nothing if it is not there at all.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self.0.values(name).collect();
        (!values.is_empty()).then_some(values)
    }

    /// A value that has to pass a test.
    pub(super) fn checked(&self, name: &str, is_valid: impl Fn(&str) -> bool) -> Result<Option<&str>, Error> {
        match self.text(name) {
            Some(text) if !is_valid(text) => Err(Error::invalid_parameter(name)),
            value => Ok(value),
        }
    }

    /// A text of a bounded length.
    pub(super) fn short(&self, name: &str, most: usize) -> Result<Option<&str>, Error> {
        self.checked(name, |text| text.chars().count() <= most)
    }

    /// A SID of a kind.
    pub(super) fn sid(&self, name: &str, prefix: &str) -> Result<Option<&str>, Error> {
        self.checked(name, |text| is_sid(prefix, text))
    }

    /// A value that is more than text.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let parse = |text: &str| text.parse().map_err(|_| Error::invalid_parameter(name));
        self.text(name).map(parse).transpose()
    }
}
