//! What the layers need to know of what is sent, be it an adapter's request or one that is passed through.

use std::sync::Arc;

use http::Method;
use model::UpstreamRequest;

use crate::body::Request;

/// What is sent to a provider.
pub trait Outgoing: Send + 'static {
    /// The method.
    fn method(&self) -> &Method;
}

impl Outgoing for Arc<UpstreamRequest> {
    fn method(&self) -> &Method {
        &self.method
    }
}

impl Outgoing for Request {
    fn method(&self) -> &Method {
        self.method()
    }
}
