//! The one place that decides whether a connection has an operation. Before any I/O.

use model::{Code, Error, Operation, Result, Support};

use crate::connection::Connection;

/// Passes what the connection's provider has, natively or emulated.
pub fn check(connection: &Connection, operation: Operation) -> Result<()> {
    let provider = &connection.provider;
    match connection.account.support(provider.profile(), operation) {
        Support::Native | Support::Emulated => Ok(()),
        Support::Disabled { key } => Err(Error::gateway(
            Code::UnsupportedByProvider,
            format!(
                "This is off until `connections.{}.{key}` turns it on.",
                connection.name
            ),
        )
        .on(&connection.name)),
        Support::Unsupported => Err(provider.unsupported(operation).on(&connection.name)),
    }
}
