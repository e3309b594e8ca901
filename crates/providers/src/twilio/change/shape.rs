//! What the webhooks of conversations and of numbers have in common: a target, and what fits it.

use model::{Faults, Patch, Target, Webhook, WebhookChange};

use super::super::event::{KEYWORD_MATCHED, Listener};
use super::super::{PROFILE, own};
use super::{Form, check_flow, check_keywords, check_method, check_url};

/// How a webhook is written: the names of the parameters, and who listens.
pub(super) struct Parameters {
    pub(super) listener: Listener,
    pub(super) kind: &'static str,
    pub(super) url: &'static str,
    pub(super) method: &'static str,
    pub(super) events: &'static str,
    /// `None` where there are no triggers.
    pub(super) keywords: Option<&'static str>,
    pub(super) flow: &'static str,
}

/// A kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape<'c> {
    /// A URL that is called for events.
    Webhook,
    /// A URL that is called for keywords.
    Trigger,
    /// A flow.
    Studio,
    /// One that is not known here. What fits it is Twilio's to judge.
    Other(&'c str),
}

/// The values to write.
#[derive(Default)]
pub(super) struct Wanted<'c> {
    pub(super) url: Option<&'c String>,
    pub(super) method: Option<&'c String>,
    pub(super) flow: Option<&'c String>,
    pub(super) events: Option<&'c Vec<String>>,
    pub(super) keywords: Option<&'c Vec<String>>,
}

impl<'c> Shape<'c> {
    /// The shape of a webhook that is there.
    pub(super) fn of(webhook: &'c Webhook) -> Self {
        match &webhook.target {
            Target::Http { .. } if webhook.events == [KEYWORD_MATCHED] => Self::Trigger,
            Target::Http { .. } => Self::Webhook,
            Target::Flow { .. } => Self::Studio,
            Target::Other(word) => Self::Other(own(word.as_str()).unwrap_or_default()),
        }
    }

    /// The shape of a webhook that is wanted as a whole.
    fn read(kind: Option<&'c str>, is_trigger: bool, faults: &mut Faults) -> Option<Self> {
        let at = "#/target/type";
        match kind {
            Some("http") if is_trigger => Some(Self::Trigger),
            Some("http") => Some(Self::Webhook),
            Some("flow") => Some(Self::Studio),
            Some(word) => match own(word) {
                Some("webhook" | "trigger") => faults.add(at, "this is `http`"),
                Some("studio") => faults.add(at, "this is `flow`"),
                Some(native) => Some(Self::Other(native)),
                None => faults.add(at, "must be `http`, `flow` or `twilio:<native target>`"),
            },
            None => faults.add(at, "required: `http` or `flow`"),
        }
    }

    /// The word of the API.
    pub(super) fn word(self) -> String {
        match self {
            Self::Webhook | Self::Trigger => "http".to_owned(),
            Self::Studio => "flow".to_owned(),
            Self::Other(native) => format!("{}:{native}", PROFILE.provider),
        }
    }

    /// Twilio's word.
    pub(super) const fn native(self) -> &'c str {
        match self {
            Self::Webhook => "webhook",
            Self::Trigger => "trigger",
            Self::Studio => "studio",
            Self::Other(native) => native,
        }
    }
}

impl<'c> Wanted<'c> {
    /// All that a whole webhook is wanted with. Where nothing is yet, null and an empty list want nothing.
    pub(super) fn of(change: &'c WebhookChange) -> Self {
        let target = change.target.value();
        let list = |patch: &'c Patch<Vec<String>>| patch.value().filter(|items| !items.is_empty());
        Self {
            url: target.and_then(|target| target.url.value()),
            method: target.and_then(|target| target.method.value()),
            flow: target.and_then(|target| target.flow_id.value()),
            events: list(&change.events),
            keywords: list(&change.keywords),
        }
    }

    fn is_trigger(&self) -> bool {
        self.keywords.is_some() || self.events.is_some_and(|events| is_keyword_matched(events))
    }
}

impl Parameters {
    /// The shape of a whole webhook; all that it needs has to be there.
    pub(super) fn shape<'c>(
        &self,
        change: &'c WebhookChange,
        wanted: &mut Wanted<'c>,
        faults: &mut Faults,
    ) -> Shape<'c> {
        let target = change.target.value();
        let kind = target.and_then(|target| target.kind.value());
        let is_trigger = self.keywords.is_some() && wanted.is_trigger();
        // Whatever it was to be: what is wrong in itself is still to be named.
        let shape = Shape::read(kind.map(String::as_str), is_trigger, faults).unwrap_or(Shape::Other(""));
        if shape == Shape::Trigger && wanted.events.is_some_and(|events| is_keyword_matched(events)) {
            wanted.events = None; // the keywords say it
        }
        let mut require = |is_there: bool, at| {
            if !is_there {
                let what = match shape {
                    Shape::Trigger => "the event `message.keyword_matched`".to_owned(),
                    _ => format!("a target `{}`", shape.word()),
                };
                faults.add::<()>(at, format!("required for {what}"));
            }
        };
        match shape {
            Shape::Webhook | Shape::Trigger => require(wanted.url.is_some(), "#/target/url"),
            Shape::Studio => require(wanted.flow.is_some(), "#/target/flow_id"),
            Shape::Other(_) => {}
        }
        match shape {
            Shape::Webhook => require(wanted.events.is_some(), "#/events"),
            Shape::Trigger => require(wanted.keywords.is_some(), "#/keywords"),
            Shape::Studio | Shape::Other(_) => {}
        }
        shape
    }

    /// Fills in what is wanted, and names what does not fit the shape.
    pub(super) fn fill(&self, shape: Shape<'_>, wanted: &Wanted<'_>, form: &mut Form, faults: &mut Faults) {
        let Wanted {
            url,
            method,
            flow,
            events,
            keywords,
        } = wanted;
        let misfit = |at: &str, faults: &mut Faults| {
            faults.add::<()>(at, format!("a target `{}` does not have it", shape.word()));
        };
        let is_http = shape != Shape::Studio;
        match url {
            Some(url) if is_http => {
                check_url(url, faults);
                form.set(self.url, *url);
            }
            Some(_) => misfit("#/target/url", faults),
            None => {}
        }
        match method {
            Some(method) if is_http => {
                check_method(method, faults);
                form.set(self.method, method.to_ascii_lowercase());
            }
            Some(_) => misfit("#/target/method", faults),
            None => {}
        }
        match flow {
            Some(flow) if matches!(shape, Shape::Studio | Shape::Other(_)) => {
                check_flow(flow, faults);
                form.set(self.flow, *flow);
            }
            Some(_) => misfit("#/target/flow_id", faults),
            None => {}
        }
        self.fill_events(shape, events.map(Vec::as_slice), form, faults);
        self.fill_keywords(shape, keywords.map(Vec::as_slice), form, faults);
    }

    fn fill_events(&self, shape: Shape<'_>, events: Option<&[String]>, form: &mut Form, faults: &mut Faults) {
        let Some(events) = events else { return };
        let why = match shape {
            Shape::Webhook | Shape::Other(_) if !events.is_empty() => {
                form.list(self.events, self.listener.natives(events, faults));
                return;
            }
            Shape::Webhook | Shape::Other(_) => "twilio needs one event at least",
            Shape::Trigger => {
                "a webhook with keywords is called for `message.keyword_matched` alone, and one with other events \
                 has no keywords"
            }
            Shape::Studio => "a target `flow` does not have it",
        };
        faults.add::<()>("#/events", why);
    }

    fn fill_keywords(
        &self,
        shape: Shape<'_>,
        keywords: Option<&[String]>,
        form: &mut Form,
        faults: &mut Faults,
    ) {
        let Some(keywords) = keywords else { return };
        let why = match (shape, self.keywords) {
            (Shape::Trigger | Shape::Other(_), Some(name)) => {
                check_keywords(keywords, faults);
                form.list(name, keywords.iter().cloned());
                return;
            }
            (_, None) => "only the webhooks of a conversation have keywords",
            (Shape::Webhook, _) => "a webhook that is called for events cannot be given keywords",
            (Shape::Studio, _) => "a target `flow` does not have it",
        };
        faults.add::<()>("#/keywords", why);
    }
}

fn is_keyword_matched(events: &[String]) -> bool {
    matches!(events, [event] if event == KEYWORD_MATCHED.as_str())
}
