//! Neutral fields and `extra` together are the provider's JSON.

use fuzz::canonical;
use model::{
    AccountScope, Exchange, Json, Node, Operation, Page, PageRequest, Raw, Result, UpstreamResponse,
};
use providers::{bland, twilio};

use crate::drive::{Session, configured};
use crate::golden::Case;

/// Reads again what the case reads, and rebuilds each resource that comes of it.
pub(crate) fn check(case: &Case, responses: &[UpstreamResponse]) {
    let (p, request) = (case.provider.as_ref(), &case.request);
    let account = &configured(p, &request.options);
    let is_twilio = p.profile().provider == "twilio";
    let page = &PageRequest {
        limit: request.limit.unwrap_or(20),
        token: request.cursor.clone(),
    };
    let walk = Walk { case, responses };
    let Ok(id) = &request.id.parse() else {
        // Lists of an account have none.
        return match case.operation {
            Operation::ListServices => {
                walk.page(p.list_services(account, page), |it| {
                    (&it.raw, twilio::rebuild_service(it))
                });
            }
            Operation::ListConversations => {
                let rebuild = if is_twilio {
                    twilio::rebuild_conversation
                } else {
                    bland::rebuild_conversation
                };
                walk.page(p.list_conversations(account, &request.filter(), page), |it| {
                    (&it.raw, rebuild(it))
                });
            }
            Operation::ListNumbers => {
                let rebuild = if is_twilio {
                    twilio::rebuild_number
                } else {
                    bland::rebuild_number
                };
                let numbers = p.list_numbers(account, request.channel.as_deref(), page);
                walk.page(numbers, |it| (&it.raw, rebuild(it)));
            }
            Operation::GetAccountWebhook => {
                let webhook = p.get_scope_webhook(account, &AccountScope::Account, request.phase());
                walk.one(webhook, |it| (&it.raw, twilio::rebuild_callbacks(it)));
            }
            _ => {}
        };
    };
    match case.operation {
        Operation::GetService => {
            walk.one(p.get_service(account, id), |it| {
                (&it.raw, twilio::rebuild_service(it))
            });
        }
        Operation::GetConversation => {
            let rebuild = if is_twilio {
                twilio::rebuild_conversation
            } else {
                bland::rebuild_conversation
            };
            walk.one(p.get_conversation(account, id), |it| (&it.raw, rebuild(it)));
        }
        Operation::ListConversationWebhooks => {
            let rebuild = if is_twilio {
                twilio::rebuild_webhook
            } else {
                bland::rebuild_webhook
            };
            walk.page(p.list_conversation_webhooks(account, id, page), |it| {
                (&it.raw, rebuild(it))
            });
        }
        Operation::ListWebhookDeliveries => {
            let deliveries = p.list_webhook_deliveries(account, id, page);
            walk.page(deliveries, |it| (&it.raw, bland::rebuild_delivery(it)));
        }
        Operation::GetNumber => {
            let rebuild = if is_twilio {
                twilio::rebuild_number
            } else {
                bland::rebuild_number
            };
            walk.one(p.get_number(account, id), |it| (&it.raw, rebuild(it)));
        }
        Operation::GetNumberWebhook => {
            let rebuild = if is_twilio {
                twilio::rebuild_number_webhook
            } else {
                bland::rebuild_webhook
            };
            walk.one(p.get_number_webhook(account, id), |it| (&it.raw, rebuild(it)));
        }
        Operation::GetServiceWebhook => {
            let webhook = p.get_scope_webhook(account, &AccountScope::Service(id.clone()), request.phase());
            walk.one(webhook, |it| (&it.raw, twilio::rebuild_callbacks(it)));
        }
        _ => {}
    }
}

struct Walk<'c> {
    case: &'c Case,
    responses: &'c [UpstreamResponse],
}

impl Walk<'_> {
    fn one<T>(&self, exchange: Result<Exchange<T>>, rebuild: impl Fn(&T) -> (&Option<Raw>, Json)) {
        let mut rest = self.responses.iter();
        let answer = |_: &_| rest.next().expect("the last one ends every walk").clone();
        let mut session = Session::new(self.case.provider.as_ref(), answer);
        if let Ok(resource) = exchange.and_then(|exchange| session.walk(exchange)) {
            compare(&resource, rebuild);
        }
    }

    fn page<T>(&self, exchange: Result<Exchange<Page<T>>>, rebuild: impl Fn(&T) -> (&Option<Raw>, Json)) {
        let mut rest = self.responses.iter();
        let answer = |_: &_| rest.next().expect("the last one ends every walk").clone();
        let mut session = Session::new(self.case.provider.as_ref(), answer);
        if let Ok(page) = exchange.and_then(|exchange| session.walk(exchange)) {
            page.items.iter().for_each(|item| compare(item, &rebuild));
        }
    }
}

fn compare<T>(resource: &T, rebuild: impl Fn(&T) -> (&Option<Raw>, Json)) {
    let (raw, rebuilt) = rebuild(resource);
    let raw = raw.as_ref().expect("what was read has its bytes").as_bytes();
    let native = Node::parse(raw).expect("they are JSON").to_json();
    assert_eq!(canonical(&rebuilt), canonical(&native));
}
