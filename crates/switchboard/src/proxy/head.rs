//! Headers that do not pass through, in either direction.

use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use layers::Context;

use super::CONTENT_POLICY;

/// What is between two neighbours.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// What is between a client and the gateway.
fn is_from_client(name: &str) -> bool {
    matches!(name, "authorization" | "x-api-key" | "cookie")
}

/// By these a client would choose the host that a provider puts into its links, or the method that its scope was
/// not checked for.
fn is_steering(name: &str) -> bool {
    let named = matches!(
        name,
        "host"
            | "forwarded"
            | "x-real-ip"
            | "x-original-url"
            | "x-rewrite-url"
            | "x-http-method"
            | "x-http-method-override"
            | "x-method-override"
    );
    named || name.starts_with("x-forwarded-")
}

/// A part of an answer, in which links cannot be found.
fn is_partial(name: &str) -> bool {
    matches!(name, "range" | "if-range")
}

/// What would speak for the gateway's whole origin.
fn is_from_provider(name: &str) -> bool {
    let named = matches!(
        name,
        "set-cookie" | "strict-transport-security" | "alt-svc" | "clear-site-data"
    );
    named || name.starts_with("access-control-")
}

/// The headers of a request on its way to the provider. Its `Host` is made from where it goes.
pub(super) fn forth(headers: &mut HeaderMap, rewrites: bool) {
    remove_named(headers);
    remove(headers, |name| {
        is_hop_by_hop(name) || is_from_client(name) || is_steering(name) || (rewrites && is_partial(name))
    });
    // Of codings only those that can be undone here, since links and repeated credentials have to be found.
    let coding = if rewrites {
        Some("identity")
    } else {
        coding(headers)
    };
    if let Some(coding) = coding {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding));
    }
}

/// The headers of an answer on its way to the client.
pub(super) fn back(headers: &mut HeaderMap, context: &Context) {
    remove_named(headers);
    remove(headers, |name| is_hop_by_hop(name) || is_from_provider(name));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    // A list, to which everybody on the way adds.
    headers.append(HeaderName::from_static("server-timing"), context.timing());
}

/// Removes all headers whose names are such. Most have others, so that looking at each costs less than looking for all
/// that there could be.
pub(super) fn remove(headers: &mut HeaderMap, is_such: impl Fn(&str) -> bool) {
    let such = headers.keys().filter(|name| is_such(name.as_str()));
    let such: Vec<HeaderName> = such.cloned().collect();
    for name in such {
        headers.remove(name);
    }
}

/// Removes those that one neighbour has named to the other.
fn remove_named(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
}

fn coding(headers: &HeaderMap) -> Option<&'static str> {
    let mut codings = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .peekable();
    codings.peek()?;
    let takes_gzip = codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let refused = weight
            .trim()
            .trim_start_matches(['q', 'Q', '='])
            .trim_matches(['0', '.'])
            .is_empty();
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    });
    Some(if takes_gzip { "gzip" } else { "identity" })
}
