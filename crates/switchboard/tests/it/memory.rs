//! What is in the memory of a running gateway: each credential as often as it is in use, and no remains of how it
//! got there.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::rand;
use data_encoding::{BASE64, HEXLOWER};

use crate::rig::process::{Serving, program};
use crate::rig::{Authority, put, section};

const PAGE: usize = 4096;

/// A secret that is nowhere else. It is long, so that memory that it was freed from is not soon used again.
fn secret() -> String {
    let mut bytes = [0; 3000];
    rand::fill(&mut bytes).unwrap();
    HEXLOWER.encode(&bytes)
}

/// By which a secret is known, at a place from which base64 comes out the same as from the beginning.
fn part(secret: &str) -> &str {
    secret.get(999..1047).unwrap()
}

/// How often each of these texts is in the memory that a process has written.
fn copies(process: u32, texts: &[&[u8]]) -> io::Result<Vec<usize>> {
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut counts = vec![0; texts.len()];
    for region in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let (range, rest) = region.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (begin, end) = range.split_once('-').unwrap();
        let [mut at, end] = [begin, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut text = Vec::new();
        let mut page = [0; PAGE];
        while at < end {
            // What was given back in the meantime holds nothing.
            let read = memory.read_exact_at(&mut page, at).is_ok();
            at += PAGE as u64;
            // Pages that nobody has touched are many.
            if read && page != [0; PAGE] {
                text.extend_from_slice(&page);
            } else {
                count(&text, texts, &mut counts);
                text.clear();
            }
        }
        count(&text, texts, &mut counts);
    }
    Ok(counts)
}

fn count(memory: &[u8], texts: &[&[u8]], counts: &mut [usize]) {
    for (text, count) in texts.iter().zip(counts) {
        let starts = memory.windows(text.len());
        *count += starts.filter(|window| window == text).count();
    }
}

/// A gateway with a secret of every origin: in files, in the environment, in the configuration itself, and the key of its certificate.
fn start(folder: &Path, password: &str, literal: &str) -> Serving {
    let tls = section(folder, false);
    let config = format!(
        r#"
        [server]
        listen = "127.0.0.1:0"
        admin_listen = "127.0.0.1:0"
        secret = "file:server"
        {tls}
        [auth]
        mode = "required"
        [[clients]]
        name = "tester"
        key_sha256 = ["2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"]
        scopes = ["read"]
        connections = ["*"]
        [connections.twilio]
        provider = "twilio"
        base_url = "http://127.0.0.1:9"
        username = "file:user"
        password = "env:TEST_PASSWORD"
        [connections.bland]
        provider = "bland"
        base_url = "http://127.0.0.1:9"
        api_key = "file:key"
        [connections.sandbox]
        provider = "bland"
        base_url = "sandbox"
        api_key = "{literal}"
        "#
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    let mut command = program(folder, &[]);
    command.env("TEST_PASSWORD", password);
    Serving::start(command)
}

#[test]
fn a_secret_is_in_memory_only_where_it_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Authority::new("servers").server(2100);
    certificate.write(folder.path());
    let [user, password, key, server, literal] = [(); 5].map(|()| secret());
    for (name, secret) in [("user", &user), ("key", &key), ("server", &server)] {
        fs::write(folder.path().join(name), format!("{secret}\n")).unwrap();
    }
    let pair = BASE64.encode(part(&user).as_bytes());
    let (_, der) = certificate.der();
    // The number that is the key, in PKCS #8 of this curve.
    let private = &der.secret_der()[36..68];

    let mut serving = start(folder.path(), &password, &literal);
    serving.address("admin");
    let expected = [
        // The configuration.
        (part(&user).as_bytes(), 1),
        // Beside it the gateway, for the next configuration.
        (part(&server).as_bytes(), 2),
        // The configuration, the environment, and what is starred when a provider repeats it.
        (part(&password).as_bytes(), 3),
        // Beside the configuration what is starred, and the header that is sent.
        (part(&key).as_bytes(), 3),
        (pair.as_bytes(), 2),
        // Beside all three the sandbox and its keeper, but not the text of the file.
        (part(&literal).as_bytes(), 5),
        // The library has it in a form of its own.
        (private, 0),
    ];
    let found = match copies(serving.child.id(), &expected.map(|(secret, _)| secret)) {
        Ok(found) => found,
        // Nobody but root may look, which is better still.
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
            return;
        }
    };
    assert_eq!(found, expected.map(|(_, times)| times));

    // Another one in its place: nothing is left of the one before.
    let next = secret();
    put(folder.path(), "key", &next);
    let texts = [part(&next).as_bytes(), part(&key).as_bytes()];
    while copies(serving.child.id(), &texts).unwrap() != [3, 0] {}
}

#[test]
fn a_crash_leaves_no_image_of_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(program(folder.path(), &["sandbox", "--listen", "127.0.0.1:0"]));
    serving.address("listens");
    let limits = fs::read_to_string(format!("/proc/{}/limits", serving.child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let zeros = core.unwrap().split_whitespace().filter(|word| *word == "0");
    assert_eq!(zeros.count(), 2, "{limits}");
}
