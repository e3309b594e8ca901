//! Runs what an adapter wants to be sent: each request through the connection's stack, the answer to the
//! adapter, and again if it asks for another one.

use std::sync::Arc;

use layers::CallTrace;
use layers::upstream::{UpstreamCall, retry_after};
use model::{
    Account, Code, Drift, Error, Exchange, Operation, Progress, Provider, Result, Safety, UpstreamResponse,
};
use tokio::time::Instant;
use tower::Service;

use crate::connection::Connection;
use crate::drift::DriftLog;
use crate::{clock, gate};

/// The most requests for one result: a full page of 100 even where the provider hands out one item at a time.
/// The deadline ends it sooner.
const MAX_STEPS: usize = 128;

/// On whose behalf the provider is called.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Until when.
    pub deadline: Instant,
    /// Where the cost is noted.
    pub trace: &'a Arc<CallTrace>,
    /// Whose turn it is when calls wait.
    pub client: u32,
    /// Where drift is noted.
    pub drift: &'a DriftLog,
}

/// Checks that the connection has the operation, builds the exchange and runs it.
pub async fn call<T>(
    connection: &Connection,
    operation: Operation,
    caller: Caller<'_>,
    build: impl FnOnce(&dyn Provider, &Arc<Account>) -> Result<Exchange<T>>,
) -> Result<T> {
    gate::check(connection, operation)?;
    let exchange =
        build(&*connection.provider, &connection.account).map_err(|error| error.on(&connection.name))?;
    run(connection, operation, exchange, caller).await
}

/// Runs an exchange to its end. Its errors name the connection.
pub async fn run<T>(
    connection: &Connection,
    operation: Operation,
    exchange: Exchange<T>,
    caller: Caller<'_>,
) -> Result<T> {
    let mut exchange = exchange;
    for _ in 0..MAX_STEPS {
        let is_write = exchange.request.safety == Safety::Unsafe;
        match step(connection, operation, exchange, caller)
            .await
            .map_err(|error| if is_write { error.of_write() } else { error })
            .map_err(|error| error.on(&connection.name))?
        {
            Progress::Done(result) => return Ok(result),
            Progress::Next(next) => exchange = next,
        }
    }
    let detail = format!("The provider's answers led to more than {MAX_STEPS} requests for one result.");
    Err(Error::provider(Code::ProviderProtocolError, detail).on(&connection.name))
}

async fn step<T>(
    connection: &Connection,
    operation: Operation,
    exchange: Exchange<T>,
    caller: Caller<'_>,
) -> Result<Progress<T>> {
    let Exchange {
        request,
        resource,
        read,
    } = exchange;
    let upstream = UpstreamCall {
        request: Arc::new(request),
        operation: operation.name(),
        deadline: caller.deadline,
        trace: Arc::clone(caller.trace),
        client: caller.client,
        traced: None,
    };
    // By its contract the stack is always ready.
    let response = connection.stack.clone().call(upstream).await?;
    if !(200..300).contains(&response.status) {
        return Err(refusal(&*connection.provider, &response));
    }
    let mut drift = Drift::new(resource);
    let progress = read(response, &mut drift);
    let findings = drift.into_findings();
    if !findings.is_empty() {
        caller
            .drift
            .record(connection.provider.profile().provider, findings, &clock::now());
    }
    progress
}

/// What the provider's refusal means, with the wait that it asks for.
fn refusal(provider: &dyn Provider, response: &UpstreamResponse) -> Error {
    let error = provider.read_error(response);
    match retry_after(&response.headers) {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}
