//! What an address is good for (RFC 6890 and its updates), and which URLs the gateway itself may call.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Where clouds answer questions about the machine that asks, outside the link-local range.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Which addresses a URL may lead to. An operator chooses the URL, but not what its name resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The URL says that it is about this machine, and then it has to be.
    Loopback,
    /// Other machines, those of private networks too: an issuer of tokens is often in the same cluster.
    Network,
    /// This machine and private networks, where plain http shows nothing to strangers.
    Near,
}

impl Reach {
    /// Of a URL that the gateway itself is to call, or why it may not be.
    pub fn of(url: &Url) -> Result<Self, &'static str> {
        let (address, local) = host(url)?;
        let reach = if local { Self::Loopback } else { Self::Network };
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err("is plain http to another machine"),
            _ => return Err("is neither https nor http"),
        }
        reach.checked(address)
    }

    /// Of a URL of something of the operator's own, to which nothing secret is sent: plain http may leave the machine,
    /// but not for the public internet.
    pub fn of_own(url: &Url) -> Result<Self, &'static str> {
        let (address, local) = host(url)?;
        match url.scheme() {
            "http" | "https" if local => Self::Loopback.checked(address),
            "https" => Self::Network.checked(address),
            "http" if address.is_some_and(is_public) => Err("is plain http across the internet"),
            "http" => Self::Near.checked(address),
            _ => Err("is neither https nor http"),
        }
    }

    fn checked(self, address: Option<IpAddr>) -> Result<Self, &'static str> {
        if address.is_some_and(|address| !self.admits(address)) {
            return Err("names an address that is never called");
        }
        Ok(self)
    }

    /// Whether it may lead to this address.
    pub fn admits(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Loopback => address.is_loopback(),
            Self::Network => !address.is_loopback() && !is_never_called(address),
            Self::Near => {
                let is_far = is_public(address) || is_translated(address);
                address.is_loopback() || !(is_far || is_never_called(address))
            }
        }
    }
}

/// The address that stands in a URL, if one does, and whether the URL is about this machine.
fn host(url: &Url) -> Result<(Option<IpAddr>, bool), &'static str> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("has no host"),
    };
    let local = address.map_or(url.host_str() == Some("localhost"), |address| {
        address.to_canonical().is_loopback()
    });
    Ok((address, local))
}

/// Whether it is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Neither a machine's address, nor that of a service that trusts whoever reaches it.
fn is_never_called(address: IpAddr) -> bool {
    let of_class = match address {
        IpAddr::V4(address) => {
            let [first, ..] = address.octets();
            first == 0 || first >= 224 || address.is_link_local()
        }
        IpAddr::V6(address) => {
            let embedded = embedded_v4(address)
                .is_some_and(|inner| is_never_called(inner.into()) || inner.is_loopback());
            address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local() || embedded
        }
    };
    of_class || METADATA.contains(&address)
}

/// Whether it is a way across the internet to an address of the other family.
fn is_translated(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if embedded_v4(address).is_some())
}

/// The address behind one of NAT64 or 6to4, or of the form that IPv4 once had in IPv6.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || shared
        || protocol
        || benchmark)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // 2000::/3 is what has been given out; documentation, benchmarks and 6to4 lie inside it.
    (first & 0xe000) == 0x2000
        && !(first == 0x2001 && (second == 0x0db8 || second < 0x0200))
        && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(url: &str) -> Result<Reach, &'static str> {
        Reach::of(&url.parse().unwrap())
    }

    #[test]
    fn a_url_says_how_far_it_reaches() {
        for url in [
            "https://id.example.com/x",
            "https://10.1.2.3/",
            "https://[fd12::1]:8443/",
        ] {
            assert_eq!(reach(url), Ok(Reach::Network), "{url}");
        }
        for url in [
            "http://localhost:1/",
            "https://localhost/",
            "http://127.9.9.9/",
            "http://[::1]/",
        ] {
            assert_eq!(reach(url), Ok(Reach::Loopback), "{url}");
        }
        for (url, why) in [
            ("http://id.example.com/", "plain http"),
            ("http://localhost.example.com/", "plain http"),
            ("http://10.0.0.1/", "plain http"),
            ("ftp://id.example.com/", "neither"),
            ("data:text/plain,x", "no host"),
            ("https://169.254.169.254/latest", "never called"),
            ("https://2852039166/", "never called"),
            ("https://0xa9.0xfe.0xa9.0xfe/", "never called"),
            ("https://0.0.0.0/", "never called"),
            ("https://[::]/", "never called"),
            ("https://[::ffff:169.254.169.254]/", "never called"),
            ("https://[64:ff9b::a9fe:a9fe]/", "never called"),
            ("https://[2002:a9fe:a9fe::1]/", "never called"),
            ("https://[::7f00:1]/", "never called"),
            ("https://[fe80::1]/", "never called"),
            ("https://[fd00:ec2::254]/", "never called"),
            ("https://100.100.100.200/", "never called"),
            ("https://224.0.0.1/", "never called"),
            ("https://255.255.255.255/", "never called"),
            ("https://[ff02::1]/", "never called"),
        ] {
            assert!(reach(url).unwrap_err().contains(why), "{url}");
        }
    }

    #[test]
    fn plain_http_to_ones_own_stays_near() {
        let reach = |url: &str| Reach::of_own(&url.parse().unwrap());
        for (url, expected) in [
            ("http://localhost:4317", Ok(Reach::Loopback)),
            ("https://[::1]:4317", Ok(Reach::Loopback)),
            ("http://10.1.2.3:4317", Ok(Reach::Near)),
            ("http://100.64.0.9:4317", Ok(Reach::Near)),
            ("http://collector:4317", Ok(Reach::Near)),
            ("https://collector.example.com", Ok(Reach::Network)),
            ("http://1.1.1.1:4317", Err("is plain http across the internet")),
            (
                "http://169.254.169.254",
                Err("names an address that is never called"),
            ),
            (
                "https://169.254.169.254",
                Err("names an address that is never called"),
            ),
            ("ftp://collector", Err("is neither https nor http")),
        ] {
            assert_eq!(reach(url), expected, "{url}");
        }
        let admits = |address: &str| Reach::Near.admits(address.parse().unwrap());
        assert!(
            ["127.0.0.1", "10.0.0.1", "172.17.0.1", "fd12::1", "::1"]
                .into_iter()
                .all(admits)
        );
        for address in [
            "1.1.1.1",
            "2606:4700::1111",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
        ] {
            assert!(!admits(address), "{address}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_that_its_url_does_not_say() {
        let admits = |reach: Reach, address: &str| reach.admits(address.parse().unwrap());
        for address in ["1.1.1.1", "10.0.0.1", "192.168.1.1", "2606:4700::1111", "fd12::1"] {
            assert!(
                admits(Reach::Network, address) && !admits(Reach::Loopback, address),
                "{address}"
            );
        }
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(
                !admits(Reach::Network, address) && admits(Reach::Loopback, address),
                "{address}"
            );
        }
        for address in [
            "169.254.169.254",
            "0.0.0.0",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:169.254.0.1",
        ] {
            assert!(
                !admits(Reach::Network, address) && !admits(Reach::Loopback, address),
                "{address}"
            );
        }
    }
}
