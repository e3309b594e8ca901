//! What is refused, with its exact place: the `¶` in each text, which is taken out before loading.

use super::super::{ConfigError, Severity};
use super::{SANDBOX, load};

/// A client, for texts that are about something else.
const CLIENT: &str = "[[clients]]\nname = \"a\"\nscopes = [\"read\"]\nconnections = [\"*\"]\n\
    key_sha256 = [\"0000000000000000000000000000000000000000000000000000000000000000\"]\n";

#[test]
fn values_of_the_wrong_kind_or_range_are_refused() {
    let cases = r#"
        server.listen = ¶"localhost"                        | server.listen             | is no address with a port; write
        server.listen = ¶8080                               | server.listen             | has to be a string, not a whole number
        server.workers = ¶-1                                | server.workers            | has to be from 0 to 1024
        server.max_in_flight = ¶0                           | server.max_in_flight      | has to be from 1 to
        server.max_connections = ¶"9"                       | server.max_connections    | has to be a whole number, not a string
        server.max_header = ¶"4KiB"                         | server.max_header         | has to be from 8192 to 1048576 bytes
        server.max_body = ¶"1MB"                            | server.max_body           | is no size; write
        server.max_body = ¶"99999999999999999999GiB"        | server.max_body           | is no size
        server.max_body = ¶"18446744073709551615GiB"        | server.max_body           | has to be from 0 to
        server.request_timeout = ¶"0s"                      | server.request_timeout    | has to be above 0
        server.request_timeout = ¶15                        | server.request_timeout    | is no span of time; write
        server.idle_timeout = ¶"1.5s"                       | server.idle_timeout       | is no span of time
        server.idle_timeout = ¶"800h"                       | server.idle_timeout       | is longer than 720h
        server.idle_timeout = ¶"18446744073709551615h"      | server.idle_timeout       | is longer than 720h
        server.trusted_proxies = ["::1", ¶"10.0.0.0/33"]    | server.trusted_proxies[1] | is no network
        server.trusted_proxies = ¶"10.0.0.1"                | server.trusted_proxies    | has to be a list, not a string
        server.allowed_hosts = [¶"a.example:80"]            | server.allowed_hosts[0]   | is no host
        server.allowed_hosts = [¶"A.example"]               | server.allowed_hosts[0]   | write "a.example"
        server.public_url = ¶"https://a.example/x"          | server.public_url         | has more than scheme, host and port
        server.¶public_url = "https://u:canary@a.example"   | server.public_url         | has more than scheme, host and port
        cors.allowed_origins = [¶"*"]                       | cors.allowed_origins[0]   | is no http or https URL; write
        cors.allowed_origins = [¶"null"]                    | cors.allowed_origins[0]   | is no http or https URL
        cors.allowed_origins = [¶"http://localhost:*"]      | cors.allowed_origins[0]   | is no http or https URL
        cors.allowed_origins = [¶"https://a.example/"]      | cors.allowed_origins[0]   | write "https://a.example"
        cors.allowed_origins = [¶"https://a.example:443"]   | cors.allowed_origins[0]   | write "https://a.example"
        cors.allowed_origins = [¶"https://a.example/x"]     | cors.allowed_origins[0]   | is no origin
        auth.mode = ¶"nobody"                               | auth.mode                 | is unknown; known here: none, required
        telemetry.log = ¶"a=b=c"                            | telemetry.log             | is no log filter
        telemetry.log_format = ¶"jsn"                       | telemetry.log_format      | is unknown; did you mean `json`?
        telemetry.access_log = ¶1                           | telemetry.access_log      | has to be true or false
        telemetry.sample_ratio = ¶1.5                       | telemetry.sample_ratio    | has to be from 0 to 1
        telemetry.sample_ratio = ¶nan                       | telemetry.sample_ratio    | has to be from 0 to 1
        ¶cache = 3                                          | cache                     | has to be a table, not a whole number
    "#;
    refuse_each(cases, |line| format!("{line}\n{SANDBOX}"));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    let cases = r#"
        server.¶lisen = 1                | server.lisen      | is unknown; did you mean `listen`?
        cache.ttl = { ¶numbres = "1s" }  | cache.ttl.numbres | is unknown; did you mean `numbers`?
        [¶severs]                        | severs            | is unknown; did you mean `server`?
        store.¶x = 1                     | store.x           | is unknown; known here: redis, timeout, on_error
        store.¶"a\nb" = 1                | store."a\nb"      | is unknown
        ¶profiles.x.y = 1                | profiles          | is unknown
    "#;
    refuse_each(cases, |line| format!("{line}\n{SANDBOX}"));
}

#[test]
fn the_address_of_a_collector_is_checked() {
    let cases = r#"
        telemetry.otlp_endpoint = ¶"collector:4317"           | telemetry.otlp_endpoint | is no http or https URL
        telemetry.otlp_endpoint = ¶"grpc://collector"         | telemetry.otlp_endpoint | is no http or https URL
        telemetry.otlp_endpoint = ¶"http://1.1.1.1:4317"      | telemetry.otlp_endpoint | is plain http across the internet; write https
        telemetry.otlp_endpoint = ¶"http://169.254.169.254"   | telemetry.otlp_endpoint | names an address that is never called
        telemetry.¶otlp_endpoint = "http://u:canary@c:4317"   | telemetry.otlp_endpoint | has user info, a query or a fragment
        telemetry.¶otlp_endpoint = "http://c:4318/?k=canary"  | telemetry.otlp_endpoint | has user info, a query or a fragment
        telemetry.¶otlp_endpoint = "canary@c"                 | telemetry.otlp_endpoint | is no http or https URL
        telemetry.sample_ratio = ¶1.5                         | telemetry.sample_ratio  | has to be from 0 to 1
    "#;
    refuse_each(cases, |line| format!("{line}\n{SANDBOX}"));
}

#[test]
fn the_address_of_a_store_is_checked_and_does_not_show() {
    let cases = r#"
        ¶redis = "http://h"              | store.redis | is no redis:// or rediss:// URL; write "redis://host:6379"
        ¶redis = "redis://"              | store.redis | is no URL of a host
        ¶redis = "redis://h/canary"      | store.redis | is no URL of a host
        ¶redis = "rediss://h#insecure"   | store.redis | has a query or a fragment
        ¶redis = "redis://u:canary@h"    | store.redis | has a password, which must not stand in the file; write "env:
        ¶redis = "env:KEY"               | store.redis | is no redis:// or rediss:// URL
        ¶redis = "env:NONE"              | store.redis | is not set
        ¶redis = 3                       | store.redis | has to be a string
        on_error = ¶"loca"               | store.on_error | did you mean `local`?
    "#;
    refuse_each(cases, |line| {
        format!("server.secret = \"env:KEY\"\n{SANDBOX}[store]\n{line}")
    });
    let lonely = "store.redis = ¶\"redis://h\" | store.redis | is set without server.secret";
    refuse_each(lonely, |line| format!("{line}\n{SANDBOX}"));
}

#[test]
fn connections_are_checked() {
    let cases = r#"
        ¶x = 3                                                          | connections.x          | has to be a table
        x = { provider = ¶"acmee" }                                     | connections.x.provider | did you mean `acme`?
        ¶x = { api_key = "canary" }                                     | connections.x.provider | is missing
        ¶x = { provider = "zenith", base_url = "sandbox" }              | connections.x.api_key  | is missing
        ¶X = { provider = "zenith", base_url = "sandbox", api_key = "k" } | connections.X        | is no name for a connection
    "#;
    refuse_each(cases, |line| format!("[connections]\n{line}"));
    let cases = r#"
        ¶username = "k"                 | connections.z.username              | is unknown; known here: provider, base_url
        dialect = ¶"pag"                | connections.z.dialect               | did you mean `page`?
        ¶rewrite = true                 | connections.z.rewrite               | is unknown
        rate_limit.requests = ¶0        | connections.z.rate_limit.requests   | has to be from 1 to
        rate_limit.burst = ¶0           | connections.z.rate_limit.burst      | has to be from 1 to
        max_concurrency = ¶0            | connections.z.max_concurrency       | has to be from 1 to
        attempt_timeout = ¶"0ms"        | connections.z.attempt_timeout       | has to be above 0
        retries.budget = ¶1.1           | connections.z.retries.budget        | has to be from 0 to 1
        retries.max = ¶11               | connections.z.retries.max           | has to be from 0 to 10
        circuit.failure_ratio = ¶0.0    | connections.z.circuit.failure_ratio | has to be above 0 and at most 1
        circuit.open = ¶"0"             | connections.z.circuit.open          | has to be above 0
        ca = ¶"missing.pem"             | connections.z.ca                    | cannot be read as PEM
    "#;
    let zenith = "[connections.z]\nprovider = \"zenith\"\nbase_url = \"sandbox\"\napi_key = \"k\"";
    refuse_each(cases, |line| format!("{zenith}\n{line}"));
}

#[test]
fn base_urls_are_checked() {
    // One that may hold a credential is not shown: its key is marked.
    let cases = r#"
        base_url = ¶"http://api.example"            | connections.z.base_url | is plain http to another machine; write https
        base_url = ¶"http://127.0.0.1.example"      | connections.z.base_url | is plain http to another machine
        base_url = ¶"ftp://api.example"             | connections.z.base_url | is no http or https URL
        base_url = ¶"Sandbox"                       | connections.z.base_url | is no http or https URL
        base_url = ¶7                               | connections.z.base_url | has to be a string
        ¶base_url = "https://u:canary@api.example"  | connections.z.base_url | has user info, a query or a fragment
        ¶base_url = "https://api.example?canary"    | connections.z.base_url | has user info, a query or a fragment
        ¶base_url = "https://api.example#canary"    | connections.z.base_url | has user info, a query or a fragment
        ¶base_url = "ftp://u:canary@api.example"    | connections.z.base_url | is no http or https URL
    "#;
    let zenith = "[connections.z]\nprovider = \"zenith\"\napi_key = \"env:KEY\"";
    refuse_each(cases, |line| {
        format!("auth.mode = \"required\"\n{CLIENT}{zenith}\n{line}")
    });
}

#[test]
fn clients_are_checked() {
    let cases = r#"
        name = ¶"other"                    | clients[1].name             | is a name with a meaning of its own
        name = ¶"-a"                       | clients[1].name             | is no name for a client
        name = ¶"Über"                     | clients[1].name             | is no name for a client
        name = ¶"a"                        | clients[1].name             | is the second client of this name
        key_sha256 = ¶[]                   | clients[1].key_sha256       | is empty
        key_sha256 = ¶"0"                  | clients[1].key_sha256       | has to be a list
        ¶key_sha256 = ["sb_canary"]        | clients[1].key_sha256[0]    | 64 lower-case hex digits; `switchboard key`
        ¶key_sha256 = ["ABAB"]             | clients[1].key_sha256[0]    | 64 lower-case hex digits
        ¶key_sha256 = ["abab"]             | clients[1].key_sha256[0]    | 64 lower-case hex digits
        scopes = ["read", ¶"writ"]         | clients[1].scopes[1]        | is unknown; did you mean `write`?
        scopes = ¶[]                       | clients[1].scopes           | is empty
        connections = [¶"acm"]             | clients[1].connections[0]   | names no connection of this file
        connections = ¶[]                  | clients[1].connections      | is empty
        ¶connections = ["acme", "*"]       | clients[1].connections      | has "*" beside names
        not_after = ¶"tomorrow"            | clients[1].not_after        | is no RFC 3339 time
        not_after = ¶2027-06-30            | clients[1].not_after        | is no RFC 3339 time
        ¶rate_limit = { requests = 1 }     | clients[1].rate_limit.per   | is missing
        rate_limit = { requests = 1, per = "1s", by = ¶"subject" } | clients[1].rate_limit.by | is "subject" without [auth.jwt]; write by = "client"
        rate_limit = { requests = 1, per = "1s", by = ¶"subjekt" } | clients[1].rate_limit.by | is unknown; did you mean `subject`?
    "#;
    let second = CLIENT.replace("\"a\"", "\"b\"").replace('0', "1");
    refuse_each(cases, |line| {
        let key = line.trim_start_matches('¶').split(' ').next().unwrap();
        let others: Vec<_> = second.lines().filter(|other| !other.starts_with(key)).collect();
        format!(
            "auth.mode = \"required\"\n{CLIENT}{}\n{line}\n{SANDBOX}",
            others.join("\n")
        )
    });
    let twice = CLIENT.replace("\"a\"", "\"b\"").replace("[\"0", "[¶\"0");
    let text = format!("auth.mode = \"required\"\n{CLIENT}{twice}{SANDBOX}");
    refuse(&text, "clients[1].key_sha256[0]", "is the second use of this key");
}

#[test]
fn the_issuer_of_tokens_is_checked() {
    let cases = r#"
        ¶jwt = 1                                  | auth.jwt                   | has to be a table
        jwt.¶algorithms = ["none"]                | auth.jwt.algorithms        | is unknown; known here: issuer, audience, jwks
        jwt.issuer = ¶""                          | auth.jwt.issuer            | is empty
        jwt.audience = ¶["a"]                     | auth.jwt.audience          | has to be a string, not a list
        jwt.scopes_claim = ¶""                    | auth.jwt.scopes_claim      | is empty
        jwt.connections_claim = ¶1                | auth.jwt.connections_claim | has to be a string
        jwt.jwks = ¶"id.example.com/keys"         | auth.jwt.jwks              | is no http or https URL; write "https://…" or "file:PATH"
        jwt.jwks = ¶"http://id.example.com/keys"  | auth.jwt.jwks              | is plain http to another machine; write https
        jwt.jwks = ¶"https://169.254.169.254/"    | auth.jwt.jwks              | names an address that is never called
        jwt.jwks = ¶"https://[fe80::1]/"          | auth.jwt.jwks              | names an address that is never called
        jwt.¶jwks = "https://u:canary@a.example/" | auth.jwt.jwks              | has user info or a fragment
        jwt.jwks = ¶"file:missing.json"           | auth.jwt.jwks              | refers to the file "missing.json", which cannot be read
    "#;
    let whole = [
        "issuer = \"a\"",
        "audience = \"b\"",
        "jwks = \"https://a.example/\"",
    ];
    refuse_each(cases, |line| {
        let key = line.split(['.', ' ']).nth(1).unwrap().trim_start_matches('¶');
        let others = whole
            .iter()
            .filter(|other| !line.starts_with("¶jwt") && !other.starts_with(key));
        let others: Vec<_> = others.map(|other| format!("jwt.{other}")).collect();
        format!(
            "[auth]\nmode = \"required\"\n{line}\n{}\n{SANDBOX}",
            others.join("\n")
        )
    });
    for (missing, _) in [("issuer", 0), ("audience", 1), ("jwks", 2)] {
        let others = whole.iter().filter(|line| !line.starts_with(missing)).copied();
        let others = others.collect::<Vec<_>>().join("\n");
        let text = format!("auth.mode = \"required\"\n[auth.¶jwt]\n{others}\n{SANDBOX}");
        refuse(&text, &format!("auth.jwt.{missing}"), "is missing");
    }
}

#[test]
fn unsafe_combinations_are_refused() {
    let remote = "[connections.z]\nprovider = \"zenith\"\napi_key = \"env:KEY\"\n";
    let mode = "auth.mode";
    let text = format!("auth.mode = ¶\"none\"\n{remote}");
    refuse(
        &text,
        mode,
        "a connection is not on the sandbox; set mode = \"required\"",
    );
    let text = format!("server.listen = \"0.0.0.0:80\"\n[¶auth]\n{SANDBOX}");
    refuse(&text, mode, "reachable from other machines");
    let text = format!("auth.mode = ¶\"none\"\n{CLIENT}{SANDBOX}");
    refuse(&text, mode, "although there are clients");
    let issuer = "issuer = \"a\", audience = \"b\", jwks = \"https://a.example/\"";
    let text = format!("auth.mode = ¶\"none\"\nauth.jwt = {{ {issuer} }}\n{SANDBOX}");
    refuse(&text, mode, "although there is [auth.jwt]");
    let text = format!("auth.mode = \"required\"\nclients = ¶[]\n{SANDBOX}");
    refuse(&text, "clients", "is empty while auth.mode is \"required\"");
    let text = format!("server.admin_listen = ¶\"127.0.0.1:8080\"\n{SANDBOX}");
    refuse(&text, "server.admin_listen", "is the address of server.listen");
    refuse("[¶connections]", "connections", "names no connection");

    let any = "server.listen = \"[::1]:0\"\nserver.admin_listen = \"[::1]:0\"";
    assert!(load(&format!("{any}\n{SANDBOX}")).is_ok());
}

#[test]
fn a_rule_about_what_the_file_does_not_say_has_no_place() {
    let remote = "[connections.z]\nprovider = \"zenith\"\napi_key = \"env:KEY\"";
    for (text, key) in [("", "connections"), (remote, "auth.mode")] {
        let errors = load(text).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!((errors[0].key.as_deref(), errors[0].line), (Some(key), None));
    }
}

#[test]
fn broken_syntax_is_refused_without_showing_the_line() {
    for text in [
        "a = ¶canary",
        "[a]\nb = 1\n¶b = \"canary\"",
        "[a¶",
        "a = \"canary¶",
    ] {
        let (errors, line, column) = errors(text);
        let place = (errors[0].line, errors[0].column);
        assert_eq!(place, (Some(line), Some(column)), "{text}: {errors:?}");
        assert!(!errors[0].render(Severity::Error).contains("canary"), "{text}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_in_the_order_of_the_file() {
    let text = format!("telemetry.log = 1\nserver = {{ listen = 1, x = 1 }}\n{SANDBOX}max_wait = 1\ny = 1\n");
    let errors = load(&text).unwrap_err();
    let keys: Vec<_> = errors.iter().filter_map(|error| error.key.as_deref()).collect();
    let expected = [
        "telemetry.log",
        "server.listen",
        "server.x",
        "connections.acme.max_wait",
        "connections.acme.y",
    ];
    assert_eq!(keys, expected);
}

/// Each line of `cases` is a line of a file, the key that is refused, and a part of what is said.
#[track_caller]
fn refuse_each(cases: &str, whole: impl Fn(&str) -> String) {
    for case in cases.lines().filter(|case| !case.trim().is_empty()) {
        let parts: Vec<_> = case.split(" | ").map(str::trim).collect();
        let [line, key, says] = parts.as_slice() else {
            panic!("{case}");
        };
        refuse(&whole(line), key, says);
    }
}

#[track_caller]
fn refuse(text: &str, key: &str, says: &str) {
    let (errors, line, column) = errors(text);
    assert_eq!(errors.len(), 1, "{text}\n{errors:#?}");
    let error = &errors[0];
    assert_eq!(error.key.as_deref(), Some(key), "{text}\n{error}");
    let place = (error.line, error.column);
    assert_eq!(place, (Some(line), Some(column)), "{text}\n{error}");
    assert!(error.to_string().contains(says), "{text}\n{error}\nnot: {says}");
    let shown = format!("{}{error}{error:?}", error.render(Severity::Error));
    assert!(!shown.contains("canary"), "{shown}");
}

/// The problems of a text, and the line and column of its mark.
#[track_caller]
fn errors(marked: &str) -> (Vec<ConfigError>, usize, usize) {
    let (before, after) = marked.split_once('¶').unwrap();
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let errors = load(&format!("{before}{after}")).unwrap_err();
    (errors, line, column)
}
