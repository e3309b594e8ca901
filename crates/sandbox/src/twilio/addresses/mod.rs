//! Address configurations: whether the first message to an address makes a conversation, and what that is
//! given.

mod auto_creation;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::Data;
use super::error::Error;
use super::page::Listing;
use super::parameters::Parameters;
use super::reason::Reason;
use super::record::Address;
use super::scope::API;
use crate::http::{Answer, Request};

const PATH: &str = "/v1/Configuration/Addresses";
const LISTING: Listing = Listing {
    key: "address_configurations",
    size: 50,
    max_size: 50,
    filters: &[TYPE],
};
const TYPE: &str = "Type";
const ADDRESS: &str = "Address";
const FRIENDLY_NAME: &str = "FriendlyName";
const COUNTRY: &str = "AddressCountry";
const TYPES: [&str; 8] = [
    "sms",
    "whatsapp",
    "messenger",
    "gbm",
    "email",
    "rcs",
    "apple",
    "chat",
];
const MAX_NAME: usize = 256;

pub(super) fn list(data: &Data, request: &Request) -> Result<Answer, Error> {
    let kind = request.query(TYPE);
    if kind.is_some_and(|kind| !TYPES.contains(&kind)) {
        return Err(Error::invalid_parameter(TYPE));
    }
    let is_wanted = |address: &&Address| kind.is_none_or(|kind| address.kind == kind);
    let wanted: Vec<&Address> = data.addresses.iter().filter(is_wanted).collect();
    LISTING.answer(request, PATH, &wanted, |address| show(address))
}

pub(super) fn create(data: &mut Data, request: &Request, now: &str) -> Result<Answer, Error> {
    let known = [
        &[TYPE, ADDRESS, FRIENDLY_NAME, COUNTRY][..],
        &auto_creation::KNOWN,
    ]
    .concat();
    let parameters = Parameters::of(request, &known)?;
    let kind = parameters.required(TYPE)?;
    parameters.checked(TYPE, |kind| TYPES.contains(&kind))?;
    let text = parameters.required(ADDRESS)?;
    let is_country = |text: &str| text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase());
    let mut address = Address {
        sid: data.next_sid("IG"),
        account_sid: data.account_sid().to_owned(),
        text: text.to_owned(),
        kind: kind.to_owned(),
        friendly_name: None,
        country: parameters.checked(COUNTRY, is_country)?.map(str::to_owned),
        auto_creation: auto_creation::off(),
        date_created: now.to_owned(),
        date_updated: now.to_owned(),
    };
    apply(data, &mut address, &parameters)?;
    if data
        .addresses
        .iter()
        .any(|other| other.kind == kind && other.text == text)
    {
        return Err(Reason::Conflict.into());
    }
    let shown = show(&address);
    data.addresses.push(address);
    Ok(Answer::json(StatusCode::CREATED, &shown))
}

pub(super) fn fetch(data: &Data, name: &str) -> Result<Answer, Error> {
    Ok(Answer::json(StatusCode::OK, &show(find(data, name)?)))
}

pub(super) fn update(data: &mut Data, name: &str, request: &Request, now: &str) -> Result<Answer, Error> {
    let mut changed = find(data, name)?.clone();
    let known = [&[FRIENDLY_NAME][..], &auto_creation::KNOWN].concat();
    let parameters = Parameters::of_update(request, &known)?;
    apply(data, &mut changed, &parameters)?;
    now.clone_into(&mut changed.date_updated);
    let shown = show(&changed);
    let mut addresses = data.addresses.iter_mut();
    if let Some(address) = addresses.find(|address| address.sid == changed.sid) {
        *address = changed;
    }
    Ok(Answer::json(StatusCode::OK, &shown))
}

pub(super) fn delete(data: &mut Data, name: &str) -> Result<Answer, Error> {
    let sid = find(data, name)?.sid.clone();
    data.addresses.retain(|address| address.sid != sid);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// A path names one by its SID or by the address itself, of which several types may have the same: then the
/// first is meant.
fn find<'a>(data: &'a Data, name: &str) -> Result<&'a Address, Error> {
    let mut addresses = data.addresses.iter();
    let found = addresses.find(|address| address.sid == name || address.text == name);
    Ok(found.ok_or(Reason::NoSuchResource)?)
}

fn apply(data: &Data, address: &mut Address, parameters: &Parameters) -> Result<(), Error> {
    if let Some(name) = parameters.short(FRIENDLY_NAME, MAX_NAME)? {
        address.friendly_name = (!name.is_empty()).then(|| name.to_owned());
    }
    address.auto_creation = auto_creation::changed(data, &address.auto_creation, parameters)?;
    Ok(())
}

fn show(address: &Address) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        address: &'a Address,
        url: String,
    }
    json!(Shown {
        address,
        url: format!("{API}{PATH}/{}", address.sid)
    })
}
