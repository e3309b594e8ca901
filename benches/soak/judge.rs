//! What an answer must be.

use serde_json::Value;

use crate::http::{Answer, at};
use crate::tally::Promise;
use crate::world::World;

/// Members of the resources, always all of them.
pub(crate) const CONVERSATION: &[&str] = &[
    "agent_number",
    "attributes",
    "channel",
    "closed_reason",
    "connection",
    "created_at",
    "extra",
    "id",
    "last_message_at",
    "message_count",
    "name",
    "native_id",
    "provider",
    "self",
    "service_id",
    "status",
    "updated_at",
    "user_number",
];
pub(crate) const WEBHOOK: &[&str] = &[
    "connection",
    "created_at",
    "enabled",
    "events",
    "extra",
    "id",
    "inherited",
    "keywords",
    "overridden",
    "phase",
    "provider",
    "scope",
    "self",
    "source",
    "target",
    "updated_at",
];
pub(crate) const DELIVERY: &[&str] = &[
    "attempts",
    "completeness",
    "connection",
    "conversation_id",
    "created_at",
    "event",
    "extra",
    "id",
    "observed_by",
    "payload",
    "provider",
    "self",
    "status",
    "url",
];
pub(crate) const NUMBER: &[&str] = &[
    "address",
    "agent",
    "channel",
    "connection",
    "conversation_count",
    "created_at",
    "extra",
    "id",
    "label",
    "messaging_service_id",
    "phone_number",
    "provider",
    "self",
    "updated_at",
    "webhook",
];
const ENVELOPE: &[&str] = &["data", "next_cursor", "sources"];
const PROBLEM: &[&str] = &[
    "code",
    "connection",
    "detail",
    "errors",
    "instance",
    "origin",
    "provider_code",
    "provider_message",
    "provider_request_id",
    "provider_status",
    "request_id",
    "retryable",
    "status",
    "title",
    "type",
];

impl World {
    /// Whether the answer has one of these statuses. Any other is wrong, unless a provider's fault explains it.
    pub(crate) fn judge(&self, answer: &Answer, right: &[u16]) -> bool {
        let status = answer.status.as_u16();
        let is_proxy = answer.asked.contains(" /proxy/");
        if answer.header("x-request-id").is_none() {
            self.wrong(answer, "no request id");
        }
        if status >= 400 && !is_proxy && !answer.body.is_empty() && !has_members(&answer.json(), PROBLEM) {
            self.wrong(answer, "no problem document");
        }
        let may_fail = self.weather.may_meet_fault(answer.began);
        if !answer.is_whole {
            // What passes through is on its way already when the provider's body ends too early.
            if !(is_proxy && may_fail) {
                self.broken(
                    Promise::Lost,
                    &format!("{}: {status}, and then the body was cut", answer.asked),
                );
            }
            return false;
        }
        if right.contains(&status) {
            return true;
        }
        let explained = if is_proxy {
            matches!(status, 401 | 429 | 502..=504)
        } else {
            matches!(status, 429 | 502..=504) && is_of_provider(answer)
        };
        if !(may_fail && explained) {
            self.wrong(answer, &format!("expected {right:?}"));
        }
        false
    }

    /// Whether a page of a list is one. Its items come back if every connection has answered for itself.
    pub(crate) fn judge_page(&self, answer: &Answer, members: &[&str]) -> Option<Vec<Value>> {
        let page = answer.json();
        if !has_members(&page, ENVELOPE) {
            self.wrong(answer, "no page of a list");
            return None;
        }
        let failed = at(&page, "/sources")
            .as_array()?
            .iter()
            .find(|source| at(source, "/status") == "error");
        if let Some(failed) = failed {
            let problem = at(failed, "/problem");
            let by_provider = at(problem, "/origin") == "provider" || at(problem, "/code") == "circuit_open";
            if !(by_provider && self.weather.may_meet_fault(answer.began)) {
                self.wrong(answer, "a connection failed");
            }
            return None;
        }
        let Value::Array(items) = answer.at("/data") else {
            return None;
        };
        if !items.iter().all(|item| has_members(item, members)) {
            self.wrong(answer, "an item has other members");
        }
        Some(items)
    }

    /// Whether a resource has its members and this id.
    pub(crate) fn judge_resource(&self, answer: &Answer, members: &[&str], id: &str) {
        let resource = answer.json();
        if !has_members(&resource, members) {
            self.wrong(answer, "other members");
        }
        if !at(&resource, "/id")
            .as_str()
            .is_some_and(|found| is_same_id(found, id))
        {
            self.wrong(answer, &format!("not `{id}`"));
        }
    }

    /// An answer that must not be.
    pub(crate) fn wrong(&self, answer: &Answer, why: &str) {
        let (asked, status, replica) = (&answer.asked, answer.status, answer.replica + 1);
        let text: String = String::from_utf8_lossy(&answer.body).chars().take(900).collect();
        let cache = answer.header("cache-status").unwrap_or("-");
        let request = answer.header("x-request-id").unwrap_or("-");
        let took = answer.began.elapsed().as_millis();
        self.broken(
            Promise::Wrong,
            &format!(
                "{why}: {asked}: {status} by replica {replica} after {took} ms, request {request}, cache {cache}: {text}"
            ),
        );
    }
}

/// An answer to `HEAD` does not say whose fault it is. That nobody is asked at the moment is the gateway's own decision.
fn is_of_provider(answer: &Answer) -> bool {
    answer.body.is_empty() || answer.at("/origin") == "provider" || answer.at("/code") == "circuit_open"
}

fn has_members(value: &Value, members: &[&str]) -> bool {
    value.as_object().is_some_and(|object| {
        object.len() == members.len() && members.iter().all(|name| object.contains_key(*name))
    })
}

/// An id may say the service too.
fn is_same_id(found: &str, asked: &str) -> bool {
    let short = |id: &str| {
        let (connection, native) = id.split_once(':')?;
        let native = native.rsplit('.').next()?;
        Some(format!("{connection}:{native}"))
    };
    found == asked || short(found) == short(asked)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_all_and_no_others() {
        assert!(has_members(&json!({ "a": 1, "b": 2 }), &["b", "a"]));
        assert!(!has_members(&json!({ "a": 1 }), &["b", "a"]));
        assert!(!has_members(&json!({ "a": 1, "c": 2 }), &["b", "a"]));
    }

    #[test]
    fn an_id_is_the_same_in_both_spellings() {
        assert!(is_same_id("twilio:IS1.CH1", "twilio:CH1"));
        assert!(!is_same_id("twilio:IS1.CH1", "twilio:CH2"));
        assert!(!is_same_id("bland:CH1", "twilio:CH1"));
    }
}
