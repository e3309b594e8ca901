//! Serving as a process: what it prints, what it refuses, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::rig::process::{Serving, get, program, run, sandbox_config, text};
use crate::rig::{demo_connections, hash};

#[test]
fn a_gateway_prints_where_it_listens_and_what_to_try_and_ends_on_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    for (arguments, signal) in [(&["serve"][..], "TERM"), (&[], "INT")] {
        let mut gateway = Serving::start(program(folder.path(), arguments));
        let (api, admin) = (gateway.address("API"), gateway.address("admin"));
        let sandbox = gateway.address("sandbox");
        assert!(api.ip().is_loopback() && admin.ip().is_loopback() && sandbox.ip().is_loopback());
        assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(get(admin, "/readyz", "").starts_with("HTTP/1.1 200 OK\r\n"));
        gateway.signal("HUP"); // ends nothing
        assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 200 OK\r\n"));
        gateway.signal(signal);
        let (code, rest) = gateway.end();
        assert_eq!(code, Some(0), "{signal}");
        // Requests to try, each of them a whole command.
        let tries: Vec<_> = rest.lines().filter(|line| line.contains("curl")).collect();
        assert!(
            tries.len() >= 5
                && tries
                    .iter()
                    .all(|line| line.contains(&format!("http://{api}/v1/"))),
            "{rest}"
        );
        assert!(TcpStream::connect(api).is_err());
    }
}

#[test]
fn every_request_to_try_works() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    let mut gateway = Serving::start(program(folder.path(), &[]));
    let api = gateway.address("API");
    let mut line = String::new();
    let mut tried = 0;
    // The list ends with the examples of the last connection.
    while tried < 10 && gateway.out.read_line(&mut line).unwrap() > 0 {
        if let Some((_, path)) = line.split_once(&format!("http://{api}")) {
            let path = path.trim().trim_end_matches('\'');
            assert!(get(api, path, "").starts_with("HTTP/1.1 200 OK\r\n"), "{path}");
            tried += 1;
        }
        line.clear();
    }
    assert_eq!(tried, 10);
}

#[test]
fn a_request_in_flight_is_cut_off_at_the_end_of_the_drain() {
    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\ndrain_timeout = \"50ms\"\n\
         [auth]\nmode = \"required\"\n[[clients]]\nname = \"a\"\nkey_sha256 = [{:?}]\nscopes = [\"read\"]\nconnections = [\"*\"]\n\
         [connections.bland]\nprovider = \"bland\"\nbase_url = \"http://{}\"\napi_key = \"env:THE_KEY\"\n",
        hash("k"),
        provider.local_addr().unwrap()
    );
    fs::write(folder.path().join("other.toml"), config).unwrap();
    let mut command = program(folder.path(), &[]);
    command
        .env("THE_KEY", "x")
        .env("SWITCHBOARD_CONFIG", "other.toml");
    let mut gateway = Serving::start(command);
    let api = gateway.address("API");
    let mut socket = TcpStream::connect(api).unwrap();
    write!(
        socket,
        "GET /v1/numbers HTTP/1.1\r\nhost: {api}\r\nx-api-key: k\r\n\r\n"
    )
    .unwrap();
    // The provider has it, and says nothing.
    let (mut held, _) = provider.accept().unwrap();
    assert!(held.read(&mut [0; 16]).unwrap() > 0);
    gateway.signal("TERM");
    let mut answer = Vec::new();
    // Reset or closed: either way without an answer.
    socket.read_to_end(&mut answer).ok();
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(gateway.end().0, Some(0));
}

#[test]
fn without_a_terminal_nobody_gets_the_demonstration_unasked() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["serve"]] {
        let mut refused = Serving::with_log(program(folder.path(), arguments));
        let mut line = String::new();
        refused.out.read_line(&mut line).unwrap();
        assert_eq!(line, "", "it serves");
        let mut why = String::new();
        let log = refused.child.stderr.take();
        log.unwrap().read_to_string(&mut why).unwrap();
        assert!(why.contains("--demo") && why.contains("--config"), "{why}");
        assert_eq!(refused.end().0, Some(1));
    }
}

#[test]
fn the_demonstration_says_that_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    // Its ports are fixed; where another program has them it has to say so.
    let free = ["127.0.0.1:8080", "127.0.0.1:9090"].map(|address| TcpListener::bind(address).is_ok());
    let mut command = program(folder.path(), &["serve", "--demo"]);
    if free == [true, true] {
        let mut gateway = Serving::with_log(command);
        let mut log = BufReader::new(gateway.child.stderr.take().unwrap());
        let mut said = String::new();
        log.read_line(&mut said).unwrap();
        assert!(said.contains("every provider is simulated"), "{said}");
        assert_eq!(gateway.address("API"), ([127, 0, 0, 1], 8080).into());
        assert_eq!(gateway.address("admin"), ([127, 0, 0, 1], 9090).into());
        assert!(get(([127, 0, 0, 1], 8080).into(), "/v1/numbers", "").starts_with("HTTP/1.1 200 OK\r\n"));
    } else {
        let refused = command.output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("cannot listen on 127.0.0.1:"),
            "{}",
            text(&refused.stderr)
        );
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[server]\nlisten = \"{taken}\"\nadmin_listen = \"127.0.0.1:0\"\n{}",
        demo_connections()
    );
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let refused = run(folder.path(), &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains(&format!("cannot listen on {taken}")),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn the_sandbox_alone_prints_its_credentials_and_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = Serving::start(program(folder.path(), &["sandbox", "--listen", "127.0.0.1:0"]));
    let address = sandbox.address("http://");
    let refused = get(address, "/v1/sms/numbers", "authorization: wrong\r\n");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(get(address, "/v1/sms/numbers", "authorization: sandbox\r\n").starts_with("HTTP/1.1 200"));
    sandbox.signal("TERM");
    let (code, rest) = sandbox.end();
    assert_eq!(code, Some(0));
    for part in ["twilio", "SKsandbox", "bland", "sandbox"] {
        assert!(rest.contains(part), "{rest}");
    }
    let elsewhere = run(folder.path(), &["sandbox", "--listen", "192.0.2.1:0"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(
        text(&elsewhere.stderr).contains("loopback"),
        "{}",
        text(&elsewhere.stderr)
    );
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(folder.path(), &[]);
    command.stderr(writer);
    let mut gateway = Serving::with_log(command);
    let api = gateway.address("API");
    assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 200 OK\r\n"));
    gateway.signal("TERM");
    assert_eq!(gateway.end().0, Some(0));
}

#[test]
fn before_it_drains_it_is_not_ready_and_answers_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let config = sandbox_config("").replace("drain_delay = \"0s\"", "drain_delay = \"1h\"");
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut gateway = Serving::start(program(folder.path(), &[]));
    let (api, admin) = (gateway.address("API"), gateway.address("admin"));
    gateway.signal("TERM");
    while get(admin, "/readyz", "").starts_with("HTTP/1.1 200") {}
    assert!(get(admin, "/readyz", "").starts_with("HTTP/1.1 503"));
    assert!(get(admin, "/livez", "").starts_with("HTTP/1.1 200"));
    assert!(get(api, "/v1/connections", "").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_connection_without_a_request_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        sandbox_config("drain_timeout = \"1h\"\nidle_timeout = \"1h\"\nheader_read_timeout = \"1h\"");
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut gateway = Serving::start(program(folder.path(), &[]));
    let api = gateway.address("API");
    let _silent = TcpStream::connect(api).unwrap();
    let mut idle = TcpStream::connect(api).unwrap();
    write!(idle, "HEAD /v1/connections HTTP/1.1\r\nhost: {api}\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        idle.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    gateway.signal("TERM");
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    assert_eq!(gateway.end().0, Some(0));
}
