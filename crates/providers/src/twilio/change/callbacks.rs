//! One of the two callbacks of an account or a service. They share a method, a list of events and an account's
//! target, so what changes for one may change for the other, its twin.

use model::{
    Body, Code, Drift, Error, Faults, Node, Patch, Phase, Place, Result, Target, TargetChange, Webhook,
    WebhookChange, Word,
};

use super::super::event::{Listener, phase};
use super::super::sid::Scope;
use super::super::{decode, own, wire};
use super::{Form, check_method, check_url, difference, list_difference};

/// What is to be another than it is now; `None` if nothing is.
pub(in super::super) fn update(
    scope: &Scope,
    current: &Webhook,
    change: &WebhookChange,
    linked: bool,
) -> Result<Option<Body>> {
    if current.extra.is_none() {
        return Err(Error::internal("a callback whose twin is not known"));
    }
    let known = serde_json::to_string(&decode::callbacks::rebuild(current));
    let known = known.map_err(|why| Error::internal(format!("callbacks that cannot be written: {why}")))?;
    let node = Node::parse(known.as_bytes());
    let node = node.map_err(|why| Error::internal(format!("callbacks that cannot be read: {why}")))?;
    let both = wire::Callbacks::read(scope, &node, &mut Drift::new("webhook"));
    let urls = [both.pre_webhook_url, both.post_webhook_url].map(|url| url.filter(|url| !url.is_empty()));
    let [url, twin] = match (current.phase, urls) {
        (Phase::Before, [before, after]) => [before, after],
        (Phase::After, [before, after]) => [after, before],
    };
    let mut update = Update {
        scope,
        current,
        form: Form::default(),
        faults: Faults::default(),
        shared: Vec::new(),
    };
    let has_url = update.target(&change.target, url, both.method);
    update.events(&change.events, &both.filters);
    update.keywords(&change.keywords);
    update.enabled(&change.enabled, has_url);
    update.finish(twin.is_some() && !linked)
}

struct Update<'c> {
    scope: &'c Scope,
    current: &'c Webhook,
    form: Form,
    faults: Faults,
    /// What changes for the twin as well.
    shared: Vec<&'static str>,
}

impl Update<'_> {
    /// Answers whether there is a URL then.
    fn target(&mut self, change: &Patch<TargetChange>, now: Option<&str>, method: Option<&str>) -> bool {
        let change = match change {
            Patch::Set(change) => change,
            Patch::Keep => return now.is_some(),
            Patch::Clear => {
                let detail = "a callback has a target; to end its calls, set `url` to null";
                self.faults.add::<()>("#/target", detail);
                return now.is_some();
            }
        };
        let TargetChange {
            kind,
            url,
            method: wanted,
            flow_id,
        } = change;
        let is_http = self.kind(kind);
        if flow_id.value().is_some() {
            let detail = "flows are for the webhooks of conversations and numbers";
            self.faults.add::<()>("#/target/flow_id", detail);
        }
        if !is_http {
            for (at, value) in [("#/target/url", url), ("#/target/method", wanted)] {
                if value.value().is_some() {
                    self.faults.add::<()>(at, "only a target `http` has it");
                }
            }
            return now.is_some();
        }
        self.method(wanted, method);
        self.url(url, now)
    }

    /// Answers whether it is a URL that is called then.
    fn kind(&mut self, kind: &Patch<String>) -> bool {
        let now = match &self.current.target {
            Target::Http { .. } => "http",
            Target::Flow { .. } => "flow",
            Target::Other(word) => word.as_str(),
        };
        let Some(kind) = difference(kind, Some(&now.to_owned()), "#/target/type", &mut self.faults) else {
            return now == "http";
        };
        let native = match (self.scope, own(kind)) {
            (Scope::Account, _) if kind == "http" => "webhook",
            (Scope::Account, Some(native)) if native != "webhook" => native,
            (Scope::Account, _) => {
                let detail = "must be `http`, `twilio:flex` or `twilio:<native target>`";
                self.faults.add::<()>("#/target/type", detail);
                return now == "http";
            }
            (Scope::Service(_), _) => {
                self.faults
                    .add::<()>("#/target/type", "must be `http` for a service");
                return now == "http";
            }
        };
        self.form.set("Target", native);
        self.shared.push("#/target/type");
        kind == "http"
    }

    fn method(&mut self, wanted: &Patch<String>, now: Option<&str>) {
        let now = now.map(str::to_ascii_uppercase);
        if let Some(method) = difference(wanted, now.as_ref(), "#/target/method", &mut self.faults) {
            check_method(method, &mut self.faults);
            self.form.set("Method", method);
            self.shared.push("#/target/method");
        }
    }

    fn url(&mut self, wanted: &Patch<String>, now: Option<&str>) -> bool {
        let name = match self.current.phase {
            Phase::Before => "PreWebhookUrl",
            Phase::After => "PostWebhookUrl",
        };
        match wanted {
            Patch::Keep => return now.is_some(),
            Patch::Clear if now.is_some() => self.form.set(name, ""),
            Patch::Clear => {}
            Patch::Set(url) if now == Some(url) => {}
            Patch::Set(url) => {
                check_url(url, &mut self.faults);
                self.form.set(name, url);
            }
        }
        wanted.value().is_some()
    }

    /// The twin's part of the list goes with it as it is.
    fn events(&mut self, wanted: &Patch<Vec<String>>, now: &[&str]) {
        let own = self.current.phase;
        let words: Vec<_> = self
            .current
            .events
            .iter()
            .map(Word::as_str)
            .map(str::to_owned)
            .collect();
        let Some(events) = list_difference(wanted, &words, "#/events", &mut self.faults) else {
            return;
        };
        let listener = match self.scope {
            Scope::Account => Listener::Account(own),
            Scope::Service(_) => Listener::Service(own),
        };
        let mut names = listener.natives(events, &mut self.faults);
        names.extend(
            now.iter()
                .filter(|name| phase(name) != own)
                .map(|name| (*name).to_owned()),
        );
        names.sort_by_key(|name| phase(name) == Phase::After);
        if names.is_empty() && events.is_empty() {
            let detail =
                "twilio cannot be told to call for no event at all; to end calls, set `#/target/url` to null";
            self.faults.add::<()>("#/events", detail);
        }
        self.form.list("Filters", names);
    }

    fn keywords(&mut self, wanted: &Patch<Vec<String>>) {
        if wanted.value().is_some_and(|keywords| !keywords.is_empty()) {
            let detail = "only the webhooks of a conversation have keywords";
            self.faults.add::<()>("#/keywords", detail);
        }
    }

    fn enabled(&mut self, wanted: &Patch<bool>, has_url: bool) {
        let is_so = match wanted {
            Patch::Keep => true,
            Patch::Clear => false,
            Patch::Set(wanted) => *wanted == has_url,
        };
        if !is_so {
            let detail =
                "a callback is enabled if it has a URL: to change that, set `#/target/url`, or make it null";
            self.faults.add::<()>("#/enabled", detail);
        }
    }

    fn finish(self, is_twin_in_the_way: bool) -> Result<Option<Body>> {
        let Self {
            form, faults, shared, ..
        } = self;
        faults.into_result()?;
        if is_twin_in_the_way && !shared.is_empty() {
            let detail = "this would also change the callback of the other phase, which shares it; to change both, \
                          add `linked=true`";
            let error = Error::client(Code::Conflict, detail);
            return Err(shared.into_iter().fold(error, |error, at| {
                error.at(Place::Pointer(at.to_owned()), "shared by `before` and `after`")
            }));
        }
        Ok(form.into_update())
    }
}
