//! Limits over two and three replicas that share a store: together exactly what is configured.
//!
//! Where a busy machine makes an operation take too long, nobody knows whether it was counted, and `deny` refuses. So
//! what is exact is told from below too: what was let through, and what got lost on its way.

use http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::replicas::{Replica, replicas};
use crate::rig::server::Server;
use crate::rig::{Answer, Authority, Script, Upstream, bearer, bland, client, demo_connections};

const REQUIRED: &str = "[auth]\nmode = \"required\"\n";
const DENY: &str = "[store]\non_error = \"deny\"\n";

/// A limit of so many, and hardly any after that.
fn limit(burst: u32, more: &str) -> String {
    format!("rate_limit = {{ requests = 1, per = \"1h\", burst = {burst}{more} }}\n")
}

/// What each replica answers to so many requests, all at once.
async fn flood(
    replicas: &[Replica],
    each: usize,
    path: impl Fn(usize) -> String,
    credential: &str,
) -> Vec<Answer> {
    let mut requests = JoinSet::new();
    for number in 0..each * replicas.len() {
        let (client, path) = (replicas[number % replicas.len()].client, path(number));
        let credential = credential.to_owned();
        requests.spawn(async move {
            client
                .send(Method::GET, &path, &[("authorization", &credential)])
                .await
        });
    }
    requests.join_all().await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// No more than so many, and all of them but for what got lost.
async fn assert_exact(passed: usize, limit: usize, replicas: &[Replica]) {
    let mut lost = 0;
    for replica in replicas {
        lost += replica.store_failures("take").await;
    }
    assert!(
        passed <= limit && passed + lost >= limit,
        "{passed} of {limit}, {lost} lost"
    );
}

fn connections(_: usize) -> String {
    "/v1/connections".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_limit_of_a_client() {
    for number in [2, 3] {
        let server = Server::start();
        let config = [
            REQUIRED,
            &client("narrow", &["read"], &["*"], &limit(17, "")),
            &client("wide", &["read"], &["*"], ""),
            demo_connections(),
            DENY,
        ];
        let replicas = replicas(number, &server.url(), &config.concat()).await;
        let answers = flood(&replicas, 20, connections, &bearer("narrow")).await;
        let passed = count(&answers, 200);
        assert_exact(passed, 17, &replicas).await;
        let mut left: Vec<String> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.header("ratelimit").to_owned())
            .collect();
        left.sort_unstable();
        left.dedup();
        assert_eq!(
            left.len(),
            passed,
            "each is told of what is left for all: {left:?}"
        );
        assert!(
            answers
                .iter()
                .all(|answer| answer.status == 200 || answer.header("retry-after") > "0")
        );
        let answers = flood(&replicas, 5, connections, &bearer("wide")).await;
        assert_eq!(count(&answers, 200), number * 5, "nobody counts them");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_limit_of_each_subject() {
    let key = IssuerKey::eddsa("ed");
    let keys = jwks(&[&key]);
    let issuer = Upstream::always(Script::json(200, &keys)).await;
    let app = format!(
        "[[clients]]\nname = \"app\"\nscopes = [\"read\"]\nconnections = [\"*\"]\n{}",
        limit(7, ", by = \"subject\"")
    );
    let accepting = accepting(&format!("http://{}/keys", issuer.address));
    for number in [2, 3] {
        let server = Server::start();
        let config = [accepting.as_str(), &app, demo_connections(), DENY].concat();
        let replicas = replicas(number, &server.url(), &config).await;
        for subject in ["ann", "bob"] {
            let token = key.token(&claims(&json!({ "azp": "app", "sub": subject })));
            let answers = flood(&replicas, 8, connections, &format!("Bearer {token}")).await;
            assert_exact(count(&answers, 200), 7, &replicas).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_rate_of_a_connection() {
    for number in [2, 3] {
        let server = Server::start();
        let provider = Upstream::always(Script::json(404, "{}")).await;
        let config = [
            REQUIRED,
            &client("a", &["read"], &["*"], ""),
            &bland("one", provider.address),
            &limit(9, ""),
            &bland("two", provider.address),
            DENY,
        ];
        let replicas = replicas(number, &server.url(), &config.concat()).await;
        let path = |connection: &'static str| {
            move |number| format!("/v1/numbers/{connection}:sms:+1202555{number:04}")
        };
        // No more at each than it has for itself, so that nobody waits in vain.
        let answers = flood(&replicas, 9, path("one"), &bearer("a")).await;
        let passed = provider.seen().len();
        assert_exact(passed, 9, &replicas).await;
        assert_eq!(
            (count(&answers, 404), count(&answers, 503)),
            (passed, answers.len() - passed)
        );
        let refused = answers.iter().find(|answer| answer.status == 503).unwrap();
        assert_eq!(refused.code(), "overloaded");
        // The other connection has a rate of its own.
        let answers = flood(&replicas, 2, path("two"), &bearer("a")).await;
        assert_exact(count(&answers, 404), number * 2, &replicas).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_over_tls_is_one_whose_certificate_the_platform_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("store");
    authority.server(2100).write(folder.path());
    let roots = folder.path().join("ca.pem");
    std::fs::write(&roots, authority.pem()).unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    let tls = ["--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no"];
    let pair = ["--tls-cert-file", &*certificate, "--tls-key-file", &*key];
    let server = Server::start_with(&[&tls[..], &pair].concat());
    let config = format!(
        "[server]\nsecret = \"env:TEST_SECRET\"\n[store]\nredis = \"{}\"\n{}",
        server.url().replace("redis://", "rediss://"),
        demo_connections()
    );
    let trusting = Replica::with(&config, &[("SSL_CERT_FILE", roots.to_str().unwrap())]);
    trusting.store_is("ok").await;
    let wary = Replica::with(&config, &[]);
    wary.store_is("away").await;
}
