//! Tower layers of the gateway, one file each. They know HTTP, time and limits, but no provider and no route.

pub mod around;
mod body;
mod client;
mod context;

pub use body::{Body, BoxError, Request, Response};
pub use client::{Client, Permission, Permissions};
pub use context::{CallTrace, Context, RouteInfo};
