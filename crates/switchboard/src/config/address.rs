//! From a TOML value to where something is: sockets, networks, hosts, origins, base URLs.

use std::net::SocketAddr;

use ipnet::IpNet;
use toml::de::DeValue;
use url::{Host, Url};

use super::value::{Parsed, Refusal, text};
use crate::address_class::Reach;

/// `127.0.0.1:8080`, `[::1]:8080`.
pub(super) fn socket(value: &DeValue<'_>) -> Parsed<SocketAddr> {
    text(value)?.parse().map_err(|_| {
        Refusal::new("is no address with a port").fix("write \"127.0.0.1:8080\" or \"[::1]:8080\"")
    })
}

/// `10.0.0.0/8`, or one address.
pub(super) fn network(value: &DeValue<'_>) -> Parsed<IpNet> {
    let text = text(value)?;
    text.parse()
        .or_else(|_| text.parse().map(|address: std::net::IpAddr| IpNet::from(address)))
        .map_err(|_| Refusal::new("is no network").fix("write \"10.0.0.0/8\" or one address"))
}

/// A host as a `Host` header has it, without port.
pub(super) fn host(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    let parsed = Host::parse(text).map(|host| host.to_string());
    match parsed {
        Ok(host) if host == text => Ok(host),
        Ok(host) => {
            Err(Refusal::new("is not in the form in which hosts are compared")
                .fix(format!("write \"{host}\"")))
        }
        Err(_) => {
            let refusal =
                Refusal::new("is no host").fix("write a name or address without scheme, port and path");
            Err(private_if_bearing(refusal, text))
        }
    }
}

/// `https://app.example.com`, exactly as browsers send it.
pub(super) fn origin(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    let example = "write scheme, host and, unless it is the scheme's own, port: \"https://app.example.com\"";
    let url = web_url(text).map_err(|refusal| refusal.fix(example))?;
    let origin = url.origin().ascii_serialization();
    if origin == text {
        Ok(origin)
    } else if is_bare(&url) && url.path() == "/" {
        Err(Refusal::new("is not as browsers send it").fix(format!("write \"{origin}\"")))
    } else {
        Err(private_if_bearing(
            Refusal::new("is no origin").fix(example),
            text,
        ))
    }
}

/// Where clients reach the gateway: an origin, perhaps with a slash.
pub(super) fn public_url(value: &DeValue<'_>) -> Parsed<String> {
    let text = text(value)?;
    let url = web_url(text)?;
    if is_bare(&url) && url.path() == "/" {
        Ok(url.origin().ascii_serialization())
    } else {
        let refusal = Refusal::new("has more than scheme, host and port");
        Err(private_if_bearing(
            refusal.fix("give the gateway a host of its own and leave out the rest"),
            text,
        ))
    }
}

/// A provider's base URL, without a trailing slash. Plain HTTP would show our credential to everybody on the
/// way, so it stays on this machine.
pub(super) fn base_url(value: &DeValue<'_>) -> Parsed<String> {
    let url = web_url(text(value)?)?;
    if !is_bare(&url) {
        let refusal = Refusal::new("has user info, a query or a fragment");
        return Err(refusal.fix("credentials have keys of their own").private());
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(Refusal::new("is plain http to another machine").fix("write https"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A URL that the gateway itself calls.
pub(super) fn called_url(value: &DeValue<'_>) -> Parsed<Url> {
    let url = web_url(text(value)?).map_err(|refusal| refusal.fix("write \"https://…\" or \"file:PATH\""))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Refusal::new("has user info or a fragment").private());
    }
    match Reach::of(&url) {
        Ok(_) => Ok(url),
        Err(problem) => Err(Refusal::new(problem).fix("write https, and the host by its name")),
    }
}

/// A URL of something of the operator's own, to which nothing secret is sent.
pub(super) fn own_url(value: &DeValue<'_>) -> Parsed<Url> {
    let url = web_url(text(value)?)?;
    if !is_bare(&url) {
        return Err(Refusal::new("has user info, a query or a fragment").private());
    }
    match Reach::of_own(&url) {
        Ok(_) => Ok(url),
        Err(problem) => Err(Refusal::new(problem).fix("write https, or an address of a private network")),
    }
}

fn web_url(text: &str) -> Parsed<Url> {
    let refuse = || private_if_bearing(Refusal::new("is no http or https URL"), text);
    let url = Url::parse(text).map_err(|_| refuse())?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(refuse())
    }
}

fn is_bare(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none()
}

/// What has user info, a query or a fragment may hold a secret there, whether it is a URL or not.
fn private_if_bearing(refusal: Refusal, text: &str) -> Refusal {
    if text.contains(['@', '?', '#']) {
        refusal.private()
    } else {
        refusal
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
