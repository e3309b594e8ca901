//! The end of a write as the store keeps it: an answer, or the error that left it in doubt. Every version of the
//! gateway reads it, so words stand for themselves and not for a place in a list of today's.

use bytes::Bytes;
use http::StatusCode;
use http::response::{Parts, Response};
use model::{Code, Error, FieldError, Origin, Place, ProviderFault, Result};

use crate::answer::header;
use crate::pack::{Packer, Unpacker, known};

/// How a write ended.
pub(super) type End = Result<(Parts, Bytes)>;

const VERSION: u8 = 1;
const ORIGINS: [Origin; 3] = [Origin::Client, Origin::Gateway, Origin::Provider];

/// RFC 9209, section 2.3.
const PROXY_ERRORS: [&str; 32] = [
    "dns_timeout",
    "dns_error",
    "destination_not_found",
    "destination_unavailable",
    "destination_ip_prohibited",
    "destination_ip_unroutable",
    "connection_refused",
    "connection_terminated",
    "connection_timeout",
    "connection_read_timeout",
    "connection_write_timeout",
    "connection_limit_reached",
    "tls_protocol_error",
    "tls_certificate_error",
    "tls_alert_received",
    "http_request_error",
    "http_request_denied",
    "http_response_incomplete",
    "http_response_header_section_size",
    "http_response_header_size",
    "http_response_body_size",
    "http_response_trailer_section_size",
    "http_response_trailer_size",
    "http_response_transfer_coding",
    "http_response_content_coding",
    "http_response_timeout",
    "http_upgrade_failed",
    "http_protocol_error",
    "proxy_internal_response",
    "proxy_internal_error",
    "proxy_configuration_error",
    "proxy_loop_detected",
];

/// All of it in bytes.
pub(super) fn pack(end: &End) -> Vec<u8> {
    let mut packer = Packer::new(VERSION);
    packer.option(end.as_ref().ok(), |packer, (head, body)| {
        let headers: Vec<_> = head.headers.iter().collect();
        packer
            .number(u64::from(head.status.as_u16()))
            .list(&headers, |packer, (name, value)| {
                packer.bytes(name).bytes(value);
            })
            .bytes(body);
    });
    packer.option(end.as_ref().err(), pack_error);
    packer.finish()
}

/// The end that was packed; nothing if these bytes are none.
pub(super) fn unpack(bytes: impl Into<Bytes>) -> Option<End> {
    let mut packed = Unpacker::new(VERSION, bytes)?;
    let answer = packed.option(|packed| {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(u16::try_from(packed.number()?).ok()?).ok()?;
        for (name, value) in packed.list(header)? {
            response.headers_mut().append(name, value);
        }
        Some((response.into_parts().0, packed.bytes()?))
    })?;
    let error = packed.option(unpack_error)?;
    let end = match (answer, error) {
        (Some(answer), None) => Ok(answer),
        (None, Some(error)) => Err(error),
        _ => return None,
    };
    packed.finish(end)
}

fn pack_error(packer: &mut Packer, error: &Error) {
    let text = |packer: &mut Packer, text: &str| {
        packer.bytes(text);
    };
    packer
        .bytes(format!("{:?}", error.code()))
        .bytes(error.origin().as_str())
        .bytes(error.detail())
        .option(error.cause(), text)
        .option(error.connection(), |packer, name| text(packer, name.as_str()))
        .option(error.provider_fault(), |packer, fault| {
            packer
                .option(fault.status, |packer, status| {
                    packer.number(u64::from(status));
                })
                .option(fault.code.as_deref(), text)
                .option(fault.message.as_deref(), text)
                .option(fault.request_id.as_deref(), text);
        })
        .number(u64::from(error.is_retryable()))
        .option(error.wait(), |packer, wait| {
            packer
                .number(wait.as_secs())
                .number(u64::from(wait.subsec_nanos()));
        })
        .list(error.fields(), |packer, field| {
            let (is_pointer, place) = match &field.place {
                Place::Pointer(place) => (true, place),
                Place::Parameter(place) => (false, place),
            };
            packer
                .number(u64::from(is_pointer))
                .bytes(place)
                .bytes(&field.detail);
        })
        .option(error.allowed(), text)
        .option(error.proxy_word(), text)
        .number(u64::from(error.is_unsent()));
}

fn unpack_error(packed: &mut Unpacker) -> Option<Error> {
    let code = packed.text()?;
    let code = Code::ALL.into_iter().find(|known| format!("{known:?}") == code)?;
    let origin = packed.text()?;
    let origin = ORIGINS.into_iter().find(|known| known.as_str() == origin)?;
    let mut error = Error::new(code, origin, packed.text()?);
    if let Some(cause) = packed.option(Unpacker::text)? {
        error = error.caused_by(cause);
    }
    if let Some(name) = packed.option(|packed| packed.text()?.parse().ok())? {
        error = error.on(&name);
    }
    if let Some(fault) = packed.option(fault)? {
        error = error.fault(fault);
    }
    error = error.retryable(packed.flag()?);
    if let Some(wait) = packed.option(wait)? {
        error = error.retry_after(wait);
    }
    for FieldError { place, detail } in packed.list(field)? {
        error = error.at(place, detail);
    }
    if let Some(methods) = packed.option(Unpacker::text)? {
        error = error.allow(methods);
    }
    if let Some(word) = packed.option(|packed| known(&PROXY_ERRORS, &packed.bytes()?))? {
        error = error.proxy_error(word);
    }
    Some(if packed.flag()? { error.unsent() } else { error })
}

fn fault(packed: &mut Unpacker) -> Option<ProviderFault> {
    Some(ProviderFault {
        status: packed.option(|packed| u16::try_from(packed.number()?).ok())?,
        code: packed.option(Unpacker::text)?,
        message: packed.option(Unpacker::text)?,
        request_id: packed.option(Unpacker::text)?,
    })
}

fn wait(packed: &mut Unpacker) -> Option<std::time::Duration> {
    let (seconds, nanos) = (packed.number()?, u32::try_from(packed.number()?).ok()?);
    (nanos < 1_000_000_000).then(|| std::time::Duration::new(seconds, nanos))
}

fn field(packed: &mut Unpacker) -> Option<FieldError> {
    let is_pointer = packed.flag()?;
    let place = packed.text()?;
    Some(FieldError {
        place: if is_pointer {
            Place::Pointer(place)
        } else {
            Place::Parameter(place)
        },
        detail: packed.text()?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;
    use proptest::{option, sample};

    use super::*;

    fn errors() -> impl Strategy<Value = Error> {
        let fields = prop::collection::vec((any::<bool>(), any::<String>(), any::<String>()), 0..3);
        let fault = option::of((
            option::of(any::<u16>()),
            option::of(any::<String>()),
            option::of(any::<String>()),
            option::of(any::<String>()),
        ));
        let said = (
            any::<String>(),
            option::of(any::<String>()),
            option::of(any::<String>()),
            option::of(sample::select(PROXY_ERRORS.to_vec())),
        );
        let facts = (any::<bool>(), option::of(any::<Duration>()), any::<bool>());
        let what = (
            sample::select(Code::ALL.to_vec()),
            sample::select(ORIGINS.to_vec()),
        );
        let connection = option::of("[a-z][a-z0-9-]{0,31}");
        (what, said, facts, fields, fault, connection).prop_map(
            |((code, origin), (detail, cause, allow, word), (retryable, wait, unsent), fields, fault, on)| {
                let mut error = Error::new(code, origin, detail).retryable(retryable);
                if let Some(cause) = cause {
                    error = error.caused_by(cause);
                }
                if let Some(allow) = allow {
                    error = error.allow(allow);
                }
                if let Some(word) = word {
                    error = error.proxy_error(word);
                }
                if let Some(wait) = wait {
                    error = error.retry_after(wait);
                }
                if unsent {
                    error = error.unsent();
                }
                if let Some(name) = on.and_then(|name| name.parse().ok()) {
                    error = error.on(&name);
                }
                if let Some((status, code, message, request_id)) = fault {
                    let fault = ProviderFault {
                        status,
                        code,
                        message,
                        request_id,
                    };
                    error = error.fault(fault);
                }
                fields
                    .into_iter()
                    .fold(error, |error, (is_pointer, place, detail)| {
                        let place = if is_pointer {
                            Place::Pointer(place)
                        } else {
                            Place::Parameter(place)
                        };
                        error.at(place, detail)
                    })
            },
        )
    }

    fn answers() -> impl Strategy<Value = (Parts, Bytes)> {
        let headers = prop::collection::vec(("[a-z][a-z-]{0,9}", "[ -~]{0,30}"), 0..5);
        (200_u16..600, headers, any::<Vec<u8>>()).prop_map(|(status, headers, body)| {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                let name = HeaderName::try_from(name).unwrap();
                response
                    .headers_mut()
                    .append(name, HeaderValue::try_from(value).unwrap());
            }
            (response.into_parts().0, body.into())
        })
    }

    fn ends() -> impl Strategy<Value = End> {
        prop_oneof![errors().prop_map(Err), answers().prop_map(Ok)]
    }

    /// Everything that an error can be asked.
    fn facts(error: &Error) -> impl PartialEq + std::fmt::Debug + use<> {
        (
            (error.code(), error.origin(), error.detail().to_owned()),
            (error.cause().map(str::to_owned), error.connection().cloned()),
            (error.provider_fault().cloned(), error.fields().to_vec()),
            (error.is_retryable(), error.wait(), error.is_unsent()),
            (error.allowed().map(str::to_owned), error.proxy_word()),
        )
    }

    proptest! {
        #[test]
        fn comes_back_whole(end in ends()) {
            match (&end, unpack(pack(&end)).unwrap()) {
                (Ok((head, body)), Ok((read, same))) => {
                    prop_assert_eq!(head.status, read.status);
                    prop_assert_eq!(&head.headers, &read.headers);
                    prop_assert_eq!(body, &same);
                }
                (Err(error), Err(read)) => prop_assert_eq!(facts(error), facts(&read)),
                (end, read) => prop_assert!(false, "{:?} became {:?}", end, read),
            }
        }

        #[test]
        fn nothing_comes_of_a_part_of_it(end in ends(), at in any::<sample::Index>(), more in any::<u8>()) {
            let mut bytes = pack(&end);
            prop_assert!(unpack(bytes[..at.index(bytes.len())].to_vec()).is_none());
            bytes.push(more);
            prop_assert!(unpack(bytes).is_none());
        }

        /// It may be anything, but it ends.
        #[test]
        fn bytes_of_anybody_do_no_harm(mut bytes in any::<Vec<u8>>()) {
            drop(unpack(bytes.clone()));
            bytes.insert(0, VERSION);
            drop(unpack(bytes));
        }
    }

    #[test]
    fn a_claimed_length_is_not_believed() {
        let mut packer = Packer::new(VERSION);
        packer.number(1).number(200).number(u64::MAX);
        assert!(unpack(packer.finish()).is_none());
    }
}
