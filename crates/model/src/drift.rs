//! What a decoder noticed that the schema does not know. Field paths only, never values.

use crate::scan;

/// The neutral resources that drift is reported for.
pub const RESOURCES: [&str; 5] = ["service", "conversation", "webhook", "webhook_delivery", "number"];

/// How an answer differs from what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DriftKind {
    /// A field that the schema does not know.
    UnknownField,
    /// A field that was always there.
    MissingField,
    /// A known field with another type, or with text that is not of its form.
    TypeChanged,
    /// A value that an enum does not know.
    UnknownEnum,
}

impl DriftKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::UnknownField,
        Self::MissingField,
        Self::TypeChanged,
        Self::UnknownEnum,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownField => "unknown_field",
            Self::MissingField => "missing_field",
            Self::TypeChanged => "type_changed",
            Self::UnknownEnum => "unknown_enum",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finding {
    /// The neutral resource that was being read.
    pub resource: &'static str,
    /// The provider's field, `metadata[].send_type`.
    pub path: String,
    /// What is different.
    pub kind: DriftKind,
}

/// Collects the findings of one answer. Bounded, so that a hostile answer cannot fill memory.
#[derive(Debug)]
pub struct Drift {
    resource: &'static str,
    /// Where the present object is.
    path: String,
    findings: Vec<Finding>,
}

/// Findings kept of one answer.
const MAX_FINDINGS: usize = 64;
/// Characters kept of a name that the provider chose.
const MAX_NAME: usize = 64;

impl Drift {
    /// For an answer about the named resource.
    pub const fn new(resource: &'static str) -> Self {
        Self {
            resource,
            path: String::new(),
            findings: Vec::new(),
        }
    }

    /// Runs `read` one step deeper. `segment` is a field's name, or `[]` for the items of a list.
    pub fn below<T>(&mut self, segment: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let here = self.path.len();
        append(&mut self.path, segment);
        let value = read(self);
        self.path.truncate(here);
        value
    }

    /// Records a difference at a field of the present object; an empty name means the present place itself.
    /// The same difference in every item of a list is one finding.
    pub fn note(&mut self, field: &str, kind: DriftKind) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let mut path = self.path.clone();
        append(&mut path, field);
        let finding = Finding {
            resource: self.resource,
            path,
            kind,
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// What was found.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Adds a provider's field name, fit for a log line and a label.
fn append(path: &mut String, segment: &str) {
    if !path.is_empty() && !segment.is_empty() && segment != "[]" {
        path.push('.');
    }
    if segment.len() <= MAX_NAME && scan::all(segment.as_bytes(), |byte| matches!(byte, b' '..=b'~')) {
        path.push_str(segment);
        return;
    }
    let shown = segment.chars().take(MAX_NAME);
    path.extend(shown.map(|c| if c.is_control() { '\u{fffd}' } else { c }));
}
