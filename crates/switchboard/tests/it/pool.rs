//! Connections to a provider: which one a request takes, and which ones are kept.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use layers::{Body, BoxError};
use switchboard::wire::{self, Lent, Pool, Trust};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower::Service;

use crate::rig::collector::acceptor;
use crate::rig::{Authority, Peer, Wire, pass};

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
/// Longer than what is idle is kept.
const LONG: Duration = Duration::from_secs(51);

fn pool(url: &str, trust: Trust<'_>) -> Pool {
    wire::pool(url, Duration::from_secs(5), trust).unwrap()
}

fn plain(peer: &Peer) -> Pool {
    pool(&format!("http://{}", peer.address()), Trust::Plain)
}

async fn ask(pool: &Pool) -> Result<Response<Lent>, BoxError> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "http://provider.example/a?b".parse().unwrap();
    pool.clone().call(request).await
}

async fn read(pool: &Pool) -> Bytes {
    let answer = ask(pool).await.unwrap();
    answer.into_body().collect().await.unwrap().to_bytes()
}

/// The connection over which the next request comes, if it is a new one.
async fn opened(peer: &Peer) -> Wire {
    let mut connection = peer.accept().await;
    connection.head().await;
    connection
}

/// A request that is answered over a new connection.
async fn first(pool: &Pool, peer: &Peer, answer: &str) -> (Response<Lent>, Wire) {
    let provider = async {
        let mut connection = opened(peer).await;
        connection.send(answer).await;
        connection
    };
    let (answer, connection) = tokio::join!(ask(pool), provider);
    (answer.unwrap(), connection)
}

/// A request that is answered over this connection, and no other one.
async fn again(pool: &Pool, peer: &Peer, connection: &mut Wire) {
    let provider = async {
        tokio::select! {
            head = connection.head() => assert!(head.starts_with("GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:"), "{head}"),
            _ = peer.accept() => panic!("another connection"),
        }
        connection.send(ANSWER).await;
    };
    let (body, ()) = tokio::join!(read(pool), provider);
    assert_eq!(body, "{}");
}

#[tokio::test]
async fn the_one_that_was_used_last_is_used_next() {
    let peer = Peer::new().await;
    let pool = plain(&peer);
    let (early, mut one) = first(&pool, &peer, ANSWER).await;
    let (late, mut two) = first(&pool, &peer, ANSWER).await;
    for answer in [early, late] {
        answer.into_body().collect().await.unwrap();
    }
    again(&pool, &peer, &mut two).await;
    let held = async {
        two.head().await;
        again(&pool, &peer, &mut one).await;
        two.send(ANSWER).await;
    };
    tokio::join!(read(&pool), held);
    again(&pool, &peer, &mut two).await;
}

#[tokio::test]
async fn an_answer_without_a_body_is_at_its_end() {
    let peer = Peer::new().await;
    let pool = plain(&peer);
    let (_answer, mut connection) = first(&pool, &peer, "HTTP/1.1 204 No Content\r\n\r\n").await;
    again(&pool, &peer, &mut connection).await;
}

#[tokio::test]
async fn what_is_not_at_its_end_or_closes_is_not_used_again() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{";
    let last = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    for (answer, is_read) in [(half, false), (last, true)] {
        let peer = Peer::new().await;
        let pool = plain(&peer);
        let (answer, old) = first(&pool, &peer, answer).await;
        if is_read {
            answer.into_body().collect().await.unwrap();
        } else {
            drop(answer);
        }
        let (answer, mut new) = first(&pool, &peer, ANSWER).await;
        answer.into_body().collect().await.unwrap();
        assert_eq!(old.rest().await, b"");
        again(&pool, &peer, &mut new).await;
    }
}

#[tokio::test]
async fn what_is_idle_for_long_is_closed() {
    let peer = Peer::new().await;
    let pool = plain(&peer);
    // The next one is too.
    for _ in 0..2 {
        let (answer, old) = first(&pool, &peer, ANSWER).await;
        answer.into_body().collect().await.unwrap();
        pass(LONG).await;
        assert_eq!(old.rest().await, b"");
    }
}

#[tokio::test]
async fn they_close_with_their_pool() {
    let peer = Peer::new().await;
    let pool = plain(&peer);
    let (answer, old) = first(&pool, &peer, ANSWER).await;
    answer.into_body().collect().await.unwrap();
    drop(pool);
    assert_eq!(old.rest().await, b"");
}

/// A listener with TLS, and a pool that leads there.
async fn secure() -> (TcpListener, TlsAcceptor, Pool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = Authority::new("providers");
    let url = format!("https://{}", listener.local_addr().unwrap());
    let pool = pool(&url, Trust::Roots(&[authority.der()]));
    (listener, acceptor(&authority.server(2100)), pool)
}

/// Answers over this connection by HTTP/2, for as long as it lasts.
async fn by_http2(socket: impl hyper::rt::Read + hyper::rt::Write + Unpin) {
    let service = service_fn(async |request: Request<hyper::body::Incoming>| {
        let target = Full::<Bytes>::from(request.uri().to_string());
        Ok::<_, BoxError>(Response::new(target))
    });
    let server = http2::Builder::new(TokioExecutor::new()).serve_connection(socket, service);
    server.await.ok();
}

#[tokio::test]
async fn all_requests_share_one_of_http2() {
    let (listener, tls, pool) = secure().await;
    let provider = async {
        let (socket, _) = listener.accept().await.unwrap();
        by_http2(TokioIo::new(tls.accept(socket).await.unwrap())).await;
    };
    let asked = async {
        let one = ask(&pool).await.unwrap();
        let (two, three) = tokio::join!(read(&pool), read(&pool));
        let one = one.into_body().collect().await.unwrap().to_bytes();
        [one, two, three]
    };
    tokio::select! {
        bodies = asked => assert_eq!(bodies, ["http://provider.example/a?b"; 3]),
        () = provider => panic!("it has closed"),
    }
    assert!(listener.accept().now_or_never().is_none());
}

#[tokio::test]
async fn who_waits_for_a_connection_takes_one_that_is_given_back() {
    let (listener, tls, pool) = secure().await;
    let mut config = rustls::ServerConfig::clone(tls.config());
    config.alpn_protocols.clear();
    let tls = TlsAcceptor::from(Arc::new(config));
    let accepted = async || listener.accept().await.unwrap().0;
    let (held, free) = tokio::sync::oneshot::channel::<()>();
    let provider = async {
        let service = service_fn(async |_: Request<hyper::body::Incoming>| {
            Ok::<_, BoxError>(Response::new(Full::<Bytes>::from("{}")))
        });
        let socket = tls.accept(accepted().await).await.unwrap();
        let server = hyper::server::conn::http1::Builder::new();
        server.serve_connection(TokioIo::new(socket), service).await.ok();
    };
    let asked = async {
        let one = ask(&pool).await.unwrap();
        let give_back = async {
            // The second one is on its way, and gets nowhere.
            let _never = accepted().await;
            one.into_body().collect().await.unwrap();
            free.await.unwrap();
        };
        let two = async {
            assert_eq!(read(&pool).await, "{}");
            held.send(()).unwrap();
        };
        tokio::join!(two, give_back);
    };
    tokio::select! { () = asked => {}, () = provider => panic!("it has closed") }
}
