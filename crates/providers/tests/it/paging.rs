//! Going through a list page by page shows every item once, whatever the sizes of the pages.

use model::{Json, PageRequest, UpstreamRequest, UpstreamResponse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::bodies::{config, text};
use crate::drive::{Session, account, ok};
use crate::lossless::data;

/// Twilio with pages of these sizes; its items are numbered.
fn twilio(sizes: &[usize], request: &UpstreamRequest) -> UpstreamResponse {
    let value = |name| {
        request
            .query
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(value("PageSize"), Some("5"));
    let page: usize = value("Page").map_or(0, |page| page.parse().unwrap());
    assert_eq!(
        value("PageToken").map(str::to_owned),
        (page > 0).then(|| format!("PT+{page}="))
    );
    let before: usize = sizes[..page].iter().sum();
    let items: Vec<_> = (before..before + sizes[page])
        .map(|n| format!(r#"{{"sid":"WH{n:032}"}}"#))
        .collect();
    let next = page + 1;
    let url = format!(r#""https://conversations.twilio.com/?Page={next}&PageToken=PT%2B{next}%3D""#);
    let url = if next < sizes.len() {
        url
    } else {
        "null".to_owned()
    };
    ok(format!(
        r#"{{"meta":{{"key":"webhooks","next_page_url":{url}}},"webhooks":[{}]}}"#,
        items.join(",")
    ))
}

fn number((address, label): &(Option<String>, u32)) -> String {
    let address = address.clone().map_or(Json::Null, Json::String);
    format!(r#"{{"phone_number":{},"label":"{label}"}}"#, text(&address))
}

/// Addresses that are often equal, or none.
fn address() -> impl Strategy<Value = Option<String>> {
    let address = "\\+1415555010[0-4]".prop_map(Some);
    prop_oneof![8 => address, 1 => Just(None), 1 => Just(Some("short code".to_owned()))]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_twilio(sizes in vec(0usize..6, 1..7), limit in 1usize..12) {
        let provider = providers::find("twilio").unwrap();
        let account = account(provider.as_ref());
        let conversation = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
        let total: usize = sizes.iter().sum();
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit, token };
            let exchange = provider.list_conversation_webhooks(&account, &conversation, &page).unwrap();
            let mut session = Session::new(provider.as_ref(), |request| twilio(&sizes, request));
            let page = session.walk(exchange).unwrap();
            prop_assert!(page.items.len() == limit || page.next.is_none() && page.items.len() < limit);
            seen.extend(page.items.into_iter().map(|webhook| webhook.id));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let expected: Vec<_> = (0..total).map(|n| format!("WH{n:032}")).collect();
        prop_assert_eq!(seen, expected);
    }

    /// The order in which Bland sends its numbers is another one for every page.
    #[test]
    fn of_bland(
        numbers in vec((address(), 0u32..3), 0..12),
        limit in 1usize..6,
        turns in vec(0usize..12, 12),
        channel in select(&["sms", "imessage"][..]),
    ) {
        let provider = providers::find("bland").unwrap();
        let account = account(provider.as_ref());
        let mut numbers = numbers;
        let mut expected: Vec<_> = numbers.iter().map(number).collect();
        let (mut seen, mut token) = (Vec::new(), None);
        for turn in turns {
            if !numbers.is_empty() {
                let middle = turn % numbers.len();
                numbers.rotate_left(middle);
            }
            let items: Vec<_> = numbers.iter().map(number).collect();
            let body = data(&format!("[{}]", items.join(",")));
            let exchange = provider.list_numbers(&account, Some(channel), &PageRequest { limit, token });
            let page = Session::new(provider.as_ref(), |_| ok(body.clone())).walk(exchange.unwrap()).unwrap();
            prop_assert!(page.items.len() == limit || page.next.is_none());
            prop_assert!(page.items.is_sorted_by(|a, b| a.id <= b.id));
            seen.extend(page.items.iter().map(|number| {
                String::from_utf8(number.raw.as_ref().unwrap().as_bytes().to_vec()).unwrap()
            }));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        prop_assert_eq!(token, None);
        expected.sort();
        seen.sort();
        prop_assert_eq!(seen, expected);
    }
}
