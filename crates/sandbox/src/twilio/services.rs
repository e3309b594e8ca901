//! Services: list and fetch.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::Data;
use super::error::Error;
use super::page::Listing;
use super::record::Service;
use super::scope::API;
use crate::http::{Answer, Request};

const LISTING: Listing = Listing {
    key: "services",
    size: 50,
    max_size: 100,
    filters: &[],
};
const LINKS: [(&str, &str); 7] = [
    ("conversations", "Conversations"),
    ("users", "Users"),
    ("roles", "Roles"),
    ("bindings", "Bindings"),
    ("configuration", "Configuration"),
    ("participant_conversations", "ParticipantConversations"),
    ("conversation_with_participants", "ConversationWithParticipants"),
];

pub(super) fn list(data: &Data, request: &Request) -> Result<Answer, Error> {
    LISTING.answer(request, "/v1/Services", &data.services(), |service| show(service))
}

pub(super) fn fetch(data: &Data, sid: &str) -> Result<Answer, Error> {
    Ok(Answer::json(StatusCode::OK, &show(data.service(sid)?)))
}

fn show(service: &Service) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        service: &'a Service,
        links: BTreeMap<&'a str, String>,
        url: String,
    }
    let url = format!("{API}/v1/Services/{}", service.sid);
    let links = LINKS.map(|(name, segment)| (name, format!("{url}/{segment}")));
    json!(Shown {
        service,
        links: links.into(),
        url
    })
}
