//! Headers that do not pass through, in either direction.

use http::header::{
    ACCEPT_ENCODING, ALT_SVC, AUTHORIZATION, CONNECTION, CONTENT_SECURITY_POLICY, COOKIE, FORWARDED, HOST,
    IF_RANGE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use layers::Context;

use super::CONTENT_POLICY;

/// What is between two neighbours.
const HOP_BY_HOP: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
];

/// What is between a client and the gateway.
const FROM_CLIENT: [HeaderName; 3] = [AUTHORIZATION, HeaderName::from_static("x-api-key"), COOKIE];

/// By these a client would choose the host that a provider puts into its links, or the method that its scope was
/// not checked for.
const STEERING: [HeaderName; 8] = [
    HOST,
    FORWARDED,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-method-override"),
];

/// What would speak for the gateway's whole origin.
const FROM_PROVIDER: [HeaderName; 4] = [
    SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
    ALT_SVC,
    HeaderName::from_static("clear-site-data"),
];

/// The headers of a request on its way to the provider. Its `Host` is made from where it goes.
pub(super) fn forth(headers: &mut HeaderMap, rewrites: bool) {
    remove_hop_by_hop(headers);
    remove(headers, &FROM_CLIENT);
    remove(headers, &STEERING);
    remove_family(headers, "x-forwarded-");
    // Of codings only those that can be undone here, since links and repeated credentials have to be found.
    let coding = if rewrites {
        // In a part of an answer links cannot be found either.
        remove(headers, &[RANGE, IF_RANGE]);
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
    remove_hop_by_hop(headers);
    remove(headers, &FROM_PROVIDER);
    remove_family(headers, "access-control-");
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    // A list, to which everybody on the way adds.
    headers.append(HeaderName::from_static("server-timing"), context.timing());
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

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    remove(headers, &named);
    remove(headers, &HOP_BY_HOP);
}

fn remove(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

fn remove_family(headers: &mut HeaderMap, prefix: &str) {
    let family: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(prefix))
        .cloned()
        .collect();
    remove(headers, &family);
}
