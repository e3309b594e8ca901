//! Who changed what: one log line for each write and each call of an operator, at the moment when its end is known,
//! also if whoever asked has left by then. It is written whatever `telemetry.access_log` says. A number, which may
//! be somebody's, stands there as a pseudonym.

use http::Method;
use layers::Context;
use model::Error;

use crate::api::endpoint::Write;
use crate::cursor::Seal;

/// Writes the line. `resource` is what was changed, as far as the gateway knows; `outcome` is
/// `done`, or why not.
pub fn line(context: &Context, method: &Method, resource: Option<&str>, outcome: &str) {
    tracing::info!(
        target: "switchboard::audit",
        request_id = context.request_id(),
        trace_id = context.trace_id(),
        client = context.client_name(),
        key_id = context.key_id.get().map(|id| &**id),
        subject = context.client.get().and_then(|client| client.subject).map(tracing::field::display),
        client_ip = %context.client_ip,
        method = %method,
        route = context.template(),
        connection = context.connection().map(model::ConnectionName::as_str),
        resource,
        outcome,
        provider_status = context.calls.status(),
        provider_request_id = context.calls.provider_request_id(),
        "{} {}",
        method,
        context.template(),
    );
}

/// How something has ended, in a word: the code of its error, if it is one.
pub fn outcome<T>(result: &Result<T, Error>) -> &'static str {
    result
        .as_ref()
        .err()
        .map_or("done", |error| error.code().as_str())
}

/// What a write changes.
pub fn resource(write: &Write, seal: &Seal) -> String {
    match write {
        Write::CreateConversationWebhook(conversation) => conversation.to_string(),
        Write::UpdateConversationWebhook(conversation, webhook)
        | Write::DeleteConversationWebhook(conversation, webhook)
        | Write::Redeliver(conversation, webhook) => format!("{conversation} {webhook}"),
        Write::ReplaceNumberWebhook(number) | Write::DeleteNumberWebhook(number) => {
            format!("{}:{}", number.connection, seal.pseudonym(number.native.as_str()))
        }
        Write::UpdateScopeWebhook(scope, phase, _) => format!("{} {}", scope.path(), phase.as_str()),
    }
}
