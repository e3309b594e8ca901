//! What a route is: a path, and what its methods take and give. The table of all routes is in
//! [`super::routes`]; requests are matched against it and the description of the API is made from it.

use http::Method;
use layers::Permission;
use model::{Operation, Result};

use super::endpoint::Endpoint;
use super::input::Input;
use crate::gateway::Gateway;

/// One path of the API.
#[derive(Debug)]
pub struct Route {
    /// Its template; a segment in braces is variable.
    pub template: &'static str,
    /// Whether it is served without a credential.
    pub public: bool,
    /// What can be done with it.
    pub actions: &'static [Action],
}

/// One method of a path.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The method; `HEAD` goes with `GET`.
    pub verb: Verb,
    /// Its name in metrics and in the API's description.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The provider's operation behind it, if there is one.
    pub operation: Option<Operation>,
    /// What a client needs for it.
    pub permission: Permission,
    /// Parameters in the query.
    pub query: &'static [Query],
    /// The body that it takes.
    pub takes: Option<Takes>,
    /// The answer that it gives.
    pub gives: Gives,
    /// Reads path and query.
    pub parse: Parse,
}

/// Reads the path and the query of a request.
pub type Parse = fn(&mut Input<'_>, &Gateway) -> Result<Endpoint>;

/// A method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A parameter in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Query {
    Connection,
    ServiceId,
    Status,
    UserNumber,
    AgentNumber,
    CreatedAfter,
    CreatedBefore,
    Channel,
    Effective,
    Linked,
    Limit,
    Cursor,
    Include,
}

/// A body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A whole webhook, to be made or to take the place of another.
    Webhook,
    /// A change of a webhook.
    WebhookPatch,
    /// How to deliver again; may be left out.
    Redelivery,
    /// A request to explain.
    Question,
}

/// A successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// A page of resources of this schema.
    Page(&'static str),
    /// One of them.
    One(&'static str),
    /// One that was made: 201 with `Location`.
    Created(&'static str),
    /// One that took the place of another (200), or was made (201).
    Placed(&'static str),
    /// 204.
    Nothing,
    /// A document about the gateway itself, of one of these media types.
    Document(&'static [&'static str]),
}

/// The parameters of a list that has no filter.
pub const PAGE: &[Query] = &[Query::Limit, Query::Cursor, Query::Include];
/// The parameters of one resource.
pub const ONE: &[Query] = &[Query::Include];

impl Action {
    /// Reads something from a provider.
    pub const fn read(operation: Operation, summary: &'static str, gives: Gives, parse: Parse) -> Self {
        Self {
            verb: Verb::Get,
            name: operation.name(),
            summary,
            operation: Some(operation),
            permission: Permission::Read,
            query: match gives {
                Gives::Page(_) => PAGE,
                _ => ONE,
            },
            takes: None,
            gives,
            parse,
        }
    }

    /// Changes something at a provider.
    pub const fn write(
        verb: Verb,
        operation: Operation,
        summary: &'static str,
        takes: Option<Takes>,
        gives: Gives,
        parse: Parse,
    ) -> Self {
        Self {
            verb,
            name: operation.name(),
            summary,
            operation: Some(operation),
            permission: Permission::Write,
            query: match gives {
                Gives::Nothing => &[],
                _ => ONE,
            },
            takes,
            gives,
            parse,
        }
    }

    /// Tells something about the gateway itself.
    pub const fn own(name: &'static str, summary: &'static str, gives: Gives, parse: Parse) -> Self {
        Self {
            verb: Verb::Get,
            name,
            summary,
            operation: None,
            permission: Permission::Read,
            query: &[],
            takes: None,
            gives,
            parse,
        }
    }

    /// By another method than `GET`, with a body.
    #[must_use]
    pub const fn by(self, verb: Verb, takes: Takes) -> Self {
        Self {
            verb,
            takes: Some(takes),
            ..self
        }
    }

    /// With these parameters in the query.
    #[must_use]
    pub const fn query(self, query: &'static [Query]) -> Self {
        Self { query, ..self }
    }

    /// For clients with this permission.
    #[must_use]
    pub const fn for_whom(self, permission: Permission) -> Self {
        Self { permission, ..self }
    }
}

impl Verb {
    /// Its name, and that of what goes with it.
    pub const fn methods(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Of a request's method.
    pub fn of(method: &Method) -> Option<Self> {
        Some(match *method {
            Method::GET | Method::HEAD => Self::Get,
            Method::POST => Self::Post,
            Method::PUT => Self::Put,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            _ => return None,
        })
    }
}

impl Takes {
    /// The media types that it can have. A merge patch may call itself plain JSON, since that is what everybody
    /// means by it.
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Webhook | Self::Redelivery | Self::Question => &["application/json"],
            Self::WebhookPatch => &["application/merge-patch+json", "application/json"],
        }
    }
}

impl Gives {
    /// The media types that it can have.
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Document(media_types) => media_types,
            _ => &["application/json"],
        }
    }
}

impl Query {
    /// Every one of them.
    pub const ALL: [Self; 13] = [
        Self::Connection,
        Self::ServiceId,
        Self::Status,
        Self::UserNumber,
        Self::AgentNumber,
        Self::CreatedAfter,
        Self::CreatedBefore,
        Self::Channel,
        Self::Effective,
        Self::Linked,
        Self::Limit,
        Self::Cursor,
        Self::Include,
    ];

    /// Its name in a query.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::ServiceId => "service_id",
            Self::Status => "status",
            Self::UserNumber => "user_number",
            Self::AgentNumber => "agent_number",
            Self::CreatedAfter => "created_after",
            Self::CreatedBefore => "created_before",
            Self::Channel => "channel",
            Self::Effective => "effective",
            Self::Linked => "linked",
            Self::Limit => "limit",
            Self::Cursor => "cursor",
            Self::Include => "include",
        }
    }
}

impl Route {
    /// What the method does here.
    pub fn action(&self, method: &Method) -> Option<&'static Action> {
        let verb = Verb::of(method)?;
        self.actions.iter().find(|action| action.verb == verb)
    }

    /// The methods of those actions that pass, as `Allow` has them.
    pub fn allow(&self, passes: impl Fn(&Action) -> bool) -> String {
        let verbs = self.actions.iter().filter(|action| passes(action));
        let mut allow: Vec<_> = verbs.map(|action| action.verb.methods()).collect();
        allow.push("OPTIONS");
        allow.join(", ")
    }
}
