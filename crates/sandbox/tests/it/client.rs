//! A running sandbox and requests to it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use sandbox::{Sandbox, demo_accounts};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<()>,
    client: Client<HttpConnector, Full<Bytes>>,
    _end_with_test: DropGuard,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::of(Sandbox::bind(ANY_PORT, demo_accounts()).await.unwrap())
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let addr = sandbox.local_addr();
        let shutdown = CancellationToken::new();
        Self {
            addr,
            served: TaskTracker::new().spawn(sandbox.serve(shutdown.clone())),
            client: Client::builder(TokioExecutor::new()).build_http(),
            _end_with_test: shutdown.clone().drop_guard(),
            shutdown,
        }
    }

    /// A GET of a path or of an absolute URL.
    pub(crate) async fn get(&self, target: &str, authorization: &str) -> Reply {
        self.send(Method::GET, target, authorization, "").await
    }

    pub(crate) async fn send(&self, method: Method, target: &str, authorization: &str, body: &str) -> Reply {
        let url = if target.starts_with('/') {
            format!("http://{}{target}", self.addr)
        } else {
            target.to_owned()
        };
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", authorization)
            .body(Full::from(body.to_owned()))
            .unwrap();
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap(),
        }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

pub(crate) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64.encode(format!("{username}:{password}").as_bytes())
    )
}

/// The document that a fixture holds.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
