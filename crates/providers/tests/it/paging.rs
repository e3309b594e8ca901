//! Going through a list page by page shows every item once, whatever the sizes of the pages.

use model::{ConversationFilter, Json, PageRequest, UpstreamRequest, UpstreamResponse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::bodies::{config, text};
use crate::drive::{Session, account, ok};
use crate::lossless::data;

/// Twilio with pages of these sizes; its items are numbered.
fn twilio(sizes: &[usize], key: &str, request: &UpstreamRequest) -> UpstreamResponse {
    let value = |name| {
        request
            .query
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    };
    let (size, kind) = match key {
        "webhooks" => ("5", "WH"),
        "conversations" => ("50", "CH"),
        "address_configurations" => ("50", "IG"),
        _ => ("50", "IS"),
    };
    assert_eq!(value("PageSize"), Some(size));
    let page: usize = value("Page").map_or(0, |page| page.parse().unwrap());
    assert_eq!(
        value("PageToken").map(str::to_owned),
        (page > 0).then(|| format!("PT+{page}="))
    );
    let before: usize = sizes[..page].iter().sum();
    let items: Vec<_> = (before..before + sizes[page])
        .map(|n| format!(r#"{{"sid":"{kind}{n:032}"}}"#))
        .collect();
    let next = page + 1;
    let url = format!(r#""https://conversations.twilio.com/?Page={next}&PageToken=PT%2B{next}%3D""#);
    let url = if next < sizes.len() {
        url
    } else {
        "null".to_owned()
    };
    ok(format!(
        r#"{{"meta":{{"key":"{key}","next_page_url":{url}}},"{key}":[{}]}}"#,
        items.join(",")
    ))
}

/// Every id of a list, in pages of the client's size.
fn all(
    limit: usize,
    mut list: impl FnMut(&PageRequest) -> (Vec<String>, Option<String>),
) -> Result<Vec<String>, TestCaseError> {
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let (ids, next) = list(&PageRequest { limit, token });
        prop_assert!(ids.len() == limit || next.is_none() && ids.len() < limit);
        seen.extend(ids);
        token = next;
        if token.is_none() {
            return Ok(seen);
        }
    }
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
        let (provider, account) = (provider.as_ref(), &account(provider.as_ref()));
        let conversation = &"CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
        let filter = &ConversationFilter { status: Some("closed".to_owned()), ..ConversationFilter::default() };
        let webhooks = all(limit, |page| {
            let exchange = provider.list_conversation_webhooks(account, conversation, page).unwrap();
            let page = Session::new(provider, |request| twilio(&sizes, "webhooks", request)).walk(exchange).unwrap();
            (page.items.into_iter().map(|webhook| webhook.id).collect(), page.next)
        })?;
        let conversations = all(limit, |page| {
            let exchange = provider.list_conversations(account, filter, page).unwrap();
            let mut session = Session::new(provider, |request| {
                assert!(request.query.contains(&("State", "closed".to_owned())), "on every page");
                twilio(&sizes, "conversations", request)
            });
            let page = session.walk(exchange).unwrap();
            (page.items.into_iter().filter_map(|conversation| conversation.native_id).collect(), page.next)
        })?;
        let services = all(limit, |page| {
            let exchange = provider.list_services(account, page).unwrap();
            let page = Session::new(provider, |request| twilio(&sizes, "services", request)).walk(exchange).unwrap();
            (page.items.into_iter().map(|service| service.id).collect(), page.next)
        })?;
        let numbers = all(limit, |page| {
            let exchange = provider.list_numbers(account, Some("sms"), page).unwrap();
            let mut session = Session::new(provider, |request| {
                assert!(request.query.contains(&("Type", "sms".to_owned())), "on every page");
                twilio(&sizes, "address_configurations", request)
            });
            let page = session.walk(exchange).unwrap();
            (page.items.into_iter().map(|number| number.id).collect(), page.next)
        })?;
        let total: usize = sizes.iter().sum();
        for (kind, seen) in [("WH", webhooks), ("CH", conversations), ("twilio:IS", services), ("twilio:sms:IG", numbers)] {
            let expected: Vec<_> = (0..total).map(|n| format!("{kind}{n:032}")).collect();
            prop_assert_eq!(seen, expected);
        }
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
