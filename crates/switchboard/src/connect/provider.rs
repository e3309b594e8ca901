//! Asks a provider, through the connection's own stack, for what its adapter says is harmless.

use std::sync::Arc;
use std::time::Duration;

use layers::CallTrace;
use model::{Code, Error, UpstreamRequest};
use tokio::time::Instant;

use super::{Trial, Verdict, milliseconds};
use crate::connection::{Connection, Setup};
use crate::drift::DriftLog;
use crate::exchange::{self, Caller};

pub(super) async fn ask(setup: Setup<'_>, limit: Duration) -> Trial {
    let mut trial = Trial {
        key: format!("connections.{}", setup.settings.name),
        asked: "a connection".to_owned(),
        works: false,
        status: None,
        credential: None,
        duration_ms: 0,
        message: String::new(),
        fix: None,
    };
    match Connection::new(&setup) {
        Ok(connection) => probe(&connection, limit, &mut trial).await,
        Err(problem) => trial.message = problem,
    }
    trial
}

async fn probe(connection: &Connection, limit: Duration, trial: &mut Trial) {
    let began = Instant::now();
    let trace = Arc::<CallTrace>::default();
    let caller = Caller {
        deadline: began + limit,
        trace: &trace,
        client: 0,
        drift: &DriftLog::new(Box::new(|_, _, _| ())),
    };
    let outcome = match connection.provider.probe(&connection.account) {
        Ok((operation, exchange)) => {
            trial.asked = describe(&connection.account.base_url, &exchange.request);
            exchange::run(connection, operation, exchange, caller).await
        }
        Err(error) => Err(error),
    };
    trial.duration_ms = milliseconds(began);
    trial.status = trace.status();
    match outcome {
        Ok(()) => {
            trial.works = true;
            trial.credential = Some(Verdict::Accepted);
            "the answer is as it should be".clone_into(&mut trial.message);
        }
        Err(error) => {
            trial.credential = (error.code() == Code::ProviderAuthFailed).then_some(Verdict::Refused);
            trial.message = message(&error);
            trial.fix = fix(&error).map(str::to_owned);
        }
    }
}

fn describe(base_url: &str, request: &UpstreamRequest) -> String {
    let query: Vec<_> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let path = request.path.as_str();
    format!("{} {base_url}{path}{mark}{}", request.method, query.join("&"))
}

fn message(error: &Error) -> String {
    let said = error.provider_fault().and_then(|fault| fault.message.as_deref());
    // A provider's words are in the detail already where there is no more to say.
    let more = error
        .cause()
        .or(said)
        .filter(|more| !error.detail().contains(more));
    match more {
        Some(more) => format!("{} ({more})", error.detail()),
        None => error.detail().to_owned(),
    }
}

fn fix(error: &Error) -> Option<&'static str> {
    match error.proxy_word() {
        Some("dns_error") => return Some("look at base_url, and at the name servers of this machine"),
        Some("connection_refused" | "connection_timeout" | "destination_unavailable") => {
            return Some("look at base_url, and whether a firewall or a proxy stands in between");
        }
        Some("tls_certificate_error") => {
            return Some("if base_url leads to a proxy of yours, name its authority as `ca`");
        }
        Some("tls_protocol_error") => return Some("look whether what listens at base_url speaks TLS"),
        _ => {}
    }
    match error.code() {
        Code::ProviderAuthFailed => {
            Some("put the right credential in its place, and look whether the account may use this API")
        }
        Code::NotFound | Code::ProviderProtocolError => {
            Some("look whether base_url is the provider's API, and nothing in front of it answers instead")
        }
        Code::RateLimited => Some("the account is throttled: try again later"),
        Code::ProviderTimeout | Code::DeadlineExceeded => {
            Some("it is slower than attempt_timeout: try again, and raise that if it stays so")
        }
        Code::ProviderUnavailable => Some("the provider has a fault: its status page may say more"),
        _ => None,
    }
}
