//! Who the gateway is compared with: servers that do nothing but the job, and what people would put in its place.

use std::net::SocketAddr;
use std::process::Command;

use crate::Failure;
use crate::contestant::{Contestant, Job, KEY, Row};
use crate::machine::Core;
use crate::site::{Site, libraries};
use crate::stub::CREDENTIAL;

/// Makes a contestant.
type Peer = fn(&Site) -> Result<Contestant, Failure>;

/// All, the floors first.
pub(crate) const PEERS: [(&str, Peer); 8] = [
    ("raw socket", raw),
    ("bare hyper", hyper),
    ("nginx", nginx),
    ("HAProxy", haproxy),
    ("Varnish", varnish),
    ("pingora", pingora),
    ("Envoy", envoy),
    ("Traefik", traefik),
];

/// nginx with what it can do of a gateway's work.
pub(crate) const NGINX_FULL: &str = "nginx with key, limit, id, log";
/// nginx with the work of an adapter.
pub(crate) const NGINX_LUA: &str = "nginx with Lua";

/// Parts of a command line.
fn with<const N: usize>(mut command: Command, arguments: [&str; N]) -> Command {
    command.args(arguments);
    command
}

fn contestant(
    site: &Site,
    name: &'static str,
    command: Command,
    rows: Vec<Row>,
) -> Result<Contestant, Failure> {
    Ok(Contestant {
        name,
        command,
        core: Core::Contestant,
        version: None,
        log: site.log(name)?,
        rows,
    })
}

/// The two jobs that all have.
fn plain(name: &str, proxy: SocketAddr, cached: SocketAddr) -> Vec<Row> {
    vec![
        Row::plain(Job::PassThrough, name, proxy),
        Row::plain(Job::CacheHit, name, cached),
    ]
}

/// The words that every configuration has.
fn words(site: &Site, proxy: SocketAddr, cached: SocketAddr) -> Vec<(&'static str, String)> {
    let of = |names: [&'static str; 3], address: SocketAddr| {
        let parts = [
            address.to_string(),
            address.ip().to_string(),
            address.port().to_string(),
        ];
        names.into_iter().zip(parts)
    };
    of(["UPSTREAM", "UPSTREAM_HOST", "UPSTREAM_PORT"], site.upstream)
        .chain(of(["PROXY", "PROXY_HOST", "PROXY_PORT"], proxy))
        .chain(of(["CACHED", "CACHED_HOST", "CACHED_PORT"], cached))
        .chain([
            ("FOLDER", site.folder.display().to_string()),
            ("CREDENTIAL", CREDENTIAL.to_owned()),
            ("KEY", KEY.to_owned()),
        ])
        .collect()
}

fn written(site: &Site, name: &str, text: &str, words: &[(&'static str, String)]) -> Result<String, Failure> {
    let words: Vec<(&str, &str)> = words.iter().map(|(word, value)| (*word, &**value)).collect();
    site.write(name, text, &words)
}

fn raw(site: &Site) -> Result<Contestant, Failure> {
    let cached = site.address()?;
    let command = with(Command::new(&site.own), ["stub", &cached.to_string()]);
    let rows = vec![Row::plain(Job::CacheHit, "raw socket", cached)];
    contestant(site, "raw socket", command, rows)
}

fn hyper(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let addresses = [site.upstream, proxy, cached].map(|address| address.to_string());
    let mut command = with(Command::new(&site.own), ["floor"]);
    command.args(addresses);
    contestant(site, "bare hyper", command, plain("bare hyper", proxy, cached))
}

fn nginx(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached, full, lua) = (site.address()?, site.address()?, site.address()?, site.address()?);
    let folder = site.unpacked("nginx").ok_or("it is not there")?;
    let text = |place: &str| folder.join(place).display().to_string();
    let native = libraries(&folder)
        .into_iter()
        .map(|library| format!("{library}/lua/5.1/?.so"));
    let mut words = words(site, proxy, cached);
    words.extend([
        ("FULL", full.to_string()),
        ("LUA", lua.to_string()),
        ("MODULES", text("usr/lib/nginx/modules")),
        ("LUA_PATH", text("usr/share/lua/5.1/?.lua")),
        ("LUA_CPATH", native.collect::<Vec<_>>().join(";")),
    ]);
    written(site, "normalise.lua", include_str!("conf/normalise.lua"), &[])?;
    let file = written(site, "nginx.conf", include_str!("conf/nginx.conf"), &words)?;
    let folder = site.folder.display().to_string();
    let command = with(
        site.program("nginx"),
        ["-p", &folder, "-c", &file, "-e", &format!("{folder}/nginx.error")],
    );
    let mut rows = plain("nginx", proxy, cached);
    rows.push(Row::plain(Job::PassThrough, NGINX_FULL, full));
    rows.push(Row::plain(Job::Normalised, NGINX_LUA, lua));
    let mut nginx = contestant(site, "nginx", command, rows)?;
    nginx.version = Some("-v");
    Ok(nginx)
}

fn haproxy(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let words = words(site, proxy, cached);
    let file = written(site, "haproxy.cfg", include_str!("conf/haproxy.cfg"), &words)?;
    let command = with(site.program("haproxy"), ["-db", "-f", &file]);
    let mut haproxy = contestant(site, "HAProxy", command, plain("HAProxy", proxy, cached))?;
    haproxy.version = Some("-v");
    Ok(haproxy)
}

fn varnish(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let words = words(site, proxy, cached);
    let file = written(site, "varnish.vcl", include_str!("conf/varnish.vcl"), &words)?;
    let mut command = with(
        site.program("varnishd"),
        ["-F", "-j", "none", "-f", &file, "-s", "malloc,64m"],
    );
    command.arg("-n").arg(site.file("varnish"));
    command.args(["-a", &format!("proxy={proxy}"), "-a", &format!("cached={cached}")]);
    for parameter in [
        "thread_pools=1",
        "thread_pool_min=50",
        "thread_pool_max=400",
        "timeout_idle=300",
    ] {
        command.args(["-p", parameter]);
    }
    let mut varnish = contestant(site, "Varnish", command, plain("Varnish", proxy, cached))?;
    varnish.version = Some("-V");
    Ok(varnish)
}

fn pingora(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let addresses = [site.upstream, proxy, cached].map(|address| address.to_string());
    let mut command = Command::new(&site.pingora);
    command.args(addresses).arg(CREDENTIAL);
    contestant(site, "pingora", command, plain("pingora", proxy, cached))
}

fn envoy(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let words = words(site, proxy, cached);
    let file = written(site, "envoy.yaml", include_str!("conf/envoy.yaml"), &words)?;
    let arguments = [
        "-c",
        &file,
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "-l",
        "error",
    ];
    let command = with(site.program("envoy"), arguments);
    let mut envoy = contestant(site, "Envoy", command, plain("Envoy", proxy, cached))?;
    envoy.version = Some("--version");
    Ok(envoy)
}

fn traefik(site: &Site) -> Result<Contestant, Failure> {
    let (proxy, cached) = (site.address()?, site.address()?);
    let words = words(site, proxy, cached);
    written(
        site,
        "traefik-routes.yaml",
        include_str!("conf/traefik-routes.yaml"),
        &words,
    )?;
    let file = written(site, "traefik.yaml", include_str!("conf/traefik.yaml"), &words)?;
    let mut command = site.program("traefik");
    command.arg(format!("--configfile={file}")).env("GOMAXPROCS", "1");
    let rows = vec![Row::plain(Job::PassThrough, "Traefik", proxy)];
    let mut traefik = contestant(site, "Traefik", command, rows)?;
    traefik.version = Some("version");
    Ok(traefik)
}
