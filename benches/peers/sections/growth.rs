//! What a request costs with much of something beside what it costs with little of it. The answers are the same size in
//! both, and both work through the same number of entries of the cache, unless these are what there is much of.

use std::net::SocketAddr;
use std::time::Duration;

use crate::Failure;
use crate::contestant::{Job, KEY, Row, conversation, request};
use crate::figures::Measure;
use crate::gateway::{Kind, connection, gateway, key};
use crate::load::Load;
use crate::process::Process;
use crate::stage::Stage;
use crate::stub::SMALL;
use crate::turn::{CONNECTIONS, turn};

const MANY: usize = 1000;
const MANY_ENTRIES: usize = 100_000;
/// Of each row in each round.
const TURN: Duration = Duration::from_millis(250);

/// What all kinds but one are compared with.
pub(crate) const ONE: &str = "1 client, connection, worker";
/// What there is little of, and what there is much of.
pub(crate) const PAIRS: [(&str, &str); 5] = [
    (ONE, "1,000 clients"),
    (ONE, "1,000 connections"),
    ("passed, 1 connection", "passed, 1,000 connections"),
    ("10 entries", "100,000 entries"),
    (ONE, "2 workers"),
];

const KINDS: [Kind; 5] = [
    Kind::USUAL,
    Kind {
        name: "clients",
        clients: MANY,
        ..Kind::USUAL
    },
    Kind {
        name: "connections",
        connections: MANY,
        ..Kind::USUAL
    },
    Kind {
        name: "entries",
        cache: "2GiB",
        ..Kind::USUAL
    },
    Kind {
        name: "workers",
        workers: 2,
        ..Kind::USUAL
    },
];

pub(super) fn run(stage: &mut Stage, rounds: usize) -> Result<(), Failure> {
    let Stage { site, results, .. } = stage;
    let mut processes = Vec::new();
    let mut rows = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        let mut contestant = gateway(site, kind)?;
        processes.push(contestant.start()?.0);
        let listen = contestant
            .rows
            .first()
            .ok_or("a gateway without a job")?
            .target
            .address;
        rows.extend(rows_of(kind.name, listen).into_iter().map(|row| (row, index)));
    }
    // Everything is kept before anything counts.
    for (row, _) in &rows {
        let requests = u64::try_from(row.target.requests.len())?;
        Load::open(&row.target, CONNECTIONS)?.count(requests)?;
        site.forget_logs()?;
    }
    for _ in 0..rounds {
        rows.reverse();
        for (row, index) in &rows {
            let process: &Process = processes.get(*index).ok_or("no process")?;
            let turn = turn(row, process, site.upstream, TURN)?;
            results.add_turn([Measure::Growth, Measure::GrowthRate], &row.name, &turn);
        }
        site.forget_logs()?;
    }
    Ok(())
}

/// What is compared on a gateway of this kind.
fn rows_of(kind: &str, listen: SocketAddr) -> Vec<Row> {
    let path = |connection: &str, prefix, index| {
        format!(
            "/v1/conversations/{connection}:{}/webhooks",
            conversation(prefix, index)
        )
    };
    let passed = |connection: &str| {
        format!(
            "/proxy/{connection}/v1/Conversations/{}/Webhooks",
            conversation("CH", 0)
        )
    };
    let hits = |name, count, of: &dyn Fn(usize) -> Vec<u8>| {
        Row::new(Job::CacheHit, name, listen, (0..count).map(of).collect())
    };
    let one = connection(0);
    let usual = |index| request(listen, &path(&one, "CH", index), KEY, "");
    let small = |index| request(listen, &path(&one, SMALL, index), KEY, "");
    let of_client = |index| request(listen, &path(&one, "CH", index), &key(index), "");
    let of_connection = |index| request(listen, &path(&connection(index), "CH", 0), KEY, "");
    let pass = |name, count| {
        let requests = (0..count).map(|index| request(listen, &passed(&connection(index)), KEY, ""));
        Row::new(Job::PassThrough, name, listen, requests.collect())
    };
    match kind {
        "clients" => vec![hits("1,000 clients", MANY, &of_client)],
        "connections" => vec![
            hits("1,000 connections", MANY, &of_connection),
            pass("passed, 1,000 connections", 1),
        ],
        "entries" => vec![hits("100,000 entries", MANY_ENTRIES, &small)],
        "workers" => vec![hits("2 workers", MANY, &usual)],
        _ => vec![
            hits(ONE, MANY, &usual),
            hits("10 entries", 10, &small),
            pass("passed, 1 connection", 1),
        ],
    }
}
