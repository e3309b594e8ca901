//! The callbacks of the account and of services: one before actions and one after.

use std::sync::Arc;

use model::{
    Account, AccountScope, Exchange, Page, PageRequest, Phase, Progress, Result, UpstreamRequest, Webhook,
    WebhookChange,
};

use super::cut::Cut;
use super::exchange::{one, then};
use super::listing::{Listing, Webhooks};
use super::sid::Scope;
use super::{change, decode, encode};

/// A page of the two.
pub(super) fn list(
    account: &Arc<Account>,
    scope: &AccountScope,
    page: &PageRequest,
) -> Result<Exchange<Page<Webhook>>> {
    let scope = Scope::parse(scope)?;
    let cut = Cut::parse(page)?;
    let both = read(account, &scope, encode::get_callbacks(&scope));
    Ok(then(both, move |both| Ok(Progress::Done(cut.of(both.into())))))
}

/// One of the two.
pub(super) fn get(account: &Arc<Account>, scope: &AccountScope, phase: Phase) -> Result<Exchange<Webhook>> {
    let scope = Scope::parse(scope)?;
    let both = read(account, &scope, encode::get_callbacks(&scope));
    Ok(then(both, move |both| Ok(Progress::Done(pick(both, phase)))))
}

/// Another than it is now. Where nothing would change, it is only read.
pub(super) fn update(
    account: &Arc<Account>,
    scope: &AccountScope,
    current: &Webhook,
    change: &WebhookChange,
    linked: bool,
) -> Result<Exchange<Webhook>> {
    let scope = Scope::parse(scope)?;
    let phase = current.phase;
    let request = match change::callbacks::update(&scope, current, change, linked)? {
        Some(form) => encode::update_callbacks(&scope, form),
        None => encode::get_callbacks(&scope),
    };
    let both = read(account, &scope, request);
    Ok(then(both, move |both| Ok(Progress::Done(pick(both, phase)))))
}

/// Both.
pub(super) fn read(
    account: &Arc<Account>,
    scope: &Scope,
    request: UpstreamRequest,
) -> Exchange<[Webhook; 2]> {
    let (account, scope) = (Arc::clone(account), scope.clone());
    one(request, Webhooks::RESOURCE, move |body, node, drift| {
        decode::callbacks::read(&account, &scope, body, node, drift)
    })
}

fn pick([before, after]: [Webhook; 2], phase: Phase) -> Webhook {
    match phase {
        Phase::Before => before,
        Phase::After => after,
    }
}
