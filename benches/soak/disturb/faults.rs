//! Providers that fail, by the sandbox's control.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Failure;
use crate::http::{Ask, send};
use crate::world::World;

/// How long each lasts.
const LASTS: Duration = Duration::from_millis(2500);
const BETWEEN: Duration = Duration::from_millis(500);

/// All kinds of faults, one after the other.
pub(super) async fn all(world: &World, round: usize) -> Result<(), Failure> {
    let kinds = [
        ("providers answer 503", json!({ "status": 503 })),
        (
            "providers are throttled",
            json!({ "status": 429, "retry_after": 1 }),
        ),
        ("providers are slow", json!({ "delay_ms": 300 })),
        ("providers are too slow", json!({ "delay_ms": 1500 })),
        ("providers' answers are cut", json!({ "truncate": true })),
        ("providers reset connections", json!({ "reset": true })),
        ("providers refuse our credential", json!({ "status": 401 })),
        ("providers answer HTML", json!({ "status": 502, "body": "html" })),
        (
            "providers drift",
            json!({ "drift": { "unknown_field": true, "method_case": true, "missing_field": "date_updated" } }),
        ),
    ];
    for (name, fault) in kinds {
        world.weather.set_mood(format!("round {round}, {name}"), false);
        world.weather.provider_fails(true);
        for provider in ["twilio", "bland"] {
            add(world, provider, fault.clone()).await?;
        }
        sleep(LASTS).await;
        let clear = Ask::new("control", Method::DELETE, "/sandbox/faults");
        expect(204, send(world.sandbox, &clear).await?.0)?;
        world.weather.provider_fails(false);
        sleep(BETWEEN).await;
    }
    Ok(())
}

/// For as long as it is not removed.
async fn add(world: &World, provider: &str, mut fault: Value) -> Result<(), Failure> {
    if let Value::Object(fault) = &mut fault {
        fault.insert("provider".to_owned(), provider.into());
        fault.insert("times".to_owned(), 0.into());
    }
    let ask = Ask::new("control", Method::POST, "/sandbox/faults").json(&fault);
    expect(201, send(world.sandbox, &ask).await?.0)
}

fn expect(right: u16, status: u16) -> Result<(), Failure> {
    if right == status {
        Ok(())
    } else {
        Err(format!("the sandbox's control answers {status}, not {right}").into())
    }
}
