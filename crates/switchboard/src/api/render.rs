//! Resources as JSON, in the view that the client may have.

use http::header::LOCATION;
use http::{HeaderName, HeaderValue, StatusCode};
use layers::{Draft, NO_STORE};
use model::{Error, Redactions, Resource, Result};
use serde::Serialize;

use super::call::Call;
use super::endpoint::CacheKind;
use super::envelope::Envelope;
use super::json::bytes;

const REDACTED: HeaderName = HeaderName::from_static("switchboard-redacted");

/// One resource.
pub fn one<T: Resource + Serialize>(call: &Call, mut resource: T) -> Result<Draft> {
    let redacted = view(call, std::slice::from_mut(&mut resource));
    let body = bytes(&resource)?;
    let neutral = call.view.raw.then(|| {
        resource.take_raw();
        bytes(&resource)
    });
    let mut draft = Draft::json(body);
    draft.neutral = neutral.transpose()?;
    finish(call, &mut draft, redacted)?;
    Ok(draft)
}

/// A resource that was made.
pub fn created<T: Resource + Serialize>(call: &Call, resource: T, path: &str) -> Result<Draft> {
    let location = HeaderValue::try_from(path).map_err(|error| Error::internal(error.to_string()))?;
    let mut draft = one(call, resource)?;
    draft.status = StatusCode::CREATED;
    draft.headers.push((LOCATION, location));
    Ok(draft)
}

/// What is not there any more.
pub fn nothing() -> Draft {
    Draft {
        status: StatusCode::NO_CONTENT,
        cache_control: NO_STORE,
        ..Draft::json("")
    }
}

/// A page of resources.
pub fn list<T: Resource + Serialize>(
    call: &Call,
    mut items: Vec<T>,
    envelope: &Envelope<'_>,
) -> Result<Draft> {
    let redacted = view(call, &mut items);
    let (body, stale) = envelope.wrap(&items)?;
    let mut draft = Draft::json(body);
    draft.stale = Some(stale);
    if call.view.raw {
        items.iter_mut().for_each(Resource::take_raw);
        draft.neutral = Some(envelope.wrap(&items)?.0);
    }
    finish(call, &mut draft, redacted)?;
    Ok(draft)
}

/// Takes out what the client may not see or did not ask for.
fn view<T: Resource>(call: &Call, items: &mut [T]) -> Option<String> {
    let mut redactions = Redactions::default();
    for item in items {
        if !call.view.raw {
            item.take_raw();
        }
        if !call.view.sensitive {
            item.redact(&mut redactions);
        }
    }
    redactions.header()
}

fn finish(call: &Call, draft: &mut Draft, redacted: Option<String>) -> Result<()> {
    if let Some(fields) = redacted {
        let value = HeaderValue::try_from(fields).map_err(|error| Error::internal(error.to_string()))?;
        draft.headers.push((REDACTED, value));
    }
    if call.view.raw || call.endpoint.cache_kind() == Some(CacheKind::Deliveries) {
        draft.cache_control = NO_STORE;
    }
    Ok(())
}
