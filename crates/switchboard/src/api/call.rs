//! A request as the API understands it: admitted, parsed, and ready to be answered, from the cache or by work.

use std::sync::Arc;
use std::time::Duration;

use http::header::ACCEPT;
use layers::cache::{Cacheable, Directives, Key, Lifetimes, Purge, Tags};
use layers::conditional::FromRequest;
use layers::{Answer, CallTrace, Client, Context, Permission, Request};
use model::{Code, ConnectionName, Error, Resource, ResourceId, Result};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::MutexGuard;
use tokio::time::Instant;

use super::brought::Brought;
use super::endpoint::{CacheKind, Endpoint, Parsed};
use super::render;
use super::route::Route;
use crate::connection::Connection;
use crate::exchange::Caller;
use crate::gateway::Gateway;
use crate::sight::Sight;

/// Changes whenever the same request is answered in another form.
const SCHEMA_VERSION: u8 = 1;
/// What is left of a request's time when a stale answer must be on its way.
const SPARE: Duration = Duration::from_millis(50);

/// What of a resource is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct View {
    /// The provider's own JSON too.
    pub raw: bool,
    /// What needs scope `sensitive` too.
    pub sensitive: bool,
}

/// An admitted request.
#[derive(Clone)]
pub struct Call {
    /// What requests share.
    pub gateway: Arc<Gateway>,
    /// What is asked for.
    pub endpoint: Endpoint,
    /// What of it is shown.
    pub view: View,
    /// Who asks; nobody on a public route.
    pub client: Option<Arc<Client>>,
    /// Until when.
    pub deadline: Instant,
    /// What it costs.
    pub trace: Arc<CallTrace>,
    /// What it brings with it, if it is a write.
    pub brought: Brought,
    route: &'static Route,
    arrived: Instant,
    directives: Directives,
    key: Option<Key>,
    /// The place of the connection that it names.
    place: Option<u32>,
}

impl Call {
    /// The connections that the client may use, in the order of the configuration, or the one that it names.
    pub fn connections(&self, only: Option<&ConnectionName>) -> Result<Vec<&Connection>> {
        if let Some(name) = only {
            return Ok(vec![self.gateway.connection(name)?]);
        }
        let may_use = |connection: &&Connection| {
            self.client
                .as_ref()
                .is_some_and(|client| client.may_use(&connection.name))
        };
        Ok(self.gateway.connections.iter().filter(may_use).collect())
    }

    /// On whose behalf providers are called.
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            deadline: self.deadline,
            trace: &self.trace,
            client: self.client.as_ref().map_or(u32::MAX, |client| client.index),
            drift: &self.gateway.drift,
        }
    }

    /// What its client may learn of the gateway.
    pub fn sight(&self) -> Result<Sight<'_>> {
        let client = self.client.as_ref();
        let client = client.ok_or_else(|| Error::internal("nobody is no operator"))?;
        Ok(Sight::of(client, &self.gateway))
    }

    /// Waits for the turn of a write to this thing.
    pub async fn turn(&self, id: &ResourceId) -> Result<MutexGuard<'_, ()>> {
        let subject = self.gateway.subject(id);
        self.gateway.locks.turn(&subject, self.deadline).await
    }

    /// Checks the write's preconditions against what there is now, as this client would see it.
    pub fn precondition<T: Resource + Serialize + Clone>(&self, current: Option<&T>) -> Result<()> {
        if !self.brought.is_conditional() {
            return Ok(());
        }
        let answer = current.map(|current| render::one(self, current.clone()).map(Answer::from));
        self.brought.check(answer.transpose()?.as_ref())
    }

    /// Nothing about this thing is served any more that was read before now, here or at another replica.
    pub async fn forget(&self, id: &ResourceId) {
        let subject = self.gateway.subject(id);
        let scope = self.trace.scope();
        self.gateway.cache.forget_for(Purge::Id(&subject), scope).await;
    }

    /// The same for all that a connection has.
    pub async fn forget_connection(&self, name: &ConnectionName) {
        let scope = self.trace.scope();
        self.gateway
            .cache
            .forget_for(Purge::Connection(name), scope)
            .await;
    }

    /// The methods that the request's path has at its connection.
    pub fn allow(&self) -> String {
        self.gateway.allow(self.route, Some(&self.endpoint))
    }

    /// What of the key can be shown, by name.
    pub fn key_parts(&self) -> Value {
        let shared = self.endpoint.connection().is_none();
        let connections = self.client.as_ref().filter(|_| shared);
        json!({
            "schema_version": SCHEMA_VERSION,
            "request": format!("{:?}", self.endpoint),
            "raw": self.view.raw,
            "sensitive": self.view.sensitive,
            "connections": connections.map(|client| &*client.connections),
        })
    }

    /// All that tells this request's answer from another one's. Clients share answers: those of one connection
    /// if they may use it, those over all connections if they may use the same ones. A connection that a reload has
    /// changed has other answers.
    fn cache_key(&self) -> Option<Key> {
        self.endpoint.cache_kind()?;
        let (connections, fingerprint) = match (self.endpoint.connection(), self.place) {
            (Some(_), place) => (None, self.gateway.connections.get(place? as usize)?.fingerprint),
            (None, _) => (
                self.client.as_ref().map(|client| &*client.connections),
                self.gateway.fingerprint,
            ),
        };
        Some(self.gateway.keys.key(&(
            SCHEMA_VERSION,
            &self.endpoint,
            self.view,
            connections,
            fingerprint,
        )))
    }
}

impl FromRequest for Call {
    fn from_request(mut request: Request) -> Result<Self> {
        let lost = || Error::internal("a request reached the API without its context");
        let parsed = request.extensions_mut().remove::<Parsed>().ok_or_else(lost)?;
        let media_types = parsed.media_types(request.method());
        let context = Context::of(request.extensions()).ok_or_else(lost)?;
        let endpoint = parsed.endpoint?;
        let brought = match &endpoint {
            Endpoint::Write(_) | Endpoint::Explain => Brought::of(&request),
            _ => Brought::default(),
        };
        if !media_types.iter().any(|media_type| accepts(&request, media_type)) {
            let known = media_types.join("` or `");
            let detail = format!("Answers are `{known}`, which `Accept` excludes.");
            return Err(Error::client(Code::NotAcceptable, detail));
        }
        let client = context.client.get().cloned();
        let sensitive = client
            .as_ref()
            .is_some_and(|client| client.permissions.has(Permission::Sensitive));
        let mut call = Self {
            gateway: parsed.gateway,
            endpoint,
            view: View {
                raw: parsed.raw,
                sensitive,
            },
            client,
            deadline: context.deadline,
            trace: Arc::clone(&context.calls),
            brought,
            route: parsed.route,
            arrived: context.started,
            directives: Directives::of(request.headers()),
            key: None,
            place: parsed.place,
        };
        call.key = call.cache_key();
        Ok(call)
    }
}

impl Cacheable for Call {
    fn key(&self) -> Option<Key> {
        self.key
    }

    fn resource(&self) -> &'static str {
        self.endpoint.cache_kind().map_or("other", CacheKind::as_str)
    }

    fn lifetimes(&self) -> Lifetimes {
        let cache = &self.gateway.config.cache;
        let fresh = match self.endpoint.cache_kind() {
            Some(CacheKind::Conversations) => cache.ttl.conversations,
            Some(CacheKind::Webhooks) => cache.ttl.webhooks,
            Some(CacheKind::Deliveries) => cache.ttl.deliveries,
            Some(CacheKind::Numbers) => cache.ttl.numbers,
            None => Duration::ZERO,
        };
        Lifetimes {
            fresh,
            not_found: cache.ttl.not_found,
            stale_while_revalidate: cache.stale_while_revalidate,
            stale_if_error: cache.stale_if_error,
        }
    }

    fn tags(&self) -> Tags {
        let tags = match self.endpoint.connection() {
            Some(name) => Tags::default().connection(name),
            None => self
                .gateway
                .connections
                .iter()
                .fold(Tags::default(), |tags, c| tags.connection(&c.name)),
        };
        match self.endpoint.subject() {
            Some(id) => tags.id(&self.gateway.subject(id)),
            None => tags,
        }
    }

    fn directives(&self) -> Directives {
        self.directives
    }

    fn arrived(&self) -> Instant {
        self.arrived
    }

    fn deadline(&self) -> Instant {
        self.deadline.checked_sub(SPARE).unwrap_or(self.deadline)
    }

    fn fill(&self) -> Self {
        let deadline = Instant::now() + self.gateway.config.server.request_timeout;
        Self {
            deadline,
            trace: Arc::new(self.trace.of_fill()),
            ..self.clone()
        }
    }

    fn trace(&self) -> &Arc<CallTrace> {
        &self.trace
    }

    /// Of the connection that it names, or of all that it goes over.
    fn counted(&self, result: &'static str) {
        let connections = &self.gateway.connections;
        let count = |connection: &Connection| connection.counted.read(result);
        match (self.place, &self.client) {
            (Some(place), _) => connections.get(place as usize).into_iter().for_each(count),
            (None, Some(client)) if client.connections.len() == connections.len() => {
                connections.iter().for_each(count);
            }
            (None, Some(client)) => {
                let may_use = |connection: &&Connection| client.may_use(&connection.name);
                connections.iter().filter(may_use).for_each(count);
            }
            (None, None) => {}
        }
    }
}

fn is_of(family: &str, range: &str) -> bool {
    let of = range.strip_suffix("/*");
    of.is_some_and(|of| of.eq_ignore_ascii_case(family))
}

/// RFC 9110, section 12.5.1, for one media type. The most specific range decides.
fn accepts(request: &Request, media_type: &str) -> bool {
    let (family, _) = media_type.split_once('/').unwrap_or((media_type, ""));
    let mut best: Option<(u8, bool)> = None;
    for range in request
        .headers()
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
    {
        // Programs mostly say just this, and what is as specific comes too late.
        if best.is_none() && range == media_type {
            return true;
        }
        for range in range.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let specific = match parts.next().unwrap_or_default() {
                exact if exact.eq_ignore_ascii_case(media_type) => 3,
                "*/*" => 1,
                range if is_of(family, range) => 2,
                _ => 0,
            };
            let refused = parts.any(|part| {
                let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                weight.is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty())
            });
            if best.is_none_or(|(known, _)| specific > known) {
                best = Some((specific, specific > 0 && !refused));
            }
        }
    }
    best.is_none_or(|(_, accepted)| accepted)
}
