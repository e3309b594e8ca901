//! Rounds in which everybody has a turn, forwards and backwards by turns, so that whatever else the machine
//! does meets all alike.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use switchboard::front;
use switchboard::gateway::Gateway;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::Failure;
use crate::client::{self, Connection};
use crate::server::{Server, cpu_time};

/// Rounds of each kind.
pub(crate) const ROUNDS: usize = 101;
/// Calls of a turn without sockets.
pub(crate) const CALLS: usize = 1024;

/// What a request cost in one turn, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Of the server's thread.
    pub(crate) cpu: f64,
    /// With the client's part, and that of the kernel between them.
    pub(crate) wall: f64,
}

/// Each server's cost in every round, over connections with one request at a time, so many on `each` in a turn.
pub(crate) async fn sockets(
    servers: &[Server],
    connections: usize,
    each: usize,
) -> Result<Vec<Vec<Cost>>, Failure> {
    let mut clients = Vec::new();
    for server in servers {
        let opened = (0..connections).map(|_| Connection::open(server.address));
        clients.push(try_join_all(opened).await?);
    }
    let mut costs = vec![Vec::new(); servers.len()];
    // The first round warms up, and does not count.
    for round in 0..=ROUNDS {
        let mut turns: Vec<_> = servers.iter().zip(&mut clients).zip(&mut costs).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for ((server, clients), costs) in turns {
            let cost = requests(server, clients, each).await?;
            costs.extend((round > 0).then_some(cost));
        }
    }
    Ok(costs)
}

/// Each gateway's CPU time for one call of its whole stack in every round, in microseconds.
pub(crate) async fn in_process(gateways: &[Arc<Gateway>]) -> Result<Vec<Vec<f64>>, Failure> {
    let mut costs = vec![Vec::new(); gateways.len()];
    for round in 0..=ROUNDS {
        let mut turns: Vec<_> = gateways.iter().zip(&mut costs).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (gateway, costs) in turns {
            let cost = calls(gateway).await?;
            costs.extend((round > 0).then_some(cost));
        }
    }
    Ok(costs)
}

async fn requests(server: &Server, clients: &mut [Connection], each: usize) -> Result<Cost, Failure> {
    let all = clients.len() * each;
    let (cpu, clock) = (server.cpu_time().await?, Instant::now());
    try_join_all(clients.iter_mut().map(|client| client.requests(each))).await?;
    let wall = clock.elapsed();
    let cpu = server.cpu_time().await?.saturating_sub(cpu);
    Ok(Cost {
        cpu: micros(cpu, all),
        wall: micros(wall, all),
    })
}

/// One after the other, from a request at hand to an answer at hand.
async fn calls(gateway: &Arc<Gateway>) -> Result<f64, Failure> {
    let stack = front::stack(gateway);
    let requests = (0..CALLS).map(|_| client::request(gateway.address));
    let requests = requests.collect::<http::Result<Vec<_>>>()?;
    let begun = cpu_time();
    for request in requests {
        drop(stack.clone().oneshot(request).await?);
    }
    Ok(micros(cpu_time().saturating_sub(begun), CALLS))
}

fn micros(time: Duration, requests: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let requests = requests as f64;
    time.as_secs_f64() * 1e6 / requests
}
