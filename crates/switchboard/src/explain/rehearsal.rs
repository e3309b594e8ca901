//! A gateway like the one at work, whose connections lead nowhere: they note down what they are asked to send.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Method};
use layers::upstream::UpstreamCall;
use layers::{Body, BoxError, Request, Response};
use model::{Code, ConnectionName, Error};
use tower::util::BoxCloneSyncService;
use tower::{Layer, service_fn};

use crate::connection::Connection;
use crate::gateway::Gateway;
use crate::upstream;

/// The gateway, and what its connections were asked to send.
pub(super) struct Rehearsal {
    /// It decides as the one at work, and shares nothing with it that it could change.
    pub(super) gateway: Arc<Gateway>,
    notes: Notes,
}

/// A request that would have been sent, but for the credential.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    /// By which connection.
    pub(super) connection: ConnectionName,
    /// Its method.
    pub(super) method: Method,
    /// Where to.
    pub(super) url: String,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// Its body, if it is text that is at hand.
    pub(super) body: Option<String>,
}

type Notes = Arc<Mutex<Vec<Noted>>>;

impl Rehearsal {
    /// Of the gateway at work.
    pub(super) fn of(gateway: &Gateway) -> Result<Self, String> {
        let notes = Notes::default();
        let connections = gateway.connections.iter();
        let connections = connections.map(|connection| leading_nowhere(connection, &notes));
        Ok(Self {
            gateway: Arc::new(gateway.rehearsal(connections.collect())?),
            notes,
        })
    }

    /// What would have been sent.
    pub(super) fn noted(&self) -> Vec<Noted> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn leading_nowhere(connection: &Connection, notes: &Notes) -> Connection {
    let end = |notes: Notes, name: ConnectionName| {
        service_fn(move |request: Request| {
            note(&notes, &name, &request);
            // Whatever was to follow depends on the answer that there is none of.
            std::future::ready(Err::<Response, BoxError>("it is a rehearsal".into()))
        })
    };
    let whole = upstream::collect(
        connection.account.base_url.as_str().into(),
        connection.max_response,
    )
    .layer(end(Arc::clone(notes), connection.name.clone()));
    let (notes, name) = (Arc::clone(notes), connection.name.clone());
    let streams = service_fn(move |call: UpstreamCall<Request>| {
        note(&notes, &name, &call.request);
        std::future::ready(Err::<Response, _>(Error::gateway(
            Code::Internal,
            "it is a rehearsal",
        )))
    });
    connection.by(BoxCloneSyncService::new(whole), BoxCloneSyncService::new(streams))
}

fn note(notes: &Notes, connection: &ConnectionName, request: &http::Request<Body>) {
    let text = |body: &Body| String::from_utf8(body.at_hand()?.to_vec()).ok();
    notes.lock().unwrap_or_else(PoisonError::into_inner).push(Noted {
        connection: connection.clone(),
        method: request.method().clone(),
        url: request.uri().to_string(),
        headers: request.headers().clone(),
        body: text(request.body()),
    });
}
