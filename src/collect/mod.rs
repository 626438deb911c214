//! Exchange Online over HTTP: the endpoint behind the Exchange cmdlets.
//!
//! Microsoft does not document it for others, so this is a way that one must ask for. Three reads give everything, each
//! one paged call: the organisation's switch, the bypass associations, the mailboxes. Only what reads can be asked for.
//!
//! A read fails closed. What ends early, points elsewhere, or cannot be understood is an error, or makes the read
//! incomplete with a reason; it is never silently short. Rows are handed on page by page as JSON, as the service wrote
//! them, and none is kept.

mod answer;
mod body;
mod certificate;
mod client;
mod endpoint;
mod error;
mod retry;
mod sign_in;

pub use certificate::Certificate;
pub use client::{ExchangeClient, Reading, Rows};
pub use endpoint::{Cloud, Endpoint, Tenant};
pub use error::{CollectError, ErrorKind};
pub use retry::Limits;
pub use secrecy::{SecretSlice, SecretString};
pub use sign_in::{Credential, IdentitySource};
