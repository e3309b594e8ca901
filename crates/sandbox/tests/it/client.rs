//! A running sandbox and requests to it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::{Client, Error, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use sandbox::{Clock, Control, Sandbox, demo_accounts};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<()>,
    pub(crate) control: Control,
    client: Client<HttpConnector, Full<Bytes>>,
    _end_with_test: DropGuard,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null for what is not JSON.
    pub(crate) body: Value,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::of(Sandbox::bind(ANY_PORT, demo_accounts()).await.unwrap())
    }

    /// One whose clock stands still.
    pub(crate) async fn start_at(time: &str) -> Self {
        let time: Timestamp = time.parse().unwrap();
        let clock = Clock::new(move || time);
        let sandbox = Sandbox::bind_with_clock(ANY_PORT, demo_accounts(), clock).await;
        Self::of(sandbox.unwrap())
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let addr = sandbox.local_addr();
        let shutdown = CancellationToken::new();
        Self {
            addr,
            control: sandbox.control(),
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
        let headers = [("authorization", authorization)];
        self.exchange(method, target, &headers, body).await.unwrap()
    }

    /// A write to the first provider, with a form.
    pub(crate) async fn post_form(&self, target: &str, form: &str) -> Reply {
        let login = basic("SKsandbox", "sandbox");
        let headers = [
            ("authorization", login.as_str()),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ];
        self.exchange(Method::POST, target, &headers, form).await.unwrap()
    }

    pub(crate) async fn delete(&self, target: &str) -> Reply {
        let login = basic("SKsandbox", "sandbox");
        self.send(Method::DELETE, target, &login, "").await
    }

    /// A write to the second provider, or to the control path, with JSON.
    pub(crate) async fn send_json(&self, method: Method, target: &str, body: &Value) -> Reply {
        let headers = [("authorization", "sandbox"), ("content-type", "application/json")];
        let body = body.to_string();
        self.exchange(method, target, &headers, &body).await.unwrap()
    }

    /// Any request; an error is one of the connection, before the head or in the body.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, String> {
        let url = if target.starts_with('/') {
            format!("http://{}{target}", self.addr)
        } else {
            target.to_owned()
        };
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let answer = self.client.request(request).await;
        let (head, body) = answer.map_err(|error: Error| format!("{error:?}"))?.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| format!("{error:?}"))?
            .to_bytes();
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            text: String::from_utf8(body.to_vec()).unwrap(),
        })
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
