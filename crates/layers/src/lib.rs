//! Tower layers of the gateway, one file each. They know HTTP, time and limits, but no provider and no route.

pub mod access_log;
pub mod admission;
pub mod around;
pub mod authenticate;
pub mod authorize;
mod body;
pub mod body_limit;
mod client;
pub mod client_limit;
mod context;
pub mod cors;
pub mod deadline;
pub mod head;
pub mod observe;
pub mod origin;
pub mod request_id;
pub mod rescue;

pub use body::{Body, BoxError, Request, Response};
pub use client::{Client, Permission, Permissions};
pub use context::{Access, CallTrace, Context, Quota, RouteInfo};
