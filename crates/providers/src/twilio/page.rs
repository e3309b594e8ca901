//! Places in a list that Twilio cuts into pages of its own, and the links between those pages.

use http::Uri;
use model::{Account, Error, Result};
use percent_encoding::percent_decode_str;

use super::PROFILE;

/// One of Twilio's pages. Its first one has neither part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// `Page`, digits.
    pub(super) page: Option<String>,
    /// `PageToken`, opaque.
    pub(super) token: Option<String>,
}

/// A place in the whole list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Items of the page that are already behind.
    pub(super) skip: usize,
    /// The page.
    pub(super) turn: Turn,
}

impl Position {
    /// From a token, `<skip>.<Page>.<PageToken>`; the start of the list without one.
    pub(super) fn parse(token: Option<&str>) -> Result<Self> {
        token
            .map_or_else(|| Some(Self::default()), Self::read)
            .ok_or_else(|| Error::parameter("cursor", "not a cursor of this list"))
    }

    /// The inverse of [`Position::parse`].
    pub(super) fn token(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        format!(
            "{}.{}.{}",
            self.skip,
            part(&self.turn.page),
            part(&self.turn.token)
        )
    }

    fn read(token: &str) -> Option<Self> {
        let (skip, rest) = token.split_once('.')?;
        let (page, token) = rest.split_once('.')?;
        Some(Self {
            skip: skip.parse().ok()?,
            turn: Turn::new(page, token)?,
        })
    }
}

impl Turn {
    fn new(page: &str, token: &str) -> Option<Self> {
        let full = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        page.bytes().all(|b| b.is_ascii_digit()).then(|| Self {
            page: full(page),
            token: full(token),
        })
    }

    /// The page behind `next_page_url`. Only the two parts are taken from it, and only if it points to where
    /// we are anyway: whoever writes that URL must not choose where our credential goes.
    pub(super) fn follow(&self, account: &Account, url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "its next page is no URL")?;
        let origin = origin(&uri).ok_or("its next page is no absolute URL")?;
        let known = [account.base_url.as_str(), PROFILE.base_url];
        let is_ours = |base: &str| {
            base.parse()
                .is_ok_and(|base| self::origin(&base) == Some(origin.clone()))
        };
        if !known.into_iter().any(is_ours) {
            return Err("its next page is on another host");
        }
        let value = |name| parameter(uri.query().unwrap_or_default(), name);
        let next = Self::new(&value("Page"), &value("PageToken")).ok_or("its next page has no number")?;
        // Its first page calls itself number 0.
        let is_first = next.token.is_none() && next.page.as_deref().is_none_or(|page| page == "0");
        if next == *self || is_first {
            return Err("its next page is the same again");
        }
        Ok(next)
    }
}

/// Scheme, host and port; `None` if one is missing, or if there is user info.
fn origin(uri: &Uri) -> Option<(String, String, u16)> {
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    let default = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let has_user = authority.as_str().contains('@');
    let host = authority.host().to_ascii_lowercase();
    (!has_user).then(|| (scheme, host, authority.port_u16().unwrap_or(default)))
}

/// The decoded value of a query parameter; empty if it is not there.
fn parameter(query: &str, name: &str) -> String {
    let value = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map_or("", |(_, value)| value);
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(base_url: &str) -> Account {
        Account {
            connection: "twilio".parse().unwrap(),
            base_url: base_url.to_owned(),
            options: std::collections::BTreeMap::new(),
        }
    }

    fn turn(page: &str, token: &str) -> Turn {
        Turn::new(page, token).unwrap()
    }

    #[test]
    fn links_are_followed_on_our_own_hosts_alone() {
        let account = account("http://127.0.0.1:8081/mock");
        let follow = |url: &str| Turn::default().follow(&account, url);
        let next = Ok(turn("1", "PT 5="));
        for ours in [
            "https://conversations.twilio.com/v1/x?PageSize=5&Page=1&PageToken=PT+5%3D",
            "HTTPS://Conversations.Twilio.com:443/v1/x?Page=1&PageToken=PT%205=",
            "http://127.0.0.1:8081/other?Page=1&PageToken=PT%205%3D",
        ] {
            assert_eq!(follow(ours), next, "{ours}");
        }
        for foreign in [
            "https://evil.example/v1/x?Page=1&PageToken=a",
            "http://conversations.twilio.com/?Page=1&PageToken=a",
            "https://conversations.twilio.com:444/?Page=1&PageToken=a",
            "https://conversations.twilio.com@evil.example/?Page=1&PageToken=a",
            "https://user@conversations.twilio.com/?Page=1&PageToken=a",
            "https://conversations.twilio.com.evil.example/?Page=1&PageToken=a",
            "http://127.0.0.1:8082/?Page=1&PageToken=a",
            "/v1/x?Page=1&PageToken=a",
            "//conversations.twilio.com/?Page=1&PageToken=a",
            "ftp://conversations.twilio.com/?Page=1&PageToken=a",
            "https://conversations.twilio.com/?Page=x&PageToken=a",
            "",
            "\u{0}",
        ] {
            assert!(follow(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn a_link_has_to_lead_on() {
        let account = account(PROFILE.base_url);
        let url = |query: &str| format!("{}/v1/x?PageSize=5{query}", PROFILE.base_url);
        for back in ["", "&Page=0", "&PageToken=", "&Page=2&PageToken=PT10"] {
            let here = turn("2", "PT10");
            assert!(here.follow(&account, &url(back)).is_err(), "{back}");
        }
        assert!(
            Turn::default()
                .follow(&account, &url("&Page=0&PageToken=PT0"))
                .is_ok()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tokens_come_back(skip in 0usize..1000, page in "[0-9]{0,9}", token in "\\PC{0,40}") {
            let position = Position { skip, turn: turn(&page, &token) };
            prop_assert_eq!(Position::parse(Some(&position.token())).unwrap(), position);
        }

        #[test]
        fn what_is_no_token_is_refused(token in "[a-z]{0,3}(\\.[a-z]{0,3}){0,3}") {
            prop_assert!(Position::parse(Some(&token)).is_err());
        }
    }
}
