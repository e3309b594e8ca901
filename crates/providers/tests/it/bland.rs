//! Bland's conversations and their emulated webhooks: nothing is lost, no key comes or goes, every page is
//! shown once.

use model::{
    Conversation, ConversationFilter, Json, PageRequest, UpstreamRequest, UpstreamResponse, Webhook,
};
use proptest::prelude::*;
use proptest::sample::select;
use providers::bland;

use crate::bodies::{anything, canonical, config, log, mutated, number, text};
use crate::drive::{Session, account, configured, json, ok};
use crate::lossless::data;

const CONVERSATION: &str = "id self connection provider native_id service_id name status closed_reason channel \
                            user_number agent_number message_count last_message_at attributes created_at \
                            updated_at extra raw";
pub(crate) const WEBHOOK: &str = "id self connection provider scope source inherited overridden phase target events \
                       keywords enabled created_at updated_at extra raw";
pub(crate) const CHANNELS: [&str; 3] = ["sms", "whatsapp", "imessage"];

/// A conversation with its messages.
fn conversation() -> Json {
    const ONE: &str = include_str!("../../fixtures/bland/get_conversation/documented.1.http");
    let body = json(ONE.split_once("\n\n").unwrap().1);
    body.member("data").unwrap().clone()
}

pub(crate) fn keys(value: &Json) -> String {
    match value {
        Json::Object(members) => {
            let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
            keys.join(" ")
        }
        other => panic!("{other:?} is no object"),
    }
}

fn read_conversation(native: &Json) -> Conversation {
    let provider = providers::find("bland").unwrap();
    let exchange = provider.get_conversation(&account(provider.as_ref()), &"convo_abc123".parse().unwrap());
    let mut session = Session::new(provider.as_ref(), |_| ok(data(&text(native))));
    session.walk(exchange.unwrap()).unwrap()
}

/// The webhooks of a conversation on that channel, whose number and log are as given.
fn read_webhooks(channel: &str, number: &Json, log: &Json) -> Vec<Webhook> {
    let provider = providers::find("bland").unwrap();
    let conversation = format!(r#"{{"agent_number":"+14155552671","effective_channel":"{channel}"}}"#);
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let account = account(provider.as_ref());
    let exchange = provider.list_conversation_webhooks(&account, &"convo_abc123".parse().unwrap(), &page);
    let mut bodies = [
        data(&conversation),
        data(&format!("[{}]", text(number))),
        data(&text(log)),
    ]
    .into_iter();
    let mut session = Session::new(provider.as_ref(), |_| ok(bodies.next().unwrap()));
    session.walk(exchange.unwrap()).unwrap().items
}

/// The documented number as it stands in a channel's list.
pub(crate) fn number_on(channel: &str) -> Json {
    let name = |key: String| {
        if key == "sms_config" {
            format!("{channel}_config")
        } else {
            key
        }
    };
    match number() {
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(key, value)| (name(key), value))
                .collect(),
        ),
        other => panic!("{other:?} is no object"),
    }
}

/// A log of deliveries to another callback than the number's.
fn log_elsewhere() -> Json {
    let mut log = log();
    if let Json::Object(members) = &mut log {
        let url = members.iter_mut().find(|(key, _)| key == "url").unwrap();
        url.1 = Json::text("https://example.com/campaign");
    }
    log
}

fn check_conversation(native: &Json) -> Result<(), TestCaseError> {
    if *native == Json::Null {
        return Ok(());
    }
    let conversation = read_conversation(native);
    prop_assert_eq!(
        canonical(&bland::rebuild_conversation(&conversation)),
        canonical(native)
    );
    prop_assert_eq!(
        keys(&json(&serde_json::to_string(&conversation).unwrap())),
        CONVERSATION
    );
    Ok(())
}

fn check_webhooks(channel: &str, number: &Json, log: &Json) -> Result<(), TestCaseError> {
    for webhook in read_webhooks(channel, number, log) {
        let native = if webhook.id == "number" { number } else { log };
        prop_assert_eq!(canonical(&bland::rebuild_webhook(&webhook)), canonical(native));
        prop_assert_eq!(keys(&json(&serde_json::to_string(&webhook).unwrap())), WEBHOOK);
    }
    Ok(())
}

#[test]
fn both_kinds_of_webhook_are_shown() {
    for channel in CHANNELS {
        let webhooks = read_webhooks(channel, &number_on(channel), &log_elsewhere());
        let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id.as_str()).collect();
        assert_eq!(ids, ["number", "observed"]);
        check_webhooks(channel, &number_on(channel), &log_elsewhere()).unwrap();
    }
}

#[test]
fn what_the_neutral_fields_say_is_not_in_extra() {
    let residue = text(&read_conversation(&conversation()).extra.unwrap().residue);
    assert!(
        residue.contains("\"messages\"") && residue.contains("\"summary\""),
        "{residue}"
    );
    for determined in [
        "is_active",
        "user_number",
        "variables",
        "last_message_at",
        "message_count",
    ] {
        assert!(
            !residue.contains(&format!("\"{determined}\"")),
            "{determined} in {residue}"
        );
    }
    for webhook in read_webhooks("sms", &number(), &log_elsewhere()) {
        let residue = webhook.extra.unwrap().residue;
        let config = residue
            .member("sms_config")
            .and_then(|config| config.member("webhook"));
        assert!(config.is_none(), "{residue:?}");
        for determined in ["phone_number", "conversation_id", "url"] {
            assert!(
                residue.member(determined).is_none(),
                "{determined} in {residue:?}"
            );
        }
    }
}

/// A Bland of one dialect that sends pages of `size` at the most and ignores what it does not know.
#[derive(Debug)]
struct Server {
    by_page: bool,
    total: usize,
    size: usize,
    shows_totals: bool,
}

impl Server {
    fn answer(&self, request: &UpstreamRequest) -> UpstreamResponse {
        let query = |name| request.query.iter().find(|(key, _)| *key == name);
        let number = |name| query(name).map(|(_, value)| value.parse::<usize>().unwrap());
        let (start, size) = if self.by_page {
            let size = number("pageSize").unwrap_or(25).min(self.size);
            ((number("page").unwrap_or(1) - 1) * size, size)
        } else {
            let size = number("limit").unwrap_or(1000).min(self.size);
            (number("from").unwrap_or(0), size)
        };
        let end = (start + size).min(self.total);
        let items: Vec<_> = (start.min(end)..end)
            .map(|n| format!(r#"{{"id":"convo_{n}"}}"#))
            .collect();
        let (total, pages) = (self.total, self.total.div_ceil(size));
        let block = if self.shows_totals {
            format!(r#"{{"pagination":{{"totalItems":{total},"totalPages":{pages}}}}}"#)
        } else {
            r#"{"pagination":{}}"#.to_owned()
        };
        let items = items.join(",");
        ok(if self.by_page {
            format!(r#"{{"data":[{items}],"errors":null,"extra":{block}}}"#)
        } else {
            let block = block.trim_start_matches('{').trim_end_matches('}');
            format!(r#"{{"data":[{items}],"errors":null,{block}{}}}"#, "}")
        })
    }
}

fn server() -> impl Strategy<Value = Server> {
    // Without totals, a page that is not full is the last one.
    let size = prop_oneof![
        ((1usize..40), Just(true)),
        ((25usize..40), any::<bool>()),
        (Just(1000), any::<bool>())
    ];
    (any::<bool>(), 0usize..120, size).prop_map(|(by_page, total, (size, shows_totals))| Server {
        by_page,
        total,
        size,
        shows_totals,
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn conversations_come_back(native in mutated(Just(conversation()))) {
        check_conversation(&native)?;
    }

    #[test]
    fn webhooks_come_back(
        (channel, number) in select(&CHANNELS[..])
            .prop_flat_map(|channel| (Just(channel), mutated(Just(number_on(channel))))),
        log in mutated(Just(log_elsewhere())),
    ) {
        check_webhooks(channel, &number, &log)?;
    }

    #[test]
    fn whatever_comes_comes_back(native in anything(), other in anything()) {
        check_conversation(&native)?;
        check_webhooks("sms", &native, &other)?;
    }

    #[test]
    fn pages_of_any_size_show_everything_once(
        server in server(), limits in proptest::collection::vec(1usize..=100, 1..5), detects in any::<bool>(),
    ) {
        let provider = providers::find("bland").unwrap();
        let dialect = if detects { "auto" } else if server.by_page { "page" } else { "offset" };
        let options = [("list_dialect".to_owned(), dialect.to_owned())].into();
        let account = configured(provider.as_ref(), &options);
        let (mut seen, mut token) = (Vec::new(), None);
        for limit in limits.iter().cycle() {
            let page = PageRequest { limit: *limit, token };
            let filter = ConversationFilter::default();
            let exchange = provider.list_conversations(&account, &filter, &page).unwrap();
            let mut session = Session::new(provider.as_ref(), |request| server.answer(request));
            let page = session.walk(exchange).unwrap();
            prop_assert!(page.items.len() == *limit || page.next.is_none() && page.items.len() < *limit);
            seen.extend(page.items.into_iter().map(|conversation| conversation.id));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let expected: Vec<_> = (0..server.total).map(|n| format!("bland:convo_{n}")).collect();
        prop_assert_eq!(seen, expected);
    }

    /// A provider that takes no notice of where a page begins is found out after two pages, whoever walks.
    #[test]
    fn a_list_that_does_not_advance_ends(limit in 1usize..=100, dialect in select(&["page", "offset"][..])) {
        let provider = providers::find("bland").unwrap();
        let options = [("list_dialect".to_owned(), dialect.to_owned())].into();
        let account = configured(provider.as_ref(), &options);
        let items: Vec<_> = (0..25).map(|n| format!(r#"{{"id":"convo_{n}"}}"#)).collect();
        let body = data(&format!("[{}]", items.join(",")));
        let (mut seen, mut token) = (0, None);
        let error = loop {
            let page = PageRequest { limit, token };
            let exchange = provider.list_conversations(&account, &ConversationFilter::default(), &page).unwrap();
            match Session::new(provider.as_ref(), |_| ok(body.clone())).walk(exchange) {
                Ok(page) => {
                    seen += page.items.len();
                    prop_assert!(page.next.is_some() && seen <= 25);
                    token = page.next;
                }
                Err(error) => break error,
            }
        };
        prop_assert_eq!(error.code(), model::Code::ProviderProtocolError);
    }
}
