//! Which URLs a write may name as a callback. They are called by the provider, not by the gateway, but a
//! front end must not be able to point a provider at machines that only look public.

use url::{Host, Url};

use crate::address_class;

/// No provider takes a longer one, and most take less.
const LONGEST: usize = 2048;

/// Refuses a URL with the reason. Where hosts are listed, the URL's has to be among them; else it has to be a
/// public one.
pub fn check(text: &str, allowed_hosts: &[String]) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("longer than {LONGEST} characters"));
    }
    // What the URL standard would silently repair.
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    let url = Url::parse(text).ok().filter(|_| !text.contains(is_odd));
    let Some(url) = url.filter(Url::has_host) else {
        return Err("not an absolute URL".to_owned());
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "scheme `{}`: only `https` and `http` are called",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has user info; a callback URL is shown to everybody who may read it".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let allowed = if allowed_hosts.is_empty() {
        url.host().is_some_and(|host| is_public(&host))
    } else {
        allowed_hosts.iter().any(|allowed| allowed == host)
    };
    if allowed {
        return Ok(());
    }
    Err(if allowed_hosts.is_empty() {
        format!("`{host}` is no public host; `webhooks.allowed_hosts` can list it")
    } else {
        format!("`{host}` is not in `webhooks.allowed_hosts`")
    })
}

fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let private = [
                "localhost",
                "local",
                "internal",
                "home.arpa",
                "test",
                "invalid",
                "onion",
            ];
            let is_below = |zone: &str| {
                name.strip_suffix(zone)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            name.contains('.') && !private.into_iter().any(is_below)
        }
        Host::Ipv4(address) => address_class::is_public((*address).into()),
        Host::Ipv6(address) => address_class::is_public((*address).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check;

    #[test]
    fn public_hosts_are_called() {
        for url in [
            "https://hooks.example.com/sms?tenant=7#rc=2",
            "http://hooks.example.com:8443",
            "https://1.1.1.1/x",
            "https://[2606:4700::1111]/x",
            "https://bücher.example.com/",
        ] {
            assert_eq!(check(url, &[]), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for url in [
            "http://localhost/",
            "http://a.localhost./",
            "http://printer/",
            "http://db.internal/",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest",
            "http://100.64.0.1/",
            "http://192.0.2.1/",
            "http://0.0.0.0/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[2001:db8::1]/",
            "http://[2002:a00:1::]/",
        ] {
            let refusal = check(url, &[]).unwrap_err();
            assert!(refusal.contains("no public host"), "{url}: {refusal}");
        }
    }

    #[test]
    fn what_is_no_callback_is_refused() {
        for (url, why) in [
            ("hooks.example.com/sms", "not an absolute URL"),
            ("", "not an absolute URL"),
            ("https:\\\\hooks.example.com", "not an absolute URL"),
            ("https://hooks.example.com/\nx", "not an absolute URL"),
            ("ftp://hooks.example.com/", "scheme `ftp`"),
            ("javascript:alert(1)", "not an absolute URL"),
            ("https://user:pw@hooks.example.com/", "user info"),
            ("https://user@hooks.example.com/", "user info"),
        ] {
            let refusal = check(url, &[]).unwrap_err();
            assert!(refusal.contains(why), "{url}: {refusal}");
        }
        let long = format!("https://hooks.example.com/{}", "x".repeat(2048));
        assert!(check(&long, &[]).unwrap_err().contains("longer"));
    }

    #[test]
    fn a_list_of_hosts_is_exact() {
        let allowed = ["hooks.example.com".to_owned(), "localhost".to_owned()];
        assert_eq!(check("https://HOOKS.example.com/a", &allowed), Ok(()));
        assert_eq!(check("http://localhost:3000/a", &allowed), Ok(()));
        for url in [
            "https://evil.hooks.example.com/",
            "https://example.com/",
            "https://1.1.1.1/",
        ] {
            assert!(
                check(url, &allowed).unwrap_err().contains("allowed_hosts"),
                "{url}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,60}") {
            drop(check(&text, &[]));
        }
    }
}
