//! What a client wants of a number's webhook, in Bland's terms: one URL, called for everything, by `POST`.

use model::{Faults, Patch, Result, TargetChange, WebhookChange};

/// The URL that the webhook is to have. Whatever Bland cannot honour is refused, all of it at once.
pub(super) fn url(change: &WebhookChange) -> Result<String> {
    let WebhookChange {
        target,
        events,
        keywords,
        enabled,
    } = change;
    let mut faults = Faults::default();
    let url = target_url(target, &mut faults);
    if events
        .value()
        .is_some_and(|events| !matches!(&events[..], [all] if all == "*"))
    {
        faults.add::<()>("#/events", "this provider has no filter; `[\"*\"]` or nothing");
    }
    if keywords.value().is_some_and(|keywords| !keywords.is_empty()) {
        faults.add::<()>("#/keywords", "this provider has no keywords; `[]` or nothing");
    }
    if enabled.value() == Some(&false) {
        faults.add::<()>("#/enabled", "a webhook that is there is called; DELETE ends that");
    }
    faults.into_result().map(|()| url.unwrap_or_default())
}

/// `None` has left its fault.
fn target_url(target: &Patch<TargetChange>, faults: &mut Faults) -> Option<String> {
    // Nothing can stand in for a target that is not named, so its members are missing too.
    let TargetChange {
        kind,
        url,
        method,
        flow_id,
    } = target.value().cloned().unwrap_or_default();
    match kind.value().map(String::as_str) {
        Some("http") => {}
        Some(_) => {
            faults.add::<()>("#/target/type", "this provider only calls URLs: `http`");
        }
        None => {
            faults.add::<()>("#/target/type", "required: `http`");
        }
    }
    if method.value().is_some_and(|method| method != "POST") {
        faults.add::<()>("#/target/method", "this provider always calls by `POST`");
    }
    if flow_id.value().is_some() {
        faults.add::<()>("#/target/flow_id", "this provider has no flows");
    }
    match url {
        Patch::Set(url) if !url.is_empty() => Some(url),
        _ => faults.add("#/target/url", "required: the URL to call"),
    }
}
