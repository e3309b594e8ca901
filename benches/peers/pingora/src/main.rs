//! Pingora as a peer of the gateway: its proxy with one worker thread, and its cache in memory.
//!
//! `peer-pingora UPSTREAM PROXY CACHED CREDENTIAL`: three addresses, and what `Authorization` is to be.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use pingora::cache::cache_control::CacheControl;
use pingora::cache::eviction::simple_lru::Manager;
use pingora::cache::filters::resp_cacheable;
use pingora::cache::{CacheKey, CacheMetaDefaults, MemCache, RespCacheable};
use pingora::prelude::*;
use pingora::server::configuration::ServerConf;

/// The gateway's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As much as the gateway's cache may have.
const CACHE: usize = 64 << 20;
/// Longer than a measurement.
const KEPT: Duration = Duration::from_secs(600);

static CACHED: LazyLock<MemCache> = LazyLock::new(MemCache::new);
static EVICTION: LazyLock<Manager> = LazyLock::new(|| Manager::new(CACHE));
static DEFAULTS: CacheMetaDefaults = CacheMetaDefaults::new(|status| (status == 200).then_some(KEPT), 0, 0);

struct Peer {
    upstream: String,
    credential: String,
    has_cache: bool,
}

#[async_trait]
impl ProxyHttp for Peer {
    type CTX = ();

    fn new_ctx(&self) -> Self::CTX {}

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(&self.upstream, false, String::new());
        peer.options.idle_timeout = Some(Duration::from_secs(300));
        Ok(Box::new(peer))
    }

    async fn upstream_request_filter(
        &self,
        _: &mut Session,
        request: &mut RequestHeader,
        (): &mut (),
    ) -> Result<()> {
        request.insert_header("Authorization", self.credential.as_str())
    }

    fn request_cache_filter(&self, session: &mut Session, (): &mut ()) -> Result<()> {
        if self.has_cache {
            session.cache.enable(&*CACHED, Some(&*EVICTION), None, None, None);
        }
        Ok(())
    }

    fn cache_key_callback(&self, session: &Session, (): &mut ()) -> Result<CacheKey> {
        let path = session.req_header().uri.path_and_query();
        Ok(CacheKey::new(path.map_or("/", |path| path.as_str()), ""))
    }

    fn response_cache_filter(
        &self,
        _: &Session,
        answer: &ResponseHeader,
        (): &mut (),
    ) -> Result<RespCacheable> {
        let control = CacheControl::from_resp_headers(answer);
        Ok(resp_cacheable(control.as_ref(), answer.clone(), false, &DEFAULTS))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [upstream, proxy, cached, credential] = arguments.as_slice() else {
        eprintln!("usage: peer-pingora UPSTREAM PROXY CACHED CREDENTIAL");
        std::process::exit(2);
    };
    let settings = ServerConf {
        threads: 1,
        upstream_keepalive_pool_size: 1024,
        grace_period_seconds: Some(0),
        graceful_shutdown_timeout_seconds: Some(0),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, settings);
    server.bootstrap();
    for (listen, has_cache) in [(proxy, false), (cached, true)] {
        let peer = Peer {
            upstream: upstream.clone(),
            credential: credential.clone(),
            has_cache,
        };
        let mut service = http_proxy_service(&server.configuration, peer);
        service.add_tcp(listen);
        server.add_service(service);
    }
    server.run_forever();
}
