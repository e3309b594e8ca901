//! The canary in keys and certificates.

use std::fs;

use rcgen::DnType::{CommonName, OrganizationName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::canary::{CANARY, Canary, DIGITS, KEY, LINNET};
use crate::rig::{Authority, NUMBER, NUMBER_BODY, Script, Secure, Upstream, put, section};

const SUCCESSFUL: &str = "switchboard_config_last_reload_successful";

/// The lines of a key's file.
fn lines(pem: &str) -> Vec<&str> {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

async fn until_reloaded(canary: &Canary, successful: u8) {
    let line = format!("{SUCCESSFUL} {successful}\n");
    loop {
        let answer = canary.admin.get("/metrics").await;
        if String::from_utf8_lossy(&answer.body).contains(&line) {
            return;
        }
    }
}

#[tokio::test]
async fn keys_and_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    servers.server(2100).write(folder.path());
    put(folder.path(), "ca.pem", &clients.pem());
    let key = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let tls = section(folder.path(), true);
    let canary = Canary::start(folder, &tls, "", upstream.address);

    // Certificates of people whom nobody knows: verified, expired, and of another authority.
    let person = [(CommonName, LINNET), (OrganizationName, DIGITS)];
    for (pair, known) in [
        (clients.client(&person, 2100), true),
        (clients.client(&person, 2001), false),
        (Authority::new(LINNET).client(&person, 2100), false),
    ] {
        let client = Secure::at(canary.api.0, &servers).with(&servers, &pair);
        let answer = client.try_get(NUMBER, &[]).await.map(|answer| answer.status);
        assert_eq!(answer.ok(), known.then_some(401));
    }
    // A request that is not encrypted.
    let mut plain = TcpStream::connect(canary.api.0).await.unwrap();
    plain
        .write_all(format!("GET /{LINNET} HTTP/1.1\r\nx-api-key: {KEY}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut told = Vec::new();
    drop(plain.read_to_end(&mut told).await);

    // Files that will not do, and the good ones again.
    let good = ["cert.pem", "key.pem"]
        .map(|name| (name, fs::read_to_string(canary.folder.path().join(name)).unwrap()));
    for (name, text) in &good {
        let half = text.get(..text.len() / 2).unwrap();
        let other = Authority::new(LINNET);
        other.server(2100).write_key(canary.folder.path());
        let other = fs::read_to_string(canary.folder.path().join("key.pem")).unwrap();
        put(canary.folder.path(), "key.pem", &good[1].1);
        for bad in [
            format!("{CANARY} {LINNET}"),
            half.to_owned(),
            other,
            text.replace('M', "!"),
        ] {
            put(canary.folder.path(), name, &bad);
            until_reloaded(&canary, 0).await;
        }
        put(canary.folder.path(), name, text);
        until_reloaded(&canary, 1).await;
    }
    let client = Secure::at(canary.api.0, &servers);
    assert_eq!(client.get(NUMBER, &[("x-api-key", KEY)]).await.status, 200);
    canary
        .end(
            &["the configuration cannot be used", "client=\"tester\""],
            &lines(&key),
        )
        .await;
}
