//! Certificates that change while the gateway runs.

use std::fs;
use std::os::unix::fs::symlink;

use rustls::pki_types::CertificateDer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::rig::process::{Serving, program, sandbox_config};
use crate::rig::{Authority, Secure, Secured, demo_connections, put, section};

const SUCCESSFUL: &str = "switchboard_config_last_reload_successful";

async fn start() -> Secured {
    Secured::start("", demo_connections()).await
}

/// The certificate that the gateway shows.
async fn shown(client: &Secure) -> CertificateDer<'static> {
    let stream = client.connect(&["http/1.1"]).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone()
}

#[tokio::test]
async fn a_new_pair_is_for_new_connections_and_ends_no_other() {
    let secured = start().await;
    let client = secured.client();
    let before = secured.expiry().await;
    let (mut open, ended) = client.http2_and_end().await;
    assert_eq!(open.get("/v1/connections", &[]).await.status, 200);
    let next = secured.authority.server(2101);
    next.write(secured.folder.path());
    while (secured.expiry().await - before).abs() < 1.0 {
        tokio::task::yield_now().await;
    }
    assert!(secured.expiry().await > before);
    assert_eq!(shown(&client).await, next.der().0);
    assert_eq!(open.get("/v1/connections", &[]).await.status, 200);
    assert!(!ended.is_finished());
}

#[tokio::test]
async fn a_handshake_under_way_is_finished_with_what_it_began_with() {
    let secured = start().await;
    let client = secured.client();
    let before = secured.expiry().await;
    // The gateway takes its certificate when it takes the socket.
    let socket = TcpStream::connect(secured.gateway.client.0).await.unwrap();
    secured
        .gateway
        .until("switchboard_http_connections", &[], 1.0)
        .await;
    let old = shown(&client).await;
    let next = secured.authority.server(2101);
    next.write(secured.folder.path());
    while (secured.expiry().await - before).abs() < 1.0 {
        tokio::task::yield_now().await;
    }
    let mut stream = client.over(socket, &["http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.peer_certificates().unwrap()[0], old);
    stream.write_all(b"x").await.unwrap();
    assert_eq!(shown(&client).await, next.der().0);
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing_but_a_metric() {
    let secured = start().await;
    let (client, folder) = (secured.client(), secured.folder.path());
    let (old, before) = (shown(&client).await, secured.expiry().await);
    let next = secured.authority.server(2101);
    let good = fs::read_to_string(folder.join("cert.pem")).unwrap();
    let spoil: [&dyn Fn(); 3] = [
        // The key of another certificate.
        &|| next.write_certificate(folder),
        &|| put(folder, "cert.pem", "no certificate"),
        &|| fs::remove_file(folder.join("cert.pem")).unwrap(),
    ];
    for spoil in spoil {
        spoil();
        secured.gateway.until(SUCCESSFUL, &[], 0.0).await;
        assert_eq!(shown(&client).await, old);
        assert!((secured.expiry().await - before).abs() < 1.0);
        put(folder, "cert.pem", &good);
        secured.gateway.until(SUCCESSFUL, &[], 1.0).await;
    }
    next.write(folder);
    while shown(&client).await == old {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_folder_that_is_swapped_as_orchestrators_do_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("servers");
    for (version, year) in [("..1", 2100), ("..2", 2101)] {
        fs::create_dir(folder.path().join(version)).unwrap();
        authority.server(year).write(&folder.path().join(version));
    }
    symlink("..1", folder.path().join("..data")).unwrap();
    for file in ["cert.pem", "key.pem"] {
        symlink(format!("..data/{file}"), folder.path().join(file)).unwrap();
    }
    let toml = format!("{}\n{}", section(folder.path(), false), demo_connections());
    let gateway = crate::rig::Gateway::start(&format!("[server]\n{toml}")).await;
    let client = Secure::new(&gateway, &authority, None);
    let old = shown(&client).await;
    symlink("..2", folder.path().join("..next")).unwrap();
    fs::rename(folder.path().join("..next"), folder.path().join("..data")).unwrap();
    while shown(&client).await == old {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_hangup_has_files_read_that_nobody_watches() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let authority = Authority::new("servers");
    authority.server(2100).write(elsewhere.path());
    for file in ["cert.pem", "key.pem"] {
        symlink(elsewhere.path().join(file), folder.path().join(file)).unwrap();
    }
    let config = format!("{}\n{}", sandbox_config(""), section(folder.path(), false));
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut gateway = Serving::start(program(folder.path(), &[]));
    let client = Secure::at(gateway.address("API"), &authority);
    let old = shown(&client).await;
    let next = authority.server(2101);
    next.write(elsewhere.path());
    gateway.signal("HUP");
    while shown(&client).await == old {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown(&client).await, next.der().0);
    gateway.signal("TERM");
    assert_eq!(gateway.end().0, Some(0));
}
