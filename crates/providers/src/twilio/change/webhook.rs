//! The webhook of a conversation.

use model::{Body, Faults, Patch, Result, Target, TargetChange, Webhook, WebhookChange, Word};

use super::super::event::Listener;
use super::shape::{Parameters, Shape, Wanted};
use super::{Form, difference, list_difference};

const PARAMETERS: Parameters = Parameters {
    listener: Listener::Conversation,
    kind: "Target",
    url: "Configuration.Url",
    method: "Configuration.Method",
    events: "Configuration.Filters",
    keywords: Some("Configuration.Triggers"),
    flow: "Configuration.FlowSid",
};

/// A new one. What is not mentioned is left to Twilio.
pub(in super::super) fn create(change: &WebhookChange) -> Result<Body> {
    let (mut form, mut faults) = (Form::default(), Faults::default());
    let mut wanted = Wanted::of(change);
    let shape = PARAMETERS.shape(change, &mut wanted, &mut faults);
    form.set(PARAMETERS.kind, shape.native());
    PARAMETERS.fill(shape, &wanted, &mut form, &mut faults);
    if change.enabled.value() == Some(&false) {
        cannot_be_disabled(&mut faults);
    }
    faults.into_result().map(|()| form.into_body())
}

/// What is to be another than it is now; `None` if nothing is.
pub(in super::super) fn update(current: &Webhook, change: &WebhookChange) -> Result<Option<Body>> {
    let (mut form, mut faults) = (Form::default(), Faults::default());
    let shape = Shape::of(current);
    let mut wanted = Wanted::default();
    match &change.target {
        Patch::Keep => {}
        Patch::Clear => {
            faults.add::<()>("#/target", "a webhook has a target");
        }
        Patch::Set(target) => update_target(shape, &current.target, target, &mut wanted, &mut faults),
    }
    let events: Vec<_> = current
        .events
        .iter()
        .map(Word::as_str)
        .map(str::to_owned)
        .collect();
    wanted.events = list_difference(&change.events, &events, "#/events", &mut faults);
    wanted.keywords = list_difference(&change.keywords, &current.keywords, "#/keywords", &mut faults);
    PARAMETERS.fill(shape, &wanted, &mut form, &mut faults);
    if matches!(change.enabled, Patch::Clear | Patch::Set(false)) {
        cannot_be_disabled(&mut faults);
    }
    faults.into_result()?;
    Ok(form.into_update())
}

fn update_target<'c>(
    shape: Shape<'_>,
    current: &Target,
    change: &'c TargetChange,
    wanted: &mut Wanted<'c>,
    faults: &mut Faults,
) {
    let TargetChange {
        kind,
        url,
        method,
        flow_id,
    } = change;
    if difference(kind, Some(&shape.word()), "#/target/type", faults).is_some() {
        let detail = "twilio cannot change it: delete this webhook and create another one";
        faults.add::<()>("#/target/type", detail);
    }
    let (now_url, now_method, now_flow) = match current {
        Target::Http { url, method } => (url.as_ref(), method.as_ref(), None),
        Target::Flow { flow_id } => (None, None, flow_id.as_ref()),
        Target::Other(_) => (None, None, None),
    };
    wanted.url = difference(url, now_url, "#/target/url", faults);
    wanted.method = difference(method, now_method, "#/target/method", faults);
    wanted.flow = difference(flow_id, now_flow, "#/target/flow_id", faults);
}

fn cannot_be_disabled(faults: &mut Faults) {
    let detail = "a webhook of a conversation is called for as long as it is there; to end that, delete it";
    faults.add::<()>("#/enabled", detail);
}
