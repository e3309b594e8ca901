//! From claims to a client: what a token permits, and what the configuration lets tokens permit.

use std::sync::Arc;

use model::ConnectionName;

use super::claims::Claims;
use crate::client::{Client, Permission, Permissions, Subject};

/// What tokens may permit at all.
#[derive(Debug)]
pub struct Grants {
    /// The claim with scopes.
    pub scopes_claim: String,
    /// The claim with connections.
    pub connections_claim: String,
    /// All clients that a token can be of, by name, and what it may do at most then.
    pub clients: Vec<Arc<Client>>,
    /// Every other token is of this one.
    pub other: Client,
}

impl Grants {
    /// Whom a token makes of its bearer. Scopes that are not ours and connections that are not there mean
    /// nothing; without the claims it permits nothing.
    pub(super) fn client(&self, claims: &Claims, subject: Subject) -> Client {
        // OpenID Connect and RFC 9068 have different names for the application that a token was issued to.
        let most = ["azp", "client_id"]
            .into_iter()
            .filter_map(|claim| claims.text(claim))
            .find_map(|name| self.clients.iter().find(|client| client.name == name))
            .map_or(&self.other, |client| &**client);
        let scopes = claims.words(&self.scopes_claim);
        let permissions = Permission::ALL
            .into_iter()
            .filter(|permission| scopes.contains(&permission.as_str()) && most.permissions.has(*permission))
            .fold(Permissions::default(), Permissions::with);
        let named = claims.words(&self.connections_claim);
        let chosen = |name: &&ConnectionName| named.iter().any(|word| *word == "*" || *word == name.as_str());
        Client {
            name: most.name.clone(),
            index: most.index,
            permissions,
            connections: most.connections.iter().filter(chosen).cloned().collect(),
            subject: Some(subject),
        }
    }
}
