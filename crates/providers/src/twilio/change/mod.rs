//! What a client wants of a webhook as Twilio's forms. All faults of a body are collected; what is known to
//! be impossible is refused before the call, and the rest is Twilio's to judge.

pub(super) mod callbacks;
pub(super) mod number;
pub(super) mod shape;
pub(super) mod webhook;

use std::borrow::Cow;

use model::{Body, Faults, Patch};

use super::sid::is_sid;

/// Characters of a URL.
const MAX_URL: usize = 512;
/// Keywords of a trigger, and characters of each.
const MAX_KEYWORDS: usize = 5;
const MAX_KEYWORD: usize = 248;

/// A form that is being filled in.
#[derive(Default)]
struct Form(Vec<(Cow<'static, str>, String)>);

impl Form {
    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Lists are the same name again and again; an empty one cannot be said.
    fn list(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        for value in values {
            self.set(name, value);
        }
    }

    fn into_body(self) -> Body {
        Body::Form(self.0)
    }

    /// `None` if it says nothing: Twilio refuses an update that does not.
    fn into_update(self) -> Option<Body> {
        (!self.0.is_empty()).then(|| self.into_body())
    }
}

/// The value that a change asks for, if there is another one now. Null is a fault where there is a value, since
/// Twilio cannot be told to take it away.
fn difference<'c, T: PartialEq>(
    patch: &'c Patch<T>,
    current: Option<&T>,
    at: &str,
    faults: &mut Faults,
) -> Option<&'c T> {
    match patch {
        Patch::Keep => None,
        Patch::Clear if current.is_none() => None,
        Patch::Clear => faults.add(at, "twilio cannot clear it; leave it out, or give another value"),
        Patch::Set(value) if current == Some(value) => None,
        Patch::Set(value) => Some(value),
    }
}

/// The same for a list. An empty one is nothing to take away.
fn list_difference<'c>(
    patch: &'c Patch<Vec<String>>,
    current: &Vec<String>,
    at: &str,
    faults: &mut Faults,
) -> Option<&'c Vec<String>> {
    let there = Some(current).filter(|current| !current.is_empty());
    difference(patch, there, at, faults).filter(|wanted| *wanted != current)
}

fn check_url(url: &str, faults: &mut Faults) {
    if !(1..=MAX_URL).contains(&url.chars().count()) {
        faults.add::<()>("#/target/url", format!("must have 1 to {MAX_URL} characters"));
    }
}

fn check_method(method: &str, faults: &mut Faults) {
    if !matches!(method, "GET" | "POST") {
        faults.add::<()>("#/target/method", "must be `GET` or `POST`");
    }
}

fn check_flow(flow: &str, faults: &mut Faults) {
    if !is_sid("FW", flow) {
        faults.add::<()>("#/target/flow_id", "must be `FW` and 32 hex digits");
    }
}

fn check_keywords(keywords: &[String], faults: &mut Faults) {
    if !(1..=MAX_KEYWORDS).contains(&keywords.len()) {
        let detail = format!("twilio takes 1 to {MAX_KEYWORDS} keywords");
        faults.add::<()>("#/keywords", detail);
    }
    for (index, keyword) in keywords.iter().enumerate() {
        if !(1..=MAX_KEYWORD).contains(&keyword.chars().count()) {
            let detail = format!("must have 1 to {MAX_KEYWORD} characters");
            faults.add::<()>(&format!("#/keywords/{index}"), detail);
        }
    }
}
