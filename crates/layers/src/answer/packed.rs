//! An answer as the store keeps it. What other replicas are to serve must be all of it: status, headers, tag and
//! the end that it has when it is stale.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Answer, Draft, JSON, NO_CACHE, NO_STORE, StaleTail};
use crate::pack::{Packer, Unpacker, known};

const VERSION: u8 = 1;
/// Media types of answers that are kept.
const CONTENT_TYPES: [&str; 1] = [JSON];
const CACHE_CONTROLS: [&str; 2] = [NO_CACHE, NO_STORE];

impl Answer {
    /// All of it in bytes; nothing if it is none to be kept.
    pub(crate) fn pack(&self) -> Option<Vec<u8>> {
        let Draft {
            status,
            content_type,
            ref body,
            // Its tag is there already.
            neutral: _,
            ref headers,
            cache_control,
            cacheable,
            ref stale,
        } = self.draft;
        let is_known = known(&CONTENT_TYPES, content_type.as_bytes()).is_some()
            && known(&CACHE_CONTROLS, cache_control.as_bytes()).is_some();
        if !cacheable || !is_known {
            return None;
        }
        let mut packer = Packer::new(VERSION);
        packer
            .number(u64::from(status.as_u16()))
            .bytes(content_type)
            .bytes(cache_control)
            .bytes(self.tag.as_bytes())
            .list(headers, |packer, (name, value)| {
                packer.bytes(name).bytes(value);
            })
            .bytes(body)
            .option(stale.as_ref(), |packer, tail| {
                packer.number(tail.at as u64).bytes(&tail.bytes);
            });
        Some(packer.finish())
    }

    /// The answer that was packed; nothing if these bytes are none.
    pub(crate) fn unpack(bytes: impl Into<Bytes>) -> Option<Self> {
        let mut packed = Unpacker::new(VERSION, bytes)?;
        let status = StatusCode::from_u16(u16::try_from(packed.number()?).ok()?).ok()?;
        let content_type = known(&CONTENT_TYPES, &packed.bytes()?)?;
        let cache_control = known(&CACHE_CONTROLS, &packed.bytes()?)?;
        let tag = packed.text().filter(|tag| is_tag(tag))?;
        let headers = packed.list(header)?;
        let body = packed.bytes()?;
        let stale = packed.option(|packed| {
            let at = usize::try_from(packed.number()?).ok()?;
            let bytes = packed.bytes()?;
            (at <= body.len()).then_some(StaleTail { at, bytes })
        })?;
        let draft = Draft {
            status,
            content_type,
            body,
            neutral: None,
            headers,
            cache_control,
            cacheable: true,
            stale,
        };
        packed.finish(Self::tagged(draft, tag.into()))
    }
}

/// A header's name and value.
pub(crate) fn header(packed: &mut Unpacker) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(&packed.bytes()?).ok()?;
    let value = HeaderValue::from_maybe_shared(packed.bytes()?).ok()?;
    Some((name, value))
}

/// What a quoted tag may be made of.
fn is_tag(tag: &str) -> bool {
    tag.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use proptest::{option, sample};

    use super::*;

    fn drafts() -> impl Strategy<Value = Draft> {
        let headers = prop::collection::vec(("[a-z][a-z-]{0,9}", "[ -~]{0,30}"), 0..4);
        let body = any::<Vec<u8>>();
        let stale = option::of((any::<sample::Index>(), any::<Vec<u8>>()));
        let neutral = option::of(any::<Vec<u8>>());
        (200_u16..300, headers, body, stale, neutral, any::<bool>()).prop_map(
            |(status, headers, body, stale, neutral, no_store)| Draft {
                status: StatusCode::from_u16(status).unwrap(),
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (name.try_into().unwrap(), value.try_into().unwrap()))
                    .collect(),
                stale: stale.map(|(at, bytes)| StaleTail {
                    at: at.index(body.len() + 1),
                    bytes: bytes.into(),
                }),
                neutral: neutral.map(Bytes::from),
                cache_control: if no_store { NO_STORE } else { NO_CACHE },
                ..Draft::json(body)
            },
        )
    }

    /// Everything that a client may come to see of it.
    fn seen(answer: &Answer) -> impl PartialEq + std::fmt::Debug + use<> {
        let form = |form: &super::super::Form| (form.body.clone(), form.etag.clone(), form.length.clone());
        (
            (
                answer.status(),
                answer.content_type().clone(),
                answer.cache_control().clone(),
            ),
            (
                answer.headers().to_vec(),
                answer.is_cacheable(),
                answer.tag().to_owned(),
            ),
            (form(answer.plain()), answer.gzip().map(form)),
        )
    }

    proptest! {
        #[test]
        fn comes_back_whole(draft in drafts()) {
            let answer = Arc::new(Answer::from(draft));
            let read = Arc::new(Answer::unpack(answer.pack().unwrap()).unwrap());
            prop_assert_eq!(seen(&answer), seen(&read));
            prop_assert_eq!(seen(&answer.stale()), seen(&read.stale()));
        }

        #[test]
        fn nothing_comes_of_a_part_of_it(
            draft in drafts(),
            at in any::<sample::Index>(),
            more in any::<u8>(),
        ) {
            let mut bytes = Answer::from(draft).pack().unwrap();
            prop_assert!(Answer::unpack(bytes[..at.index(bytes.len())].to_vec()).is_none());
            bytes.push(more);
            prop_assert!(Answer::unpack(bytes).is_none());
        }

        /// It may be an answer, but it ends, and what it is can be served.
        #[test]
        fn bytes_of_anybody_do_no_harm(mut bytes in any::<Vec<u8>>()) {
            bytes.insert(0, VERSION);
            if let Some(answer) = Answer::unpack(bytes) {
                drop(Arc::new(answer).stale());
            }
        }
    }

    #[test]
    fn what_is_not_to_be_kept_is_not_packed() {
        let draft = Draft::json("{}");
        let private = Draft {
            cacheable: false,
            ..draft.clone()
        };
        let page = Draft {
            content_type: "text/html",
            ..draft.clone()
        };
        let public = Draft {
            cache_control: "public",
            ..draft.clone()
        };
        assert!(Answer::from(draft).pack().is_some());
        for other in [private, page, public] {
            assert_eq!(Answer::from(other).pack(), None);
        }
    }
}
