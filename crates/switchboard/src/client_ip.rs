//! Whose request it is, behind proxies that are trusted to say so.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::FORWARDED;
use ipnet::IpNet;

/// Walks from the socket's peer through `Forwarded`, else `X-Forwarded-For`, from the right, as long as the
/// one who speaks is trusted.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    // A socket for both families shows IPv4 inside IPv6.
    let peer = peer.to_canonical();
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    if !is_trusted(peer) {
        return peer;
    }
    let name = if headers.contains_key(FORWARDED) {
        "forwarded"
    } else {
        "x-forwarded-for"
    };
    let mut hops = headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect::<Vec<_>>();
    hops.reverse();
    let mut client = peer;
    for hop in hops.into_iter().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        match address(hop) {
            Some(ip) => client = ip,
            None => break,
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, or one of these as `for=` of RFC 7239.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let node = hop.split(';').map(str::trim).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    });
    let node = node.unwrap_or(hop);
    let bracketed = node
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(ip, _)| ip);
    let without_port = || node.rsplit_once(':').map(|(ip, _)| ip);
    bracketed
        .unwrap_or(node)
        .parse()
        .ok()
        .or_else(|| without_port()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &'static str, value: &'static str) -> String {
        let from = |peer: &str| from_peer(peer, name, value);
        assert_eq!(from("10.0.0.1"), from("::ffff:10.0.0.1"));
        from("10.0.0.1")
    }

    fn from_peer(peer: &str, name: &'static str, value: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client_ip(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_hops_are_believed() {
        assert_eq!(from("x-forwarded-for", "1.2.3.4, 5.6.7.8"), "5.6.7.8");
        assert_eq!(from("x-forwarded-for", "5.6.7.8, 10.2.3.4"), "5.6.7.8");
        assert_eq!(from("x-forwarded-for", "nonsense"), "10.0.0.1");
        assert_eq!(
            from("forwarded", "for=\"[2001:db8::1]:443\";proto=https"),
            "2001:db8::1"
        );
        assert_eq!(from("forwarded", "for=5.6.7.8:80, for=10.9.9.9"), "5.6.7.8");
        let headers =
            HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "1.2.3.4".parse().unwrap())]);
        assert_eq!(
            client_ip("8.8.8.8".parse().unwrap(), &headers, &[]).to_string(),
            "8.8.8.8"
        );
    }
}
