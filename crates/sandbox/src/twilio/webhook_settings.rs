//! Where the account, and each service, reports events: two resources that are always there.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::callback::{check_method, check_url};
use super::data::Data;
use super::error::Error;
use super::events;
use super::parameters::Parameters;
use super::reason::Reason;
use super::record::WebhookSettings;
use super::scope::API;
use crate::http::{Answer, Request};

const PRE: &str = "PreWebhookUrl";
const POST: &str = "PostWebhookUrl";
const METHOD: &str = "Method";
const FILTERS: &str = "Filters";
const TARGET: &str = "Target";
const OF_SERVICE: [&str; 4] = [PRE, POST, METHOD, FILTERS];
const OF_ACCOUNT: [&str; 5] = [PRE, POST, METHOD, FILTERS, TARGET];

pub(super) fn fetch(data: &Data, service: Option<&str>) -> Result<Answer, Error> {
    let (account_sid, settings) = match service {
        None => (data.account_sid(), &data.webhook_settings),
        Some(sid) => {
            let service = data.service(sid)?;
            (service.account_sid.as_str(), &service.webhook_settings)
        }
    };
    Ok(Answer::json(
        StatusCode::OK,
        &show(account_sid, service, settings),
    ))
}

pub(super) fn update(data: &mut Data, service: Option<&str>, request: &Request) -> Result<Answer, Error> {
    match service {
        None => {
            let parameters = Parameters::of_update(request, &OF_ACCOUNT)?;
            data.webhook_settings = changed(&data.webhook_settings, &parameters, events::is_for_account)?;
        }
        Some(sid) => {
            let settings = &mut data.service_mut(sid)?.webhook_settings;
            let parameters = Parameters::of_update(request, &OF_SERVICE)?;
            *settings = changed(settings, &parameters, events::is_for_service)?;
        }
    }
    fetch(data, service)
}

/// An empty URL, and a list of nothing but one empty name, unset what was set.
fn changed(
    settings: &WebhookSettings,
    parameters: &Parameters,
    is_event: fn(&str) -> bool,
) -> Result<WebhookSettings, Error> {
    let mut settings = settings.clone();
    if let Some(target) = parameters.text(TARGET) {
        if !["webhook", "flex"].contains(&target) {
            return Err(Reason::BadWebhookParameter.into());
        }
        settings.target = Some(target.to_owned());
    }
    if let Some(names) = parameters.list(FILTERS) {
        settings.filters = filters(&names, is_event)?;
    }
    if let Some(url) = parameters.text(PRE) {
        settings.pre_webhook_url = callback(url, Reason::BadWebhookParameter)?;
    }
    if let Some(url) = parameters.text(POST) {
        settings.post_webhook_url = callback(url, Reason::BadPostWebhookUrl)?;
    }
    if let Some(method) = parameters.text(METHOD) {
        check_method(method)?;
        settings.method = Some(method.to_ascii_uppercase());
    }
    Ok(settings)
}

fn filters(names: &[&str], is_event: fn(&str) -> bool) -> Result<Option<Vec<String>>, Error> {
    if *names == [""] {
        return Ok(None);
    }
    if !names.iter().all(|name| is_event(name)) {
        return Err(Reason::BadWebhookParameter.into());
    }
    Ok(Some(names.iter().map(|name| (*name).to_owned()).collect()))
}

fn callback(url: &str, otherwise: Reason) -> Result<Option<String>, Error> {
    if url.is_empty() {
        return Ok(None);
    }
    check_url(url, otherwise)?;
    Ok(Some(url.to_owned()))
}

fn show(account_sid: &str, service: Option<&str>, settings: &WebhookSettings) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        account_sid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_service_sid: Option<&'a str>,
        #[serde(flatten)]
        settings: &'a WebhookSettings,
        url: String,
    }
    let above = service.map_or_else(String::new, |sid| format!("/Services/{sid}"));
    json!(Shown {
        account_sid,
        chat_service_sid: service,
        settings,
        url: format!("{API}/v1{above}/Configuration/Webhooks"),
    })
}
