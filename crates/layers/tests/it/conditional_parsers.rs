//! What clients write into `Accept-Encoding`, `If-None-Match` and `Cache-Control`.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use layers::cache::Directives;
use layers::conditional::{Tag, accepts_gzip, tags};
use layers::{Answer, Draft};
use proptest::collection::vec;
use proptest::prelude::*;

fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name.clone(), value);
        }
    }
    headers
}

fn gzip(value: &str) -> bool {
    accepts_gzip(&headers(&header::ACCEPT_ENCODING, &[value.as_bytes()]))
}

fn directives(value: &str) -> Directives {
    Directives::of(&headers(&header::CACHE_CONTROL, &[value.as_bytes()]))
}

#[test]
fn gzip_where_the_client_likes_it_no_less() {
    for yes in [
        "gzip",
        "GZip",
        "x-gzip",
        "*",
        "br, gzip",
        "gzip;q=0.001",
        "gzip ; Q=1.000",
        "*;q=0.5",
        "identity;q=0.5, gzip;q=0.5",
        "deflate,, gzip",
        "identity;q=0, *",
        "gzip;q=1.",
    ] {
        assert!(gzip(yes), "{yes}");
    }
    for no in [
        "",
        "br",
        "gzip;q=0",
        "gzip;q=0.000",
        "*, gzip;q=0",
        "identity, gzip;q=0.5",
        "identity;q=0",
        "gzip;q=2",
        "gzip;q=1.5",
        "gzip;q=0.0001",
        "gzip;q=x",
        "gzip;level=1",
        "gzipped",
        "*;q=0",
    ] {
        assert!(!gzip(no), "{no}");
    }
    assert!(
        accepts_gzip(&headers(&header::ACCEPT_ENCODING, &[b"br", b"gzip"])),
        "several lines"
    );
    assert!(!accepts_gzip(&HeaderMap::new()));
}

#[test]
fn tags_of_a_list() {
    let all = |value: &'static str| tags(value).collect::<Vec<_>>();
    assert_eq!(
        all(r#" "a", W/"b" ,,"c,d" "#),
        [Tag::Strong("a"), Tag::Weak("b"), Tag::Strong("c,d")]
    );
    assert_eq!(all(" * "), [Tag::Any]);
    assert_eq!(
        all(r#""a", *"#),
        [Tag::Strong("a")],
        "a star is no member of a list"
    );
    assert_eq!(all(r#"a, "b""#), []);
    assert_eq!(all(r#"w/"a""#), []);
    assert_eq!(all(r#""open"#), []);
    assert_eq!(all(r#""""#), [Tag::Strong("")]);
}

#[test]
fn directives_of_a_request() {
    let none = Directives::default();
    assert_eq!(
        directives("no-cache"),
        Directives {
            no_cache: true,
            ..none
        }
    );
    assert_eq!(
        directives("NO-STORE , x=1"),
        Directives {
            no_store: true,
            ..none
        }
    );
    assert_eq!(
        directives("only-if-cached,max-age=7"),
        Directives {
            only_if_cached: true,
            max_age: Some(7),
            ..none
        }
    );
    assert_eq!(directives("max-age=\"7\"").max_age, Some(7));
    assert_eq!(
        directives("max-age=9, max-age=7").max_age,
        Some(7),
        "the stricter one"
    );
    assert_eq!(directives("max-age=99999999999999999999").max_age, Some(u64::MAX));
    for odd in ["max-age", "max-age=", "max-age=-1", "max-age=+1", "max-age=x"] {
        assert_eq!(directives(odd).max_age, Some(0), "{odd}");
    }
    assert_eq!(directives("max-stale=5, no-cached, min-fresh=1"), none);
}

fn case() -> impl Strategy<Value = fn(&str) -> String> {
    prop_oneof![
        Just(str::to_lowercase as fn(&str) -> String),
        Just(str::to_uppercase as fn(&str) -> String)
    ]
}

proptest! {
    #[test]
    fn nothing_makes_a_parser_panic(lines in vec(vec(any::<u8>(), 0..40), 0..4), text in ".{0,60}") {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        for name in [&header::ACCEPT_ENCODING, &header::CACHE_CONTROL] {
            let headers = headers(name, &lines);
            accepts_gzip(&headers);
            Directives::of(&headers);
        }
        prop_assert!(tags(&text).count() <= text.len());
        let answer = Answer::from(Draft::json("{}"));
        let lines: Vec<_> = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
        prop_assert!(layers::conditional::held(&lines, &answer, true).is_none() || !lines.is_empty());
    }

    #[test]
    fn near_valid_values_do_not_either(text in "[a-z*;,=q01. \"W/-]{0,40}") {
        gzip(&text);
        directives(&text);
        prop_assert!(tags(&text).count() <= text.len());
    }

    #[test]
    fn a_written_list_of_tags_is_read_back(
        items in vec((any::<bool>(), "[!#-~]{0,12}"), 0..6),
        comma in "[ \t]{0,2},[ \t,]{0,2}",
    ) {
        let written: Vec<String> = items
            .iter()
            .map(|(weak, tag)| format!("{}\"{tag}\"", if *weak { "W/" } else { "" }))
            .collect();
        let expected: Vec<Tag<'_>> = items
            .iter()
            .map(|(weak, tag)| if *weak { Tag::Weak(tag) } else { Tag::Strong(tag) })
            .collect();
        let written = written.join(&comma);
        prop_assert_eq!(tags(&written).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn weights_decide(gzip_q in 0_u16..=1000, identity_q in 0_u16..=1000, first in any::<bool>(), case in case()) {
        let item = |name: &str, q: u16| format!("{};q={}.{:03}", case(name), q / 1000, q % 1000);
        let (left, right) = (item("gzip", gzip_q), item("identity", identity_q));
        let value = if first { format!("{left}, br,{right}") } else { format!("{right} ,{left}") };
        prop_assert_eq!(gzip(&value), gzip_q > 0 && gzip_q >= identity_q, "{}", value);
    }

    #[test]
    fn written_directives_are_read_back(
        no_cache in any::<bool>(),
        no_store in any::<bool>(),
        only_if_cached in any::<bool>(),
        max_age in proptest::option::of(any::<u64>()),
        case in case(),
    ) {
        let wanted = Directives { no_cache, no_store, max_age, only_if_cached };
        let written: Vec<String> = [
            no_cache.then(|| case("no-cache")),
            Some("extension=\"x\"".to_owned()),
            no_store.then(|| case("no-store")),
            max_age.map(|age| format!("{}={age}", case("max-age"))),
            only_if_cached.then(|| case("only-if-cached")),
        ]
        .into_iter()
        .flatten()
        .collect();
        prop_assert_eq!(directives(&written.join(", ")), wanted);
    }
}
