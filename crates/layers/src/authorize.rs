//! Once per request: whether this client may do this, on this connection. Answers 403 `forbidden`, naming the
//! scope or the connection that is missing.

use model::{Code, Error};

use crate::around::Around;
use crate::client::Permission;
use crate::context::Context;
use crate::{Request, Response};

/// Authorizes clients.
#[derive(Debug, Clone, Copy)]
pub struct Authorize;

impl Around<Request, Response, Error> for Authorize {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        match Context::of(request.extensions()).and_then(|context| refusal(context)) {
            Some(detail) => Err(Err(Error::client(Code::Forbidden, detail))),
            None => Ok(()),
        }
    }
}

/// Why the client may not do this. A public route has no client.
fn refusal(context: &Context) -> Option<String> {
    let (client, access) = (context.client.get()?, context.access.get()?);
    let needed = [
        Some(access.permission),
        access.sensitive.then_some(Permission::Sensitive),
    ];
    if let Some(missing) = needed
        .into_iter()
        .flatten()
        .find(|needed| !client.permissions.has(*needed))
    {
        return Some(format!(
            "This needs scope `{}`, which the client does not have.",
            missing.as_str()
        ));
    }
    let connection = access.connection.as_ref().filter(|name| !client.may_use(name))?;
    Some(format!("The client may not use connection `{connection}`."))
}
