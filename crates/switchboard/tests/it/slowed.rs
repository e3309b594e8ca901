//! Failed attempts are slowed, by address; who has a valid credential is not.

use crate::rig::{Answer, Gateway, bearer, client, demo_connections};

async fn start() -> Gateway {
    let config = format!(
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[auth]\nmode = \"required\"\n{}{}",
        client("backend", &["read"], &["*"], ""),
        demo_connections()
    );
    Gateway::start(&config).await
}

async fn from(gateway: &Gateway, address: &str, path: &str, credential: Option<&str>) -> Answer {
    let mut headers = vec![("x-forwarded-for", address)];
    headers.extend(credential.map(|credential| ("authorization", credential)));
    gateway.get_with(path, &headers).await
}

/// Fails until that is slowed, and says how often it was not.
async fn exhaust(gateway: &Gateway, address: &str) -> usize {
    for attempt in 0..5000 {
        let answer = from(gateway, address, "/v1/connections", Some("Bearer guess")).await;
        if answer.status == 429 {
            return attempt;
        }
        assert_eq!(answer.status, 401);
    }
    panic!("nothing is slowed");
}

#[tokio::test]
async fn an_address_that_only_guesses_is_slowed() {
    let gateway = start().await;
    let (guesser, good) = ("192.0.2.7", bearer("backend"));
    // While these went, some came back.
    assert!(exhaust(&gateway, guesser).await >= 200);
    // In a burst, so that none can come back in between.
    let burst = (0..100).map(|_| from(&gateway, guesser, "/v1/connections", Some("Bearer guess")));
    let burst = futures_util::future::join_all(burst).await;
    let slowed = burst.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(slowed.code(), "rate_limited");
    assert_eq!(
        (slowed.json()["origin"].as_str(), slowed.header("retry-after")),
        (Some("gateway"), "1")
    );
    assert_eq!(slowed.header("www-authenticate"), "");
    // A valid credential is admitted, however much else comes from there.
    for _ in 0..20 {
        from(&gateway, guesser, "/v1/connections", Some("Bearer guess")).await;
        let answer = from(&gateway, guesser, "/v1/connections", Some(&good)).await;
        assert_eq!(answer.status, 200);
    }
    // Without a credential there is no attempt.
    for _ in 0..5 {
        assert_eq!(from(&gateway, guesser, "/v1/connections", None).await.status, 401);
    }
    for other in ["192.0.2.8", "2001:db8:1:2::7"] {
        let answer = from(&gateway, other, "/v1/connections", Some("Bearer guess")).await;
        assert_eq!(answer.status, 401, "{other}");
    }
    // What was slowed is a failure all the same.
    let unknown = gateway
        .metric("switchboard_auth_failures_total", &["\"unknown\""])
        .await;
    assert!(unknown > 300.0, "{unknown}");
    gateway.stop().await;
}

#[tokio::test]
async fn a_network_of_addresses_is_one_and_both_faces_count() {
    let gateway = start().await;
    assert!(exhaust(&gateway, "2001:db8:1:2::1").await >= 200);
    let neighbours = (0..100).map(|host| {
        let gateway = &gateway;
        async move {
            let address = format!("2001:db8:1:2:{host}::9");
            from(gateway, &address, "/proxy/bland/v1/x", Some("guess"))
                .await
                .status
        }
    });
    let statuses = futures_util::future::join_all(neighbours).await;
    assert!(statuses.contains(&429), "{statuses:?}");
    let elsewhere = from(
        &gateway,
        "2001:db8:1:3::1",
        "/v1/connections",
        Some("Bearer guess"),
    )
    .await;
    assert_eq!(elsewhere.status, 401);
    gateway.stop().await;
}
