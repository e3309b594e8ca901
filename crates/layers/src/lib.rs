//! Tower layers of the gateway, one file each. They know HTTP, time and limits, but no provider and no route.

pub mod access_log;
pub mod admission;
mod answer;
pub mod around;
pub mod authenticate;
pub mod authorize;
mod body;
pub mod body_limit;
pub mod cache;
mod client;
pub mod client_limit;
pub mod conditional;
mod context;
pub mod cors;
pub mod deadline;
pub mod head;
pub mod idempotency;
pub mod jwt;
mod keyring;
pub mod observe;
pub mod origin;
mod pack;
mod rate;
pub mod request_id;
pub mod rescue;
mod shared_limits;
pub mod upstream;
pub mod write_shield;

pub use answer::{Answer, Draft, Form, NO_CACHE, NO_STORE, StaleTail};
pub use body::{Body, BoxError, Request, Response};
pub use client::{Client, Permission, Permissions, Subject};
pub use context::{Access, CallTrace, Context, Quota, RouteInfo};
pub use keyring::Keyring;
pub use shared_limits::{OnAway, SharedLimits};
pub use store::Rate;
