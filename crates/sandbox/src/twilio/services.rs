//! Services, each with all that is in it.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::Data;
use super::error::Error;
use super::page::Listing;
use super::parameters::Parameters;
use super::record::Service;
use super::scope::API;
use crate::http::{Answer, Request};

const LISTING: Listing = Listing {
    key: "services",
    size: 50,
    max_size: 100,
    filters: &[],
};
const FRIENDLY_NAME: &str = "FriendlyName";
const MAX_NAME: usize = 256;
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

pub(super) fn create(data: &mut Data, request: &Request, now: &str) -> Result<Answer, Error> {
    let parameters = Parameters::of(request, &[FRIENDLY_NAME])?;
    parameters.required(FRIENDLY_NAME)?;
    let name = parameters.short(FRIENDLY_NAME, MAX_NAME)?;
    let service = data.add_service(name.map(str::to_owned), now);
    Ok(Answer::json(StatusCode::CREATED, &show(service)))
}

pub(super) fn delete(data: &mut Data, sid: &str) -> Result<Answer, Error> {
    data.delete_service(sid)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
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
