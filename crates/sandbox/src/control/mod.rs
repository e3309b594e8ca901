//! What rules the sandbox itself, for whoever runs it in the same process; [`routes`] is the same for those
//! outside.

pub(crate) mod routes;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::fault::{Fault, Invalid, Listed};
use crate::site::Site;

/// A handle on a sandbox, which may outlive it.
#[derive(Clone)]
pub struct Control {
    site: Arc<Site>,
}

/// Why a rule was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It cannot be meant.
    Invalid(Invalid),
    /// There are too many already.
    Full,
}

impl Control {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self { site }
    }

    /// Adds a rule behind the others, and tells its id.
    ///
    /// # Errors
    /// For a rule that cannot be meant, and when there are 64 already.
    pub fn add(&self, fault: Fault) -> Result<Listed, Refused> {
        fault
            .check(&self.site.provider_names())
            .map_err(Refused::Invalid)?;
        self.site.rules.add(fault).ok_or(Refused::Full)
    }

    /// The rules that are left, in the order that they are tried.
    pub fn faults(&self) -> Vec<Listed> {
        self.site.rules.list()
    }

    /// Removes a rule; whether there was one of this id.
    pub fn remove(&self, id: u64) -> bool {
        self.site.rules.remove(id)
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.site.rules.clear();
    }

    /// Removes all rules and puts back the data of the start.
    pub fn reset(&self) {
        self.clear();
        self.site.reset();
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(formatter),
            Self::Full => formatter.write_str("there are as many rules as there may be"),
        }
    }
}

impl Error for Refused {}
