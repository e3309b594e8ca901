//! Rules between sections.

use super::context::Context;
use super::{Config, Mode};

/// What to do where everybody could come in.
pub(super) const ASK_FOR_KEYS: &str = "set mode = \"required\" in [auth] and add [[clients]]";

/// Whether everybody could come in, from other machines too.
pub(super) fn is_open_to_others(config: &Config) -> bool {
    matches!(config.auth.mode, Mode::None) && !config.server.listen.ip().is_loopback()
}

/// Refuses what is right by itself but wrong together.
pub(super) fn check(config: &Config, context: &Context<'_>) {
    let Config {
        server,
        auth,
        clients,
        ..
    } = config;
    if server.listen == server.admin_listen && server.listen.port() != 0 {
        let fix = "give the two listeners different ports";
        context.conflict(
            &["server", "admin_listen"],
            "is the address of server.listen",
            fix,
        );
    }
    if config.store.redis.is_some() && server.secret.is_none() && !context.has_refused("server.secret") {
        let fix =
            "set server.secret to the same for all replicas: it names subjects and seals what is stored";
        context.conflict(&["store", "redis"], "is set without server.secret", fix);
    }
    if context.has_refused("auth.mode") {
        return;
    }
    match auth.mode {
        Mode::None => {
            let why = if is_open_to_others(config) {
                "is \"none\" while server.listen is reachable from other machines"
            } else if !clients.is_empty() {
                "is \"none\" although there are clients"
            } else if auth.jwt.is_some() {
                "is \"none\" although there is [auth.jwt]"
            } else if config.connections.iter().all(super::Connection::is_sandbox) {
                return;
            } else {
                "is \"none\" while a connection is not on the sandbox"
            };
            context.conflict(&["auth", "mode"], why, ASK_FOR_KEYS);
        }
        Mode::Required if clients.is_empty() && auth.jwt.is_none() && !context.has_refused_in("auth.jwt") => {
            let fix = "add [[clients]], see `switchboard key`, or [auth.jwt]";
            context.conflict(&["clients"], "is empty while auth.mode is \"required\"", fix);
        }
        Mode::Required => {}
    }
}
