//! What a write brings with it: its body, and the preconditions in its head.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderValue, Method};
use layers::conditional::{Tag, matches, tags};
use layers::{Answer, Context, Request};
use model::{Code, Error, Faults, Kind, Node, Patch, Result, WebhookChange};

use super::route::Takes;
use crate::config::{Config, Webhooks};
use crate::explain::Question;
use crate::sight::Sight;
use crate::{audit, callback};

/// What a write brings with it; whatever else is asked for brings nothing, and costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Brought(Option<Arc<Parts>>);

#[derive(Debug, Default)]
struct Parts {
    method: Method,
    context: Option<Arc<Context>>,
    body: Bytes,
    content_type: Option<HeaderValue>,
    if_match: Vec<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
}

impl Brought {
    /// Of a request whose body is at hand.
    pub fn of(request: &Request) -> Self {
        let all = |name| request.headers().get_all(name).iter().cloned().collect();
        Self(Some(Arc::new(Parts {
            method: request.method().clone(),
            context: Context::of(request.extensions()).cloned(),
            body: request.body().at_hand().cloned().unwrap_or_default(),
            content_type: request.headers().get(CONTENT_TYPE).cloned(),
            if_match: all(IF_MATCH),
            if_none_match: all(IF_NONE_MATCH),
        })))
    }

    fn parts(&self) -> &Parts {
        static NOTHING: LazyLock<Parts> = LazyLock::new(Parts::default);
        self.0.as_deref().unwrap_or(&NOTHING)
    }

    /// Notes how the write has ended.
    pub fn audit(&self, resource: &str, outcome: &str) {
        if let Some(context) = &self.parts().context {
            audit::line(context, &self.parts().method, Some(resource), outcome);
        }
    }

    /// A whole webhook.
    pub fn webhook(&self, policy: &Webhooks) -> Result<WebhookChange> {
        self.change(Takes::Webhook, policy)
    }

    /// A change of a webhook.
    pub fn webhook_patch(&self, policy: &Webhooks) -> Result<WebhookChange> {
        self.change(Takes::WebhookPatch, policy)
    }

    /// Whether to make the payload anew for a redelivery. The body may be left out.
    pub fn redelivery(&self) -> Result<bool> {
        if self.parts().body.is_empty() {
            return Ok(false);
        }
        self.check_type(Takes::Redelivery)?;
        let node = Node::parse(&self.parts().body).map_err(|error| no_json(&error))?;
        let (mut faults, mut rebuild) = (Faults::default(), false);
        match node.kind() {
            Kind::Object(members) => {
                for (name, value) in members {
                    match (&**name, value.kind()) {
                        ("rebuild", Kind::Bool(flag)) => rebuild = *flag,
                        ("rebuild", _) => drop(faults.add::<()>("#/rebuild", "must be true or false")),
                        (name, _) => faults.member("#", name, "not a field of a redelivery"),
                    }
                }
            }
            _ => drop(faults.add::<()>("#", "must be an object")),
        }
        faults.into_result().map(|()| rebuild)
    }

    /// A request to explain.
    pub fn question(&self, config: &Config, sight: Sight<'_>) -> Result<Question> {
        self.check_type(Takes::Question)?;
        Question::read(&self.parts().body, config, sight)
    }

    /// Whether it names a state that it is meant for.
    pub fn is_conditional(&self) -> bool {
        !self.parts().if_match.is_empty() || !self.parts().if_none_match.is_empty()
    }

    /// RFC 9110, section 13.2.2, for a method that changes what there is now.
    pub fn check(&self, current: Option<&Answer>) -> Result<()> {
        if !self.parts().if_match.is_empty()
            && !current.is_some_and(|answer| matches(&self.parts().if_match, answer))
        {
            let detail = "`If-Match`: none of the tags is that of the current state.";
            return Err(Error::client(Code::PreconditionFailed, detail));
        }
        let excluded = |answer: &Answer| {
            let any = self
                .parts()
                .if_none_match
                .iter()
                .filter_map(|value| value.to_str().ok());
            any.flat_map(tags).any(|tag| tag == Tag::Any) || matches(&self.parts().if_none_match, answer)
        };
        if current.is_some_and(excluded) {
            let detail = "`If-None-Match`: the resource exists, in this state.";
            return Err(Error::client(Code::PreconditionFailed, detail));
        }
        Ok(())
    }

    fn change(&self, takes: Takes, policy: &Webhooks) -> Result<WebhookChange> {
        self.check_type(takes)?;
        let change = WebhookChange::read(&self.parts().body)?;
        if let Patch::Set(target) = &change.target
            && let Patch::Set(url) = &target.url
        {
            let mut faults = Faults::default();
            if let Err(detail) = callback::check(url, &policy.allowed_hosts) {
                faults.add::<()>("#/target/url", detail);
            }
            faults.into_result()?;
        }
        Ok(change)
    }

    fn check_type(&self, takes: Takes) -> Result<()> {
        let types = takes.media_types();
        let given = self
            .parts()
            .content_type
            .as_ref()
            .and_then(|value| value.to_str().ok());
        let essence = given
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if types.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
            return Ok(());
        }
        let detail = format!("The body must be `Content-Type: {}`.", types.join("` or `"));
        Err(Error::client(Code::UnsupportedMediaType, detail))
    }
}

fn no_json(error: &impl std::fmt::Display) -> Error {
    Error::client(Code::MalformedRequest, format!("The body is no JSON: {error}"))
}
