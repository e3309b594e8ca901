//! Which file is the configuration, and reading it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Profile;
use toml::de::DeTable;
use zeroize::Zeroizing;

use super::context::{Context, Found};
use super::document::Document;
use super::problem::ConfigError;
use super::table::Table;
use super::{Config, limits};

/// The repository's `config.toml`: the default of all others, and a configuration of its own.
pub const SHIPPED: &str = include_str!("../../../../config.toml");

/// What the shipped file is called in messages when the copy inside the program is used.
const SHIPPED_NAME: &str = "config.toml inside the program";

/// The variable that names a file.
const VARIABLE: &str = "SWITCHBOARD_CONFIG";

/// The file that is used if none is named.
const USUAL: &str = "config.toml";

/// Reads configurations.
pub struct Loader<'a> {
    /// The providers that there are.
    pub profiles: &'a [&'static Profile],
    /// Looks an environment variable up; [`process_environment`] outside tests.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// What the command line says about the file.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// `--config`.
    pub named: Option<PathBuf>,
    /// `--demo`.
    pub demo: bool,
    /// Whether the shipped configuration may be used without `--demo`.
    pub shipped_unasked: bool,
}

/// A configuration and where it is from.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Its file; none if it is the copy inside the program.
    pub file: Option<PathBuf>,
    /// Everything that was read for it: its file, and those of secrets, certificates and keys that it names.
    pub files: Vec<PathBuf>,
    /// What an operator should know.
    pub warnings: Vec<ConfigError>,
}

/// A variable of the process, unless it is absent or not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the configuration loader")]
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Loader<'_> {
    /// Finds and reads the configuration, or says everything that is wrong with it.
    pub fn load(&self, lookup: &Lookup) -> Result<Loaded, Vec<ConfigError>> {
        match self.find(lookup, Path::new(USUAL))? {
            Some(path) => self.load_file(path),
            None => self.parse(SHIPPED_NAME, SHIPPED, Path::new(".")),
        }
    }

    /// Reads a text as if it were a file of that name in that folder.
    pub fn parse(&self, name: &str, text: &str, folder: &Path) -> Result<Loaded, Vec<ConfigError>> {
        let document = Document::parse(name, text)?;
        let defaults = parse_own(SHIPPED)?;
        let connection_defaults = parse_own(limits::DEFAULTS)?;
        let context = Context::new(
            &document,
            &defaults,
            &connection_defaults,
            self.environment,
            folder,
        );
        let config = Config::read(Table::root(&context), self.profiles);
        let Found {
            errors,
            warnings,
            files,
        } = context.finish();
        if errors.is_empty() {
            Ok(Loaded {
                config,
                file: None,
                files,
                warnings,
            })
        } else {
            Err(errors)
        }
    }

    /// The file to read; none for the shipped one. A file that somebody named has to be there.
    fn find(&self, lookup: &Lookup, usual: &Path) -> Result<Option<PathBuf>, Vec<ConfigError>> {
        if lookup.demo {
            return Ok(None);
        }
        let variable = || (self.environment)(VARIABLE).filter(|path| !path.is_empty());
        if let Some(named) = lookup.named.clone().or_else(|| variable().map(PathBuf::from)) {
            return Ok(Some(named));
        }
        if usual.exists() {
            return Ok(Some(usual.to_owned()));
        }
        if lookup.shipped_unasked {
            return Ok(None);
        }
        let missing = ConfigError::new(USUAL, "there is no such file, and no other was named");
        Err(vec![missing.fix(format!(
            "name one with --config or ${VARIABLE}, or try --demo"
        ))])
    }

    fn load_file(&self, path: PathBuf) -> Result<Loaded, Vec<ConfigError>> {
        let name = path.display().to_string();
        let unreadable = |error: io::Error| {
            let error = ConfigError::new(&name, format!("the file cannot be read: {error}"));
            vec![error.fix("name another with --config, or look at who may read it".to_owned())]
        };
        // Somebody may have written a secret into it.
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(unreadable)?);
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut loaded = self.parse(&name, &text, folder)?;
        loaded.files.push(path.clone());
        Ok(Loaded {
            file: Some(path),
            ..loaded
        })
    }
}

/// A text of the program's own. Tests parse both.
fn parse_own(text: &'static str) -> Result<DeTable<'static>, Vec<ConfigError>> {
    Document::parse(SHIPPED_NAME, text).map(|document| document.root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(lookup: &Lookup, variable: &str, usual: &Path) -> Result<Option<PathBuf>, Vec<ConfigError>> {
        let loader = Loader {
            profiles: &[],
            environment: &|name| (name == VARIABLE).then(|| variable.to_owned()),
        };
        loader.find(lookup, usual)
    }

    #[test]
    fn the_nearest_word_on_the_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (here, nowhere) = (folder.path().join("here"), folder.path().join("nowhere"));
        fs::write(&here, "").unwrap();
        let plain = Lookup::default();
        let named = Lookup {
            named: Some("a.toml".into()),
            ..plain.clone()
        };
        let demo = Lookup {
            demo: true,
            ..plain.clone()
        };
        let terminal = Lookup {
            shipped_unasked: true,
            ..plain.clone()
        };
        assert_eq!(find(&named, "b.toml", &here), Ok(Some("a.toml".into())));
        assert_eq!(find(&plain, "b.toml", &here), Ok(Some("b.toml".into())));
        assert_eq!(find(&plain, "", &here), Ok(Some(here.clone())));
        assert_eq!(find(&terminal, "", &here), Ok(Some(here.clone())));
        assert_eq!(find(&demo, "b.toml", &here), Ok(None));
        assert_eq!(find(&terminal, "", &nowhere), Ok(None));
        let refused = find(&plain, "", &nowhere).unwrap_err();
        assert!(refused[0].fix.as_deref().unwrap().contains("--demo"));
    }

    #[test]
    fn a_named_file_has_to_be_there_and_be_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        let loader = Loader {
            profiles: &[],
            environment: &|_| None,
        };
        let lookup = Lookup {
            named: Some(path.clone()),
            shipped_unasked: true,
            ..Lookup::default()
        };
        let missing = loader.load(&lookup).unwrap_err();
        assert!(
            missing[0].to_string().contains("a.toml: the file cannot be read"),
            "{missing:?}"
        );
        fs::write(&path, [0xff, 0xfe]).unwrap();
        let binary = loader.load(&lookup).unwrap_err();
        assert!(
            binary[0].message.starts_with("the file cannot be read"),
            "{binary:?}"
        );
    }
}
