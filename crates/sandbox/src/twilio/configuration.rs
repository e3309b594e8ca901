//! The configuration of the account: what is used where nothing else is said.

use hyper::StatusCode;
use serde_json::json;

use super::data::Data;
use super::scope::API;
use super::sid::sid;
use crate::http::Answer;

pub(super) fn fetch(data: &Data) -> Answer {
    let service = data.default_service_sid();
    let body = json!({
        "account_sid": data.account_sid(),
        "default_chat_service_sid": service,
        "default_messaging_service_sid": sid("MG", 0),
        "default_inactive_timer": "PT1M",
        "default_closed_timer": "PT10M",
        "url": format!("{API}/v1/Configuration"),
        "links": {
            "service": format!("{API}/v1/Services/{service}/Configuration"),
            "webhooks": format!("{API}/v1/Configuration/Webhooks"),
        },
    });
    Answer::json(StatusCode::OK, &body)
}
