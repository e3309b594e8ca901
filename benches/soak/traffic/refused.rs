//! Asks for what is refused, one after the other.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use serde_json::json;

use super::Client;
use crate::http::{Ask, Caller};
use crate::world::World;

const KIND: &str = "refused";
/// More than `max_body`.
const TOO_LARGE: usize = 100 * 1024;

/// A client that is in the wrong.
pub(crate) struct Refused {
    world: Arc<World>,
    caller: Caller,
    turn: usize,
}

impl Refused {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            caller: Caller::new(world, 0),
            turn: 0,
        }
    }

    /// What it asks next, and what that is answered with.
    fn next(&mut self) -> (Ask, u16, &'static str) {
        self.turn += 1;
        let keys = &self.world.keys;
        let get = |path: &str| Ask::get(KIND, path);
        let webhooks = "/v1/conversations/twilio:CH00000000000000000000000000000002/webhooks";
        let webhook = json!({ "target": { "type": "http", "url": "https://hooks.example.com/no" } });
        let post = Ask::new(KIND, Method::POST, webhooks).json(&webhook);
        let [writer, _] = &keys.writers;
        match self.turn % 11 {
            0 => (get("/v1/conversations"), 401, "unauthenticated"),
            1 => {
                let ask = get("/v1/conversations").with("x-api-key", "sb_no-such-key");
                (ask, 401, "unauthenticated")
            }
            2 => (post.by(&keys.reader), 403, "forbidden"),
            3 => {
                let path = "/v1/conversations/twilio:CH00000000000000000000000000000002";
                (get(path).by(&keys.bland_only), 403, "forbidden")
            }
            4 => (get("/v1/no-such-path").by(&keys.reader), 404, "not_found"),
            5 => {
                let path = "/v1/conversations/nowhere:CH00000000000000000000000000000002";
                (get(path).by(&keys.reader), 404, "not_found")
            }
            6 => (
                get("/v1/conversations?no_such=1").by(&keys.reader),
                422,
                "invalid_request",
            ),
            7 => (
                post.json(&json!({ "no_such": 1 })).by(writer),
                422,
                "invalid_request",
            ),
            8 => {
                let mut ask = post.by(writer);
                ask.body = Bytes::from(vec![b' '; TOO_LARGE]);
                (ask, 413, "payload_too_large")
            }
            9 => {
                let path = "/v1/conversations/bland:convo_abc123/webhooks";
                let ask = Ask::new(KIND, Method::POST, path).json(&webhook).by(writer);
                (ask, 405, "unsupported_by_provider")
            }
            _ => (
                Ask::new(KIND, Method::PUT, "/v1/conversations").by(writer),
                405,
                "method_not_allowed",
            ),
        }
    }
}

impl Client for Refused {
    async fn act(&mut self) {
        let (ask, status, code) = self.next();
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[status])
            && answer.at("/code") != code
        {
            self.world.wrong(&answer, &format!("not `{code}`"));
        }
    }
}
