//! Clients that are known by their certificates.

use rcgen::DnType::{CommonName, OrganizationName};

use crate::rig::{Authority, Pair, Secured, bearer, client, demo_connections, put};

const PATH: &str = "/v1/connections";

/// `dashboard` may read Bland alone, and has no key; `keyed` has a key, and may read Twilio.
fn toml() -> String {
    let dashboard = "[[clients]]\nname = \"dashboard\"\ncertificate_subject = \"CN=dashboard\"\n\
        scopes = [\"read\"]\nconnections = [\"bland\"]\n";
    let backend = "[[clients]]\nname = \"backend\"\ncertificate_subject = \"cn=backend, o=Example\"\n\
        scopes = [\"read\"]\nconnections = [\"bland\"]\nnot_after = \"2020-01-01T00:00:00Z\"\n";
    let keyed = client("keyed", &["read"], &["twilio"], "");
    format!(
        "[auth]\nmode = \"required\"\n{dashboard}{backend}{keyed}{}",
        demo_connections()
    )
}

async fn start(clients: &Authority) -> Secured {
    // Nothing ends here because it was idle.
    Secured::with_clients_of(Some(clients), "idle_timeout = \"1h\"", &toml()).await
}

fn dashboard(authority: &Authority) -> Pair {
    authority.client(&[(CommonName, "dashboard")], 2100)
}

#[tokio::test]
async fn a_certificate_is_a_credential_and_a_key_in_the_request_decides() {
    let clients = Authority::new("clients");
    let secured = start(&clients).await;
    let pair = dashboard(&clients);
    let client = secured.client_with(&pair);
    let names = |answer: &crate::rig::Answer| {
        let json = answer.json();
        let items = json["data"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&client.get(PATH, &[]).await), ["bland"]);
    let mut http2 = client.http2().await;
    assert_eq!(names(&http2.get(PATH, &[]).await), ["bland"]);
    // Who sends a key is known by it, be it good or not.
    let key = bearer("keyed");
    assert_eq!(
        names(&http2.get(PATH, &[("authorization", &key)]).await),
        ["twilio"]
    );
    assert_eq!(http2.get(PATH, &[("x-api-key", "wrong")]).await.status, 401);
    // A certificate is not asked of everybody.
    let other = secured.client();
    assert_eq!(
        names(&other.get(PATH, &[("authorization", &key)]).await),
        ["twilio"]
    );
    assert_eq!(other.get(PATH, &[]).await.code(), "unauthenticated");
    let counted = secured
        .gateway
        .metric("switchboard_http_requests_total", &["client=\"dashboard\""])
        .await;
    assert!((counted - 2.0).abs() < 0.1, "{counted}");
}

#[tokio::test]
async fn only_the_whole_subject_of_a_client_counts() {
    let clients = Authority::new("clients");
    let secured = start(&clients).await;
    for attributes in [
        &[(CommonName, "Dashboard")][..],
        &[(CommonName, "dashboard"), (OrganizationName, "Example")],
        &[(OrganizationName, "dashboard")],
        &[(CommonName, "CN=dashboard")],
        &[],
    ] {
        let pair = clients.client(attributes, 2100);
        assert_eq!(
            secured.client_with(&pair).get(PATH, &[]).await.code(),
            "unauthenticated",
            "{attributes:?}"
        );
    }
    let unknown = secured
        .gateway
        .metric("switchboard_auth_failures_total", &["reason=\"unknown\""])
        .await;
    assert!((unknown - 5.0).abs() < 0.1, "{unknown}");
    // A certificate names its attributes the other way round. This client's time is over.
    let backend = clients.client(&[(OrganizationName, "Example"), (CommonName, "backend")], 2100);
    assert_eq!(secured.client_with(&backend).get(PATH, &[]).await.status, 401);
    let expired = secured
        .gateway
        .metric("switchboard_auth_failures_total", &["reason=\"expired\""])
        .await;
    assert!((expired - 1.0).abs() < 0.1, "{expired}");
}

#[tokio::test]
async fn what_the_authority_does_not_vouch_for_has_no_connection() {
    let clients = Authority::new("clients");
    let secured = start(&clients).await;
    let expired = clients.client(&[(CommonName, "dashboard")], 2020);
    let foreign = dashboard(&Authority::new("clients"));
    // One that is for servers.
    let wrong = clients.server(2100);
    for (pair, why) in [
        (&expired, "CertificateExpired"),
        (&foreign, "DecryptError UnknownCA"),
        (&wrong, "UnsupportedCertificate"),
    ] {
        let refused = secured.client_with(pair).try_get(PATH, &[]).await.unwrap_err();
        assert!(
            why.split(' ').any(|why| refused.contains(why)),
            "{why}: {refused}"
        );
    }
}

#[tokio::test]
async fn another_authority_ends_what_the_one_before_has_vouched_for() {
    let (before, after) = (Authority::new("before"), Authority::new("after"));
    let secured = start(&before).await;
    let (old, new) = (dashboard(&before), dashboard(&after));
    let client = secured.client_with(&old);
    assert_eq!(client.get(PATH, &[]).await.status, 200);
    // So there is a session that the client could resume.
    let stream = client.connect(&["http/1.1"]).await.unwrap();
    assert_eq!(
        stream.get_ref().1.handshake_kind(),
        Some(rustls::HandshakeKind::Resumed)
    );
    drop(stream);
    let (mut open, ended) = client.http2_and_end().await;
    let mut anonymous = secured.client().http2().await;
    assert_eq!(open.get(PATH, &[]).await.status, 200);
    put(secured.folder.path(), "ca.pem", &after.pem());
    // In order: what was under way is answered.
    ended.await.unwrap().unwrap();
    client.try_get(PATH, &[]).await.unwrap_err();
    assert_eq!(secured.client_with(&new).get(PATH, &[]).await.status, 200);
    // It was nobody's word that this one came in by.
    let key = bearer("keyed");
    assert_eq!(anonymous.get(PATH, &[("authorization", &key)]).await.status, 200);
}

#[tokio::test]
async fn a_new_certificate_of_the_listener_ends_no_connection_of_a_client() {
    let clients = Authority::new("clients");
    let secured = start(&clients).await;
    let client = secured.client_with(&dashboard(&clients));
    let (mut open, ended) = client.http2_and_end().await;
    assert_eq!(open.get(PATH, &[]).await.status, 200);
    let before = secured.expiry().await;
    secured.authority.server(2101).write(secured.folder.path());
    while (secured.expiry().await - before).abs() < 1.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(open.get(PATH, &[]).await.status, 200);
    // The authorities are the same; that they change later is noticed all the same.
    put(secured.folder.path(), "ca.pem", &Authority::new("after").pem());
    ended.await.unwrap().unwrap();
}
