//! Stands where the gateway stands: sends what an adapter asks for to a list of recorded answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use model::{
    Account, ConversationFilter, Drift, Exchange, Finding, Json, Node, Operation, OptionKind, OptionValue,
    PageRequest, Progress, Provider, Resource, Result, Timestamp, UpstreamRequest, UpstreamResponse,
};
use serde::Serialize;

/// A request as a client's, one field for each parameter that an operation may have.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) webhook_id: String,
    pub(crate) delivery_id: String,
    pub(crate) channel: Option<String>,
    pub(crate) service_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) user_number: Option<String>,
    pub(crate) agent_number: Option<String>,
    pub(crate) created_after: Option<String>,
    pub(crate) created_before: Option<String>,
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
    /// Values of the connection's keys that are words.
    pub(crate) options: BTreeMap<String, String>,
}

impl Request {
    fn filter(&self) -> ConversationFilter {
        let time = |text: &String| Timestamp::parse(text).unwrap();
        ConversationFilter {
            service: self.service_id.as_ref().map(|id| id.parse().unwrap()),
            status: self.status.clone(),
            user_number: self.user_number.clone(),
            agent_number: self.agent_number.clone(),
            created_after: self.created_after.as_ref().map(time),
            created_before: self.created_before.as_ref().map(time),
        }
    }
}

/// What became of an operation.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The requests to the provider.
    pub(crate) upstream: Vec<String>,
    /// What the adapters noticed.
    pub(crate) drift: Vec<Finding>,
    /// The neutral answer.
    pub(crate) answer: Result<Answer>,
}

/// A neutral answer as JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    /// One resource, or the list of them.
    pub(crate) data: Json,
    /// The raw bytes of each.
    pub(crate) raw: Vec<String>,
    /// Where a list goes on.
    pub(crate) next: Option<String>,
}

pub(crate) fn account(provider: &dyn Provider) -> Arc<Account> {
    configured(provider, &BTreeMap::new())
}

/// An account with those of its keys set that are words.
pub(crate) fn configured(provider: &dyn Provider, words: &BTreeMap<String, String>) -> Arc<Account> {
    let profile = provider.profile();
    let value = |(key, kind): &(&'static str, OptionKind)| match kind {
        OptionKind::Flag(value) => (*key, OptionValue::Flag(*value)),
        OptionKind::Word(known) => {
            let word = words.get(*key).map_or(known[0], String::as_str);
            let word = known.iter().find(|known| **known == word).unwrap();
            (*key, OptionValue::Word(word))
        }
    };
    Arc::new(Account {
        connection: profile.provider.parse().unwrap(),
        base_url: profile.base_url.to_owned(),
        options: profile.options.iter().map(value).collect(),
    })
}

pub(crate) fn ok(body: impl Into<Bytes>) -> UpstreamResponse {
    UpstreamResponse {
        status: 200,
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

/// Parses a text and owns it.
pub(crate) fn json(text: &str) -> Json {
    Node::parse(text.as_bytes()).unwrap().to_json()
}

/// Runs an operation against answers in their order.
pub(crate) fn run(
    provider: &dyn Provider,
    operation: Operation,
    request: &Request,
    responses: &[UpstreamResponse],
) -> Outcome {
    let mut rest = responses.iter();
    let mut session = Session::new(provider, |_| {
        rest.next().expect("a recorded answer for every request").clone()
    });
    let answer = session.operation(operation, request);
    Outcome {
        upstream: session.upstream,
        drift: session.drift,
        answer,
    }
}

/// A client's request on its way through an adapter.
pub(crate) struct Session<'p, A> {
    provider: &'p dyn Provider,
    answer: A,
    upstream: Vec<String>,
    drift: Vec<Finding>,
}

impl<'p, A: FnMut(&UpstreamRequest) -> UpstreamResponse> Session<'p, A> {
    /// `answer` is the provider.
    pub(crate) fn new(provider: &'p dyn Provider, answer: A) -> Self {
        Self {
            provider,
            answer,
            upstream: Vec::new(),
            drift: Vec::new(),
        }
    }

    fn operation(&mut self, operation: Operation, request: &Request) -> Result<Answer> {
        let (p, account) = (self.provider, &configured(self.provider, &request.options));
        let id = &request.id.parse();
        let id = || id.as_ref().unwrap();
        let page = &PageRequest {
            limit: request.limit.unwrap_or(20),
            token: request.cursor.clone(),
        };
        match operation {
            Operation::ListServices => {
                let page = self.walk(p.list_services(account, page)?)?;
                Ok(Answer::list(page.items, page.next))
            }
            Operation::ListConversations => {
                let page = self.walk(p.list_conversations(account, &request.filter(), page)?)?;
                Ok(Answer::list(page.items, page.next))
            }
            Operation::GetConversation => Ok(Answer::one(self.walk(p.get_conversation(account, id())?)?)),
            Operation::ListConversationWebhooks => {
                let page = self.walk(p.list_conversation_webhooks(account, id(), page)?)?;
                Ok(Answer::list(page.items, page.next))
            }
            Operation::GetConversationWebhook => {
                let webhook = &request.webhook_id.parse().unwrap();
                let webhook = self.walk(p.get_conversation_webhook(account, id(), webhook)?)?;
                Ok(Answer::one(webhook))
            }
            Operation::ListWebhookDeliveries => {
                let page = self.walk(p.list_webhook_deliveries(account, id(), page)?)?;
                Ok(Answer::list(page.items, page.next))
            }
            Operation::GetWebhookDelivery => {
                let delivery = &request.delivery_id.parse().unwrap();
                let delivery = self.walk(p.get_webhook_delivery(account, id(), delivery)?)?;
                Ok(Answer::one(delivery))
            }
            Operation::ListNumbers => {
                let page = self.walk(p.list_numbers(account, request.channel.as_deref(), page)?)?;
                Ok(Answer::list(page.items, page.next))
            }
            Operation::GetNumber => Ok(Answer::one(self.walk(p.get_number(account, id())?)?)),
        }
    }

    pub(crate) fn walk<T>(&mut self, mut exchange: Exchange<T>) -> Result<T> {
        loop {
            self.upstream.push(line(&exchange));
            let response = (self.answer)(&exchange.request);
            if !(200..300).contains(&response.status) {
                return Err(self.provider.read_error(&response));
            }
            let mut drift = Drift::new(exchange.resource);
            let progress = (exchange.read)(response, &mut drift);
            self.drift.extend(drift.into_findings());
            match progress? {
                Progress::Done(value) => return Ok(value),
                Progress::Next(next) => exchange = next,
            }
        }
    }
}

impl Answer {
    fn one<T: Resource + Serialize>(resource: T) -> Self {
        let mut answer = Self::list(vec![resource], None);
        if let Json::Array(items) = &mut answer.data {
            answer.data = items.remove(0);
        }
        answer
    }

    fn list<T: Resource + Serialize>(mut items: Vec<T>, next: Option<String>) -> Self {
        let raw = |item: &T| {
            let text = serde_json::to_string(item).unwrap();
            let node = Node::parse(text.as_bytes()).unwrap();
            node.member("raw").unwrap().text().to_owned()
        };
        let raw = items.iter().map(raw).collect();
        items.iter_mut().for_each(Resource::take_raw);
        Self {
            data: json(&serde_json::to_string(&items).unwrap()),
            raw,
            next,
        }
    }
}

/// A request on one line, its query not encoded.
fn line<T>(exchange: &Exchange<T>) -> String {
    let request = &exchange.request;
    assert_eq!(
        (&request.body, request.safety),
        (&model::Body::Empty, model::Safety::Safe)
    );
    let query: Vec<_> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!(
        "{} {}{mark}{}",
        request.method,
        request.path.as_str(),
        query.join("&")
    )
}
