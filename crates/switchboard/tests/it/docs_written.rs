//! Pages of `docs` that are made from the code, or repeat it, say what it says. `UPDATE_DOCS=1` writes those that are
//! made from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model::{Code, Operation, Support};
use switchboard::config::{Loader, reference, schema};
use switchboard::problem;

use crate::rig::Gateway;

fn compare(name: &str, written: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, written).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == written,
        "docs/{name} is out of date: UPDATE_DOCS=1 writes it"
    );
}

fn profiles() -> Vec<&'static model::Profile> {
    providers::all().map(|provider| provider.profile()).into()
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_reference_of_the_configuration_is_that_of_the_code() {
    compare("configuration.md", &reference(&profiles()));
    compare("config.schema.json", &format!("{:#}\n", schema(&profiles())));
}

/// A key that the shipped file does not explain would have an empty cell.
#[test]
fn every_key_of_the_configuration_is_explained() {
    let page = page("configuration.md");
    let is_row = |line: &&str| line.starts_with("| `");
    for row in page.lines().filter(is_row) {
        let name = row.split('`').nth(1).unwrap();
        let meaning = row.trim_end_matches(" |").rsplit('|').next().unwrap_or_default();
        let is_explained = !meaning.trim_matches([' ', '↻']).is_empty();
        // Of inline tables the table is explained; of those with a section of their own the section.
        assert!(
            is_explained || name.contains('.') || row.contains("see below"),
            "{row}"
        );
    }
    assert!(page.lines().filter(is_row).count() > 80);
}

#[test]
fn troubleshooting_says_what_the_gateway_says() {
    let page = page("troubleshooting.md");
    let mut statuses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for code in Code::ALL {
        statuses
            .entry(code.as_str())
            .or_default()
            .push(problem::status(code).as_u16().to_string());
    }
    for code in Code::ALL {
        let (title, description) = problem::describe(code);
        let name = code.as_str();
        let section = format!(
            "\n## `{name}`\n\n**{}** {title}. {description}\n\n",
            statuses[name].join(", ")
        );
        assert!(
            page.contains(&section),
            "not in docs/troubleshooting.md:{section}"
        );
    }
    assert_eq!(page.matches("\n## `").count(), statuses.len());
}

#[test]
fn the_page_about_providers_has_what_the_profiles_have() {
    let page = page("providers.md");
    let profiles = profiles();
    let heads: Vec<&str> = profiles.iter().map(|profile| profile.provider).collect();
    assert_eq!(heads, ["twilio", "bland"], "the order of the columns");
    for operation in Operation::ALL {
        let cells =
            profiles.iter().map(
                |profile| match profile.capabilities.of(operation, &BTreeMap::new()) {
                    Support::Disabled { key } => format!("disabled: `{key}`"),
                    support => support.as_str().to_owned(),
                },
            );
        let cells: Vec<String> = cells.collect();
        let row = format!("| `{}` | {} |", operation.name(), cells.join(" | "));
        assert!(page.contains(&row), "not in docs/providers.md: {row}");
    }
    for profile in &profiles {
        for (resource, fields) in profile.unsupported_fields {
            let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
            let row = format!("| {} | {resource} | {} |", profile.provider, fields.join(", "));
            assert!(page.contains(&row), "not in docs/providers.md: {row}");
        }
    }
}

/// Of the resources that the stand-ins have, to the last member.
#[tokio::test]
async fn the_page_about_providers_has_every_field() {
    let page = page("providers.md");
    let gateway = Gateway::demo().await;
    for path in [
        "conversations/bland:convo_abc123",
        "conversations/bland:convo_abc123/webhook-deliveries/220f37fb7642df38",
        "conversations/bland:convo_override/webhooks/number",
        "numbers/bland:sms:+14155552671",
        "services/twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let resource = gateway.get(&format!("/v1/{path}")).await.json();
        let members = resource.as_object().unwrap();
        let attempts = members
            .get("attempts")
            .and_then(|attempts| attempts[0].as_object());
        for name in members
            .keys()
            .chain(attempts.into_iter().flat_map(|attempt| attempt.keys()))
        {
            // The same of all resources, and made by the gateway itself; and the list, whose members count.
            let is_common = ["self", "connection", "provider", "extra", "attempts"].contains(&name.as_str());
            let is_there =
                page.contains(&format!("`{name}`")) || page.contains(&format!("attempts[].{name}`"));
            assert!(
                is_common || is_there,
                "{path}: {name} is not in docs/providers.md"
            );
        }
    }
    gateway.stop().await;
}

/// Every block of TOML can be part of a configuration.
#[test]
fn every_piece_of_configuration_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let profiles = profiles();
    let loader = Loader {
        profiles: &profiles,
        environment: &|name| {
            (name != "SWITCHBOARD_CONFIG").then(|| match name {
                "SWITCHBOARD_REDIS" => "redis://user:password@redis.internal:6379".to_owned(),
                _ => "only-a-test".to_owned(),
            })
        },
    };
    let mut found = 0;
    let paths = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.is_file()) {
        let text = fs::read_to_string(&path).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block
                .split("```")
                .next()
                .unwrap()
                .replace("<hash>", &"0".repeat(64));
            let whole = if block.contains("[connections.") {
                block
            } else {
                format!("{block}\n{}", crate::rig::demo_connections())
            };
            let outcome = loader.parse("page.toml", &whole, &folder);
            assert!(outcome.is_ok(), "{}: {:#?}", path.display(), outcome.err());
            found += 1;
        }
    }
    assert!(found > 4, "{found}");
}
