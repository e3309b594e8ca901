//! What every part of the gateway speaks: the neutral schema, ids, errors, JSON that loses nothing, and
//! the contract between the gateway and an adapter. No I/O, no clock, no runtime.

mod capability;
mod change;
mod connection;
mod conversation;
mod delivery;
mod drift;
mod error;
mod exchange;
mod extra;
mod id;
mod json;
mod number;
mod page;
mod profile;
mod provider;
mod read;
mod service;
mod time;
mod upstream;
mod view;
mod webhook;
mod word;

pub use capability::{Abilities, Capabilities, Operation, Support};
pub use change::{Faults, Patch, TargetChange, WebhookChange};
pub use connection::{Connection, Health};
pub use conversation::{ClosedReason, Conversation, ConversationFilter};
pub use delivery::{Attempt, Completeness, DeliveryStatus, ObservedBy, Outcome, WebhookDelivery};
pub use drift::{Drift, DriftKind, Finding, RESOURCES};
pub use error::{Code, Error, FieldError, Origin, Place, ProviderFault, Result};
pub use exchange::{Exchange, Progress, Reply};
pub use extra::{Extra, residue, restore};
pub use id::{ConnectionName, InvalidId, NativeId, ResourceId, path};
pub use json::{Json, Kind, Node, ParseError, Raw, Verbatim};
pub use number::{Agent, Number, Pathway};
pub use page::{MAX_LIMIT, Page, PageRequest};
pub use profile::{Account, AccountScope, OptionKind, OptionValue, Profile};
pub use provider::Provider;
pub use read::{Fields, integer, list, number, texts, typed};
pub use service::Service;
pub use time::Timestamp;
pub use upstream::{AuthScheme, Body, Path, Safety, UpstreamRequest, UpstreamResponse};
pub use view::{Redactions, Resource, redact_url};
pub use webhook::{Phase, Scope, ScopeType, Source, Target, Webhook};
pub use word::{Vocabulary, Word};
