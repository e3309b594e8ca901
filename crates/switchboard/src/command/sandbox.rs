//! `switchboard sandbox`: the provider simulator alone.

use std::fmt::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use sandbox::{Credential, Sandbox};
use tokio_util::sync::CancellationToken;

/// Serves until the process is ended, and says what it accepts.
pub fn run(listen: SocketAddr) -> Result<(), String> {
    super::block_on(async {
        let end = crate::serve::terminated()?;
        let accounts = sandbox::demo_accounts();
        let mut text = String::new();
        for account in &accounts {
            let accepted = match &account.credential {
                Credential::Basic { username, password } => {
                    format!(
                        "user name `{}`, password `{}`",
                        username.as_str(),
                        password.as_str()
                    )
                }
                Credential::Key(key) => format!("key `{}`", key.as_str()),
            };
            writeln!(text, "  {}: {accepted}", account.provider).map_err(|error| error.to_string())?;
        }
        let sandbox = Sandbox::bind(listen, accounts)
            .await
            .map_err(|error| format!("{listen}: {error}"))?;
        let head = format!(
            "sandbox listens on http://{} and accepts\n{text}",
            sandbox.local_addr()
        );
        if super::print(&head, ExitCode::SUCCESS) != ExitCode::SUCCESS {
            return Err("standard output cannot be written".to_owned());
        }
        let stop = CancellationToken::new();
        let serving = sandbox.serve(stop.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            () = end => {
                stop.cancel();
                serving.await;
            }
        }
        Ok(())
    })
}
