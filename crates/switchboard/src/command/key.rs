//! `switchboard key`: a new API key. The key goes to the client, its hash into the configuration; nothing keeps
//! the key itself.

use std::process::ExitCode;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

/// By which people and secret scanners know one of our keys.
const PREFIX: &str = "sb_";

/// Makes a key and prints it, its hash and the table that they go into.
pub fn run() -> ExitCode {
    match make() {
        Ok(key) => super::print(&describe(&key), ExitCode::SUCCESS),
        Err(Unspecified) => ExitCode::FAILURE,
    }
}

fn make() -> Result<String, Unspecified> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)?;
    Ok(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)))
}

fn describe(key: &str) -> String {
    let hash = HEXLOWER.encode(digest(&SHA256, key.as_bytes()).as_ref());
    format!(
        "{key}\n\
         \n\
         This is the key, shown this one time: give it to the client, as `Authorization: Bearer <key>`.\n\
         Its SHA-256 is {hash}\n\
         and goes into the configuration:\n\
         \n\
         [[clients]]\n\
         name = \"my-client\"\n\
         key_sha256 = [\"{hash}\"]\n\
         scopes = [\"read\"]\n\
         connections = [\"*\"]\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_new_and_has_256_bits() {
        let (first, second) = (make().unwrap(), make().unwrap());
        assert_ne!(first, second);
        let random = first.strip_prefix(PREFIX).unwrap();
        assert_eq!(BASE64URL_NOPAD.decode(random.as_bytes()).unwrap().len(), 32);
    }

    #[test]
    fn the_table_is_toml_with_the_hash_of_the_key() {
        let text = describe("abc");
        let (_, table) = text.split_once("[[clients]]").unwrap();
        let table: toml::Table = table.parse().unwrap();
        assert_eq!(
            table["key_sha256"][0].as_str(),
            Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
    }
}
