//! Links in answers that pass through: whatever JSON a provider sends, a link that libraries follow leads to the
//! gateway or is gone, only what led to the provider now leads to the gateway, and every other byte stays.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use model::{Account, Code, Kind, Node, OptionValue, ParseError};
use url::Url;

const FACE: &str = "https://gateway.example/proxy/twilio";
const BASE: &str = "http://127.0.0.1:8081/mock";

fuzz_target!(|data: &[u8]| {
    let body = Bytes::copy_from_slice(data);
    for provider in providers::all() {
        let account = Account {
            connection: "acme".parse().expect("a name"),
            base_url: BASE.to_owned(),
            options: [("rewrite_urls", OptionValue::Flag(true))].into(),
        };
        let rewritten = match provider.rewrite_links(&account, FACE, &body) {
            Ok(rewritten) => rewritten,
            Err(error) => {
                assert_eq!(error.code(), Code::ProviderProtocolError);
                // A number that no reader of links can hold is not passed on either.
                assert!(serde_json::from_slice::<serde_json::Value>(data).is_err());
                continue;
            }
        };
        if !provider.rewrites_links(&account) {
            assert!(rewritten.is_none());
            continue;
        }
        let before = match Node::parse(data) {
            Ok(before) => before,
            // Both of a pair are rewritten, which this comparison cannot follow; a test does.
            Err(ParseError::RepeatedKey | ParseError::TooDeep) => continue,
            Err(error) => panic!("what has links is JSON: {error}"),
        };
        let is_changed = rewritten.is_some();
        let text = rewritten.unwrap_or_else(|| body.clone());
        let after = Node::parse(&text).expect("and stays JSON");
        let mut grown = 0;
        compare(&before, &after, Place::Root, &mut grown);
        assert_eq!(text.len().checked_signed_diff(data.len()), Some(grown));
        assert_eq!(is_changed, text != body);
    }
});

/// Where a value stands: libraries follow the links to other pages, with a credential.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Meta,
    PageLink,
    Elsewhere,
}

fn compare(before: &Node<'_>, after: &Node<'_>, place: Place, grown: &mut isize) {
    match (before.kind(), after.kind()) {
        (Kind::Object(before), Kind::Object(after)) => {
            assert_eq!(before.len(), after.len());
            for ((name, before), (other, after)) in before.iter().zip(after) {
                assert_eq!(name, other);
                let place = match place {
                    Place::Root if name == "meta" => Place::Meta,
                    Place::Meta if name.ends_with("_page_url") => Place::PageLink,
                    _ => Place::Elsewhere,
                };
                compare(before, after, place, grown);
            }
        }
        (Kind::Array(before), Kind::Array(after)) => {
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(after) {
                compare(before, after, Place::Elsewhere, grown);
            }
        }
        _ => {
            let (old, new) = (before.text(), after.text());
            *grown += new.len().checked_signed_diff(old.len()).expect("texts are small");
            check(before, after, place);
        }
    }
}

/// A value that may have been a link.
fn check(before: &Node<'_>, after: &Node<'_>, place: Place) {
    let url = before.as_str();
    if before.text() != after.text() {
        assert!(matches!(before.kind(), Kind::String(_)));
        match after.as_str() {
            // What was ours leads here, with all that followed the origin.
            Some(link) => {
                let url = url.expect("a link is text");
                assert!(leads_to_the_provider(url), "{url:?}");
                let rest = link.strip_prefix(FACE).expect("it leads here");
                assert!(
                    url.ends_with(rest) && (rest.is_empty() || rest.starts_with(['/', '?'])),
                    "{link:?}"
                );
            }
            None => assert!(*after.kind() == Kind::Null && place == Place::PageLink),
        }
    } else if place == Place::PageLink {
        // One that is no text leads nowhere.
        assert!(!matches!(after.kind(), Kind::String(_)), "{}", after.text());
    }
}

/// As a browser understands the URL.
fn leads_to_the_provider(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_base = url.scheme() == "http" && url.host_str() == Some("127.0.0.1") && url.port() == Some(8081);
    let host = url.host_str().unwrap_or_default();
    let is_canonical = url.scheme() == "https"
        && url.port().is_none()
        && host.starts_with("conversations.")
        && host.ends_with(".twilio.com");
    url.username().is_empty()
        && url.password().is_none()
        && (is_base || is_canonical || host == "conversations.twilio.com")
}
