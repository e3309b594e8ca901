//! What the reference and the schema say of each key is what the loader takes.

use super::super::form::{Form, Key};
use super::super::reference::SECTIONS;
use super::super::value::Zero;
use super::super::{ConfigError, connections};
use super::{ACME, SANDBOX, ZENITH, load};

/// A key where a file has it: text around a value, and the path that findings give it.
struct Spot {
    before: String,
    after: String,
    path: String,
}

impl Spot {
    fn errors(&self, value: &str) -> Vec<ConfigError> {
        let text = format!("{}{value}{}", self.before, self.after);
        load(&text).err().unwrap_or_default()
    }

    /// What the loader says of the key's own value.
    fn refusals(&self, value: &str) -> Vec<ConfigError> {
        let mut errors = self.errors(value);
        assert!(
            errors.iter().all(|error| error.key.is_some()),
            "{value}: {errors:?}"
        );
        errors.retain(|error| {
            let rest = error.key.as_deref().and_then(|key| key.strip_prefix(&self.path));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        });
        errors
    }

    /// A rule between keys is no matter of form.
    fn accepts(&self, value: &str) -> bool {
        let mut refusals = self.refusals(value).into_iter();
        refusals.all(|error| error.message.contains("without"))
    }

    fn refuses(&self, value: &str) -> bool {
        !self.refusals(value).is_empty()
    }
}

/// Every key of a table and of tables inside of it, with its spot.
fn spots(path: &str, keys: &[Key], around: &dyn Fn(&str) -> Spot) -> Vec<(Key, Spot)> {
    let mut found = Vec::new();
    for key in keys {
        let name = if path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{path}.{}", key.name)
        };
        if let Form::Table(inner) = key.form {
            found.extend(spots(&name, inner, around));
        }
        found.push((*key, around(&name)));
    }
    found
}

fn all() -> Vec<(Key, Spot)> {
    let mut found = Vec::new();
    for (section, form) in SECTIONS {
        let (keys, open, path) = match form {
            Form::Table(keys) => (*keys, format!("[{section}]\n"), format!("{section}.")),
            Form::Each(keys) => (*keys, format!("[[{section}]]\n"), format!("{section}[0].")),
            _ => panic!("{section}"),
        };
        found.extend(spots("", keys, &|name| Spot {
            before: format!("{open}{name} = "),
            after: format!("\n{SANDBOX}"),
            path: format!("{path}{name}"),
        }));
    }
    for profile in [&ACME, &ZENITH] {
        found.extend(spots("", &connections::keys(profile), &|name| Spot {
            before: format!("[connections.x]\nprovider = {:?}\n{name} = ", profile.provider),
            after: String::new(),
            path: format!("connections.x.{name}"),
        }));
    }
    // Two providers in one table are another matter.
    found.retain(|(key, _)| key.name != "provider");
    found
}

#[test]
fn a_form_has_the_bounds_of_the_loader() {
    for (key, spot) in all() {
        let (good, bad): (Vec<String>, Vec<String>) = match key.form {
            Form::Text(..) | Form::Time => (Vec::new(), ["5", "true", "[]"].map(Into::into).into()),
            Form::Flag => (
                ["true", "false"].map(Into::into).into(),
                ["1", "\"true\""].map(Into::into).into(),
            ),
            Form::Count(least, most) => (
                vec![least.to_string(), most.to_string()],
                vec![
                    (most + 1).to_string(),
                    least.checked_sub(1).map_or("-1".to_owned(), |n| n.to_string()),
                    "\"1\"".to_owned(),
                ],
            ),
            Form::Share(zero) => {
                let (mut good, mut bad) = (
                    vec!["1".to_owned(), "0.5".to_owned()],
                    vec!["1.5".to_owned(), "\"1\"".to_owned()],
                );
                let list = if zero == Zero::Allowed {
                    &mut good
                } else {
                    &mut bad
                };
                list.push("0".to_owned());
                (good, bad)
            }
            Form::Duration(zero) => {
                let mut good: Vec<String> = ["\"1ms\"", "\"720h\""].map(Into::into).into();
                let mut bad: Vec<String> = ["\"721h\"", "5", "\"5\"", "\"5 s\"", "\"1d\""]
                    .map(Into::into)
                    .into();
                let list = if zero == Zero::Allowed {
                    &mut good
                } else {
                    &mut bad
                };
                list.extend(["0", "\"0\"", "\"0s\""].map(Into::into));
                (good, bad)
            }
            Form::Size(least, most) => (
                vec![format!("\"{least}B\""), format!("\"{most}B\"")],
                vec![format!("\"{}B\"", most + 1), "\"1MB\"".to_owned(), "1".to_owned()],
            ),
            Form::Word(words) => (
                words.iter().map(|word| format!("{word:?}")).collect(),
                vec!["\"zz\"".to_owned()],
            ),
            Form::List(item, some) => {
                let word = |item: &Form| match item {
                    Form::Word(words) => Some(words.iter().map(|word| format!("[{word:?}]")).collect()),
                    _ => None,
                };
                let mut bad = vec!["\"text\"".to_owned(), "[5]".to_owned()];
                bad.extend(some.then(|| "[]".to_owned()));
                (word(item).unwrap_or_default(), bad)
            }
            Form::Table(_) => (Vec::new(), vec!["5".to_owned()]),
            Form::Each(_) => (Vec::new(), Vec::new()),
        };
        for value in good {
            assert!(
                spot.accepts(&value),
                "{} = {value}: {:?}",
                spot.path,
                spot.errors(&value)
            );
        }
        for value in bad {
            assert!(spot.refuses(&value), "{} = {value}", spot.path);
        }
    }
}

#[test]
fn the_forms_name_every_key_and_no_other() {
    let odd = "zzzzzzzzzzzzzzzz";
    let known = |text: &str| -> Vec<String> {
        let errors = load(text).err().unwrap_or_default();
        let lists = errors
            .iter()
            .filter_map(|error| error.fix.as_deref()?.strip_prefix("known here: "));
        let mut names: Vec<String> = lists
            .flat_map(|list| list.split(", "))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names
    };
    let named = |keys: &[Key]| {
        let mut names: Vec<String> = keys.iter().map(|key| key.name.to_owned()).collect();
        names.sort_unstable();
        names
    };
    let mut sections = named(
        &SECTIONS
            .iter()
            .map(|(name, form)| Key::new(name, *form))
            .collect::<Vec<_>>(),
    );
    sections.push("connections".to_owned());
    sections.sort_unstable();
    assert_eq!(known(&format!("{odd} = 1\n{SANDBOX}")), sections);
    for (key, spot) in all() {
        if let Form::Table(keys) = key.form {
            assert_eq!(
                known(&format!("{}{{ {odd} = 1 }}{}", spot.before, spot.after)),
                named(keys),
                "{}",
                spot.path
            );
        }
    }
    for (section, form) in SECTIONS {
        let (Form::Table(keys) | Form::Each(keys)) = form else {
            panic!("{section}")
        };
        let header = if matches!(form, Form::Each(_)) {
            format!("[[{section}]]")
        } else {
            format!("[{section}]")
        };
        assert_eq!(
            known(&format!("{header}\n{odd} = 1\n{SANDBOX}")),
            named(keys),
            "{section}"
        );
    }
    for profile in [&ACME, &ZENITH] {
        let text = format!("[connections.x]\nprovider = {:?}\n{odd} = 1\n", profile.provider);
        assert_eq!(
            known(&text),
            named(&connections::keys(profile)),
            "{}",
            profile.provider
        );
    }
}
