//! What a number gives to new conversations.

use model::{Body, Faults, Result, WebhookChange};

use super::super::event::Listener;
use super::Form;
use super::shape::{Parameters, Shape, Wanted};

const PARAMETERS: Parameters = Parameters {
    listener: Listener::Number,
    kind: "AutoCreation.Type",
    url: "AutoCreation.WebhookUrl",
    method: "AutoCreation.WebhookMethod",
    events: "AutoCreation.WebhookFilters",
    keywords: None,
    flow: "AutoCreation.StudioFlowSid",
};

const ENABLED: &str = "AutoCreation.Enabled";

/// All of it. What is not mentioned would stay as it is, so that the default method is named too.
pub(in super::super) fn replace(change: &WebhookChange) -> Result<Body> {
    let (mut form, mut faults) = (Form::default(), Faults::default());
    let enabled = change.enabled.value().copied().unwrap_or(true);
    form.set(ENABLED, enabled.to_string());
    let post = "POST".to_owned();
    let mut wanted = Wanted::of(change);
    let shape = PARAMETERS.shape(change, &mut wanted, &mut faults);
    if shape == Shape::Other("default") {
        let detail = "a number with this target has no webhook: delete the webhook instead";
        faults.add::<()>("#/target/type", detail);
    }
    if shape == Shape::Webhook {
        wanted.method = wanted.method.or(Some(&post));
    }
    form.set(PARAMETERS.kind, shape.native());
    PARAMETERS.fill(shape, &wanted, &mut form, &mut faults);
    faults.into_result().map(|()| form.into_body())
}

/// No conversation begins by itself any more; all else stays.
pub(in super::super) fn disable() -> Body {
    let mut form = Form::default();
    form.set(ENABLED, "false");
    form.into_body()
}
