//! The gateway as a contestant: as it is released, with everything on that production has on.

use std::fs;
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use crate::Failure;
use crate::answer::header;
use crate::contestant::{CONVERSATIONS, Contestant, Job, KEY, Row, conversation, request};
use crate::load::Target;
use crate::machine::Core;
use crate::site::{Site, replaced};

/// What differs between gateways.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) workers: usize,
    pub(crate) clients: usize,
    pub(crate) connections: usize,
    pub(crate) cache: &'static str,
}

impl Kind {
    /// The one that is compared with others.
    pub(crate) const USUAL: Self = Self {
        name: "switchboard",
        workers: 1,
        clients: 1,
        connections: 1,
        cache: "64MiB",
    };
}

/// A gateway with its jobs.
pub(crate) fn gateway(site: &Site, kind: &Kind) -> Result<Contestant, Failure> {
    let (listen, admin) = (site.address()?, site.address()?);
    for (file, secret) in [
        ("username", "user"),
        ("password", "pass"),
        ("secret", "sixteen bytes and more of what is none"),
    ] {
        fs::write(site.file(file), secret)?;
    }
    let mut text = include_str!("conf/switchboard.toml").to_owned();
    for index in 0..kind.clients {
        let hash = HEXLOWER.encode(digest(&SHA256, key(index).as_bytes()).as_ref());
        let words = [("NAME", &*format!("client-{index}")), ("HASH", &*hash)];
        text.push_str(&replaced(include_str!("conf/switchboard-client.toml"), &words));
    }
    for index in 0..kind.connections {
        let words = [
            ("NAME", connection(index)),
            ("UPSTREAM", site.upstream.to_string()),
        ];
        let words = words.each_ref().map(|(word, value)| (*word, &**value));
        text.push_str(&replaced(
            include_str!("conf/switchboard-connection.toml"),
            &words,
        ));
    }
    let words = [
        ("LISTEN", listen.to_string()),
        ("ADMIN", admin.to_string()),
        ("WORKERS", kind.workers.to_string()),
        ("CACHE", kind.cache.to_owned()),
    ];
    let words = words.each_ref().map(|(word, value)| (*word, &**value));
    let file = site.write(&format!("{}.toml", kind.name), &text, &words)?;
    let mut command = Command::new(&site.gateway);
    command.args(["serve", "--config", &file]);
    let own = |prefix, index| {
        let (connection, conversation) = (connection(0), conversation(prefix, index));
        format!("/v1/conversations/{connection}:{conversation}/webhooks")
    };
    let kept = |index| own("CH", index);
    // Others, as fetching one again gives it another tag: its answer says since when it is known.
    let fetched = |index| own("CHf", index);
    let passed = |index| {
        let (connection, conversation) = (connection(0), conversation("CH", index));
        format!("/proxy/{connection}/v1/Conversations/{conversation}/Webhooks")
    };
    let row = |job, path: &dyn Fn(usize) -> String, lines| {
        let requests = (0..CONVERSATIONS).map(|index| request(listen, &path(index), KEY, lines));
        Row::new(job, kind.name, listen, requests.collect())
    };
    Ok(Contestant {
        name: kind.name,
        command,
        core: if kind.workers > 1 {
            Core::Two
        } else {
            Core::Contestant
        },
        version: Some("--version"),
        log: site.log(kind.name)?,
        rows: vec![
            row(Job::PassThrough, &passed, ""),
            row(Job::CacheHit, &kept, ""),
            row(Job::Normalised, &fetched, "cache-control: no-cache\r\n"),
        ],
    })
}

/// The key of a client.
pub(crate) fn key(index: usize) -> String {
    format!("bench-key-{index}")
}

/// The name of a connection.
pub(crate) fn connection(index: usize) -> String {
    format!("account{index}")
}

/// The same requests from a client that has each answer already: it must run.
pub(crate) fn not_modified(hits: &Row) -> Result<Row, Failure> {
    let mut requests = Vec::new();
    for request in &hits.target.requests {
        let (_, answer) = hits.target.first(request)?;
        let tag = header(&answer, b"etag").ok_or("an answer without ETag")?;
        let (head, _) = request.split_at(request.len().saturating_sub(2));
        requests.push([head, b"if-none-match: ", tag, b"\r\n\r\n"].concat());
    }
    Ok(Row {
        job: Job::NotModified,
        name: hits.name.clone(),
        target: Target {
            requests,
            status: 304,
            marker: "",
            ..hits.target.clone()
        },
    })
}
