//! Twilio's services as neutral ones, and back.

use bytes::Bytes;
use model::{Account, Drift, Extra, Json, Node, Predicted, Raw, Service, path};

use super::super::sid::is_sid;
use super::super::{PROFILE, wire};
use super::time;

/// A service. `known` is its id, if the request says it.
pub(crate) fn read(
    account: &Account,
    known: Option<&str>,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Service {
    let wire::Service {
        sid,
        friendly_name,
        url,
        date_created,
        date_updated,
    } = wire::Service::read(node, drift);
    let id = format!(
        "{}:{}",
        account.connection,
        super::id("IS", sid.or(known), url, node)
    );
    let mut service = Service {
        path: path(["v1", "services", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        name: friendly_name.map(str::to_owned),
        created_at: date_created,
        updated_at: date_updated,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    service.extra = Some(Extra::of(PROFILE.provider, node, predict(&service)));
    service
}

/// Twilio's JSON of a service. Without its `extra`, only as much of it as the neutral fields say.
pub fn rebuild(service: &Service) -> Json {
    super::rebuild(predict(service), service.extra.as_ref())
}

/// Twilio's JSON as far as the neutral fields alone determine it, and never a member without a neutral value.
fn predict(service: &Service) -> Predicted<'_> {
    let Service {
        id,
        path: _,
        connection: _,
        provider: _,
        name,
        created_at,
        updated_at,
        extra: _,
        raw: _,
    } = service;
    let sid = id.split_once(':').map(|(_, sid)| sid);
    Predicted::object([
        ("sid", sid.filter(|sid| is_sid("IS", sid)).map(Predicted::text)),
        ("friendly_name", name.as_ref().map(Predicted::text)),
        ("date_created", time(created_at.as_ref())),
        ("date_updated", time(updated_at.as_ref())),
    ])
}
