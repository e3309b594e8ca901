//! What every kind of webhook has: where it is sent, and how.

use hyper::Uri;

use super::error::Error;
use super::reason::Reason;

const MAX_URL: usize = 512;

/// A URL that can be called; what is behind its `#` is for the caller.
pub(super) fn check_url(url: &str, otherwise: Reason) -> Result<(), Error> {
    if url.chars().count() > MAX_URL {
        return Err(Reason::UrlTooLong.into());
    }
    let parsed = url.parse::<Uri>().map_err(|_| otherwise)?;
    let is_web = matches!(parsed.scheme_str(), Some("http" | "https"));
    if is_web && parsed.host().is_some_and(|host| !host.is_empty()) {
        Ok(())
    } else {
        Err(otherwise.into())
    }
}

/// GET or POST in any case: the published enumeration has changed its own.
pub(super) fn check_method(method: &str) -> Result<(), Error> {
    if ["get", "post"]
        .iter()
        .any(|known| method.eq_ignore_ascii_case(known))
    {
        Ok(())
    } else {
        Err(Reason::BadMethod.into())
    }
}
