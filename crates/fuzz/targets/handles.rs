//! What the gateway hands out and takes back: ids and cursors. An id stays in its segment of a path and means the same
//! when it is printed; a cursor that was not sealed here, for this list, opens nothing.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use data_encoding::BASE64URL_NOPAD;
use fuzz::split;
use libfuzzer_sys::fuzz_target;
use model::{
    Account, AccountScope, Body, ConnectionName, ConversationFilter, Exchange, NativeId, OptionValue,
    PageRequest, ResourceId, Result, path,
};
use percent_encoding::percent_decode_str;
use switchboard::cursor::{Cursor, Seal};

static SEAL: LazyLock<Seal> = LazyLock::new(|| Seal::new(b"secret"));

fuzz_target!(|data: &[u8]| {
    let (first, rest) = split(data, b'\n');
    let (Ok(first), Ok(rest)) = (std::str::from_utf8(first), std::str::from_utf8(rest)) else {
        return;
    };
    id(first);
    sealed(first, rest);
    tokens(first, rest);
});

fn id(text: &str) {
    for segment in [text, "."] {
        let path = path(["v1", segment]);
        let (_, written) = path.rsplit_once('/').expect("a path");
        assert!(path.is_ascii() && path.matches('/').count() == 2);
        assert!(
            !written.contains(['?', '#', '\\', ' ']) && ![".", ".."].contains(&written),
            "{written}"
        );
        assert_eq!(percent_decode_str(written).decode_utf8().as_deref(), Ok(segment));
    }
    match text.parse::<ResourceId>() {
        Ok(id) => {
            assert_eq!(id.to_string(), text);
            assert_eq!(
                text.split_once(':'),
                Some((id.connection.as_str(), id.native.as_str()))
            );
            for provider in providers::all() {
                assert!(provider.subject(&id.native).len() <= id.native.as_str().len());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn sealed(list: &str, text: &str) {
    assert!(SEAL.open(list, text).is_err(), "nobody has sealed it");
    let connection: ConnectionName = "acme".parse().expect("a name");
    let cursor = Cursor {
        connection,
        token: (!text.is_empty()).then(|| text.to_owned()),
    };
    let Ok(sealed) = SEAL.seal(list, &cursor) else {
        assert!(text.len() > 300);
        return;
    };
    assert_eq!(SEAL.open(list, &sealed).as_ref().ok(), Some(&cursor));
    assert!(SEAL.open(&format!("{list}x"), &sealed).is_err());
    assert!(Seal::new(b"other").open(list, &sealed).is_err());
    let mut bytes = BASE64URL_NOPAD
        .decode(sealed.as_bytes())
        .expect("a cursor is base64url");
    let at = list.len() % bytes.len();
    bytes[at] ^= 1;
    assert!(SEAL.open(list, &BASE64URL_NOPAD.encode(&bytes)).is_err());
}

/// Adapters see only tokens that were sealed; still nothing in one leads elsewhere.
fn tokens(id: &str, token: &str) {
    let page = &PageRequest {
        limit: 5,
        token: Some(token.to_owned()),
    };
    let native = id.parse::<NativeId>();
    for p in providers::all() {
        let account = &Arc::new(Account {
            connection: "acme".parse().expect("a name"),
            base_url: "https://api.example".to_owned(),
            options: BTreeMap::from([("list_dialect", OptionValue::Word("auto"))]),
        });
        asks(p.list_services(account, page));
        asks(p.list_conversations(account, &ConversationFilter::default(), page));
        asks(p.list_numbers(account, None, page));
        asks(p.list_numbers(account, Some(id), page));
        asks(p.list_scope_webhooks(account, &AccountScope::Account, page));
        let Ok(native) = &native else { continue };
        asks(p.list_conversation_webhooks(account, native, page));
        asks(p.list_effective_webhooks(account, native, page));
        asks(p.list_webhook_deliveries(account, native, page));
        asks(p.list_scope_webhooks(account, &AccountScope::Service(native.clone()), page));
        asks(p.get_conversation(account, native));
        asks(p.get_number(account, native));
        asks(p.get_service(account, native));
        asks(p.get_conversation_webhook(account, native, native));
        asks(p.get_webhook_delivery(account, native, native));
    }
    fn asks<T>(exchange: Result<Exchange<T>>) {
        let request = match exchange {
            Ok(exchange) => exchange.request,
            Err(error) => return assert!(error.code() != model::Code::Internal, "{error:?}"),
        };
        assert!(request.method == http::Method::GET && matches!(request.body, Body::Empty));
        let path = request.path.as_str();
        let uri: http::Uri = format!("https://api.example{path}").parse().expect("a path");
        assert_eq!(
            (uri.host(), uri.path(), uri.query()),
            (Some("api.example"), path, None)
        );
    }
}
