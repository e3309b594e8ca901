//! Stands where the gateway stands: sends what an adapter asks for to a list of recorded answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use model::{
    Account, AccountScope, Body, Drift, Exchange, Finding, Json, Node, Operation, OptionKind, OptionValue,
    Page, PageRequest, Profile, Progress, Provider, Resource, Result, Safety, UpstreamRequest,
    UpstreamResponse, Webhook,
};
use serde::Serialize;

use crate::request::Request;

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

/// An account with these of its keys set.
pub(crate) fn configured(provider: &dyn Provider, values: &BTreeMap<String, String>) -> Arc<Account> {
    let profile = provider.profile();
    let value = |(key, kind): &(&'static str, OptionKind)| match kind {
        OptionKind::Flag(default) => {
            let flag = values.get(*key).map_or(*default, |value| value == "true");
            (*key, OptionValue::Flag(flag))
        }
        OptionKind::Word(known) => {
            let word = values.get(*key).map_or(known[0], String::as_str);
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

/// Whether the provider has the operation, be it turned off.
pub(crate) fn declares(profile: &Profile, operation: Operation) -> bool {
    profile
        .capabilities
        .0
        .iter()
        .any(|(known, _)| *known == operation)
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
            Operation::ListServices => self.list(p.list_services(account, page)?),
            Operation::GetService => self.one(p.get_service(account, id())?),
            Operation::ListConversations => {
                self.list(p.list_conversations(account, &request.filter(), page)?)
            }
            Operation::GetConversation => self.one(p.get_conversation(account, id())?),
            Operation::ListConversationWebhooks if request.effective => {
                self.list(p.list_effective_webhooks(account, id(), page)?)
            }
            Operation::ListConversationWebhooks => {
                self.list(p.list_conversation_webhooks(account, id(), page)?)
            }
            Operation::ListWebhookDeliveries => self.list(p.list_webhook_deliveries(account, id(), page)?),
            Operation::GetWebhookDelivery => {
                let delivery = &request.delivery_id.parse().unwrap();
                self.one(p.get_webhook_delivery(account, id(), delivery)?)
            }
            Operation::RedeliverWebhookDelivery => {
                let delivery = &request.delivery_id.parse().unwrap();
                self.one(p.redeliver_webhook_delivery(account, id(), delivery, request.rebuild)?)
            }
            Operation::ListNumbers => self.list(p.list_numbers(account, request.channel.as_deref(), page)?),
            Operation::GetNumber => self.one(p.get_number(account, id())?),
            Operation::GetNumberWebhook => self.one(p.get_number_webhook(account, id())?),
            Operation::ReplaceNumberWebhook => {
                self.one(p.replace_number_webhook(account, id(), &request.change()?)?)
            }
            Operation::DeleteNumberWebhook => self.none(p.delete_number_webhook(account, id())?),
            Operation::GetConversationWebhook
            | Operation::CreateConversationWebhook
            | Operation::UpdateConversationWebhook
            | Operation::DeleteConversationWebhook => self.conversation_webhook(operation, request, account),
            Operation::ListAccountWebhooks
            | Operation::GetAccountWebhook
            | Operation::UpdateAccountWebhook => {
                self.scope_webhook(operation, request, account, &AccountScope::Account)
            }
            Operation::ListServiceWebhooks
            | Operation::GetServiceWebhook
            | Operation::UpdateServiceWebhook => {
                let scope = AccountScope::Service(id().clone());
                self.scope_webhook(operation, request, account, &scope)
            }
        }
    }

    fn conversation_webhook(
        &mut self,
        operation: Operation,
        request: &Request,
        account: &Arc<Account>,
    ) -> Result<Answer> {
        let p = self.provider;
        let id = &request.id.parse().unwrap();
        if operation == Operation::CreateConversationWebhook {
            return self.one(p.create_conversation_webhook(account, id, &request.change()?)?);
        }
        let webhook = &request.webhook_id.parse().unwrap();
        let get = || p.get_conversation_webhook(account, id, webhook);
        match operation {
            Operation::GetConversationWebhook => self.one(get()?),
            Operation::UpdateConversationWebhook => {
                let change = request.change()?;
                self.update(get, |current| {
                    p.update_conversation_webhook(account, id, current, &change)
                })
            }
            _ => self.none(p.delete_conversation_webhook(account, id, webhook)?),
        }
    }

    fn scope_webhook(
        &mut self,
        operation: Operation,
        request: &Request,
        account: &Arc<Account>,
        scope: &AccountScope,
    ) -> Result<Answer> {
        let p = self.provider;
        let get = || p.get_scope_webhook(account, scope, request.phase());
        match operation.verb() {
            "list" => {
                let page = PageRequest {
                    limit: request.limit.unwrap_or(20),
                    token: request.cursor.clone(),
                };
                self.list(p.list_scope_webhooks(account, scope, &page)?)
            }
            "get" => self.one(get()?),
            _ => {
                let change = request.change()?;
                self.update(get, |current| {
                    p.update_scope_webhook(account, scope, current, &change, request.linked)
                })
            }
        }
    }

    /// As the gateway does: reads what there is, and changes that. Without support for either there is nothing
    /// to read.
    fn update(
        &mut self,
        get: impl Fn() -> Result<Exchange<Webhook>>,
        update: impl Fn(&Webhook) -> Result<Exchange<Webhook>>,
    ) -> Result<Answer> {
        let current = self.walk(get()?)?;
        self.one(update(&current)?)
    }

    fn one<T: Resource + Serialize>(&mut self, exchange: Exchange<T>) -> Result<Answer> {
        self.walk(exchange).map(Answer::one)
    }

    fn list<T: Resource + Serialize>(&mut self, exchange: Exchange<Page<T>>) -> Result<Answer> {
        self.walk(exchange)
            .map(|page| Answer::list(page.items, page.next))
    }

    fn none(&mut self, exchange: Exchange<()>) -> Result<Answer> {
        self.walk(exchange).map(|()| Answer {
            data: Json::Null,
            raw: Vec::new(),
            next: None,
        })
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

/// A request on one line, its query and its body not encoded.
fn line<T>(exchange: &Exchange<T>) -> String {
    let UpstreamRequest {
        method,
        path,
        query,
        body,
        safety,
    } = &exchange.request;
    // A write is never repeated once it may have arrived.
    let is_read = *method == http::Method::GET;
    assert_eq!(*safety == Safety::Safe, is_read, "{method}");
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let body = match body {
        Body::Empty => String::new(),
        Body::Form(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!(" {}", pairs.join("&"))
        }
        Body::Json(bytes) => format!(" {}", std::str::from_utf8(bytes).unwrap()),
    };
    format!("{method} {}{mark}{}{body}", path.as_str(), query.join("&"))
}
