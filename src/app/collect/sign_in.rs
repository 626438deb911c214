//! How to sign in, as a user writes it down: secrets are named by where they are, never written out.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use crate::collect::{
    Certificate, CollectError, Credential, ErrorKind, IdentitySource, SecretSlice, SecretString,
};

/// Where a secret is.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretSource {
    /// An environment variable: `env:NAME`.
    Environment(String),
    /// Standard input: `-`.
    Stdin,
    /// A file.
    File(PathBuf),
    /// Here, given by a program.
    Given(SecretString),
}

/// Somebody may have typed the secret itself in place of a file's name: nothing of it is shown.
impl fmt::Debug for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.place())
    }
}

impl FromStr for SecretSource {
    type Err = CollectError;

    fn from_str(text: &str) -> Result<SecretSource, CollectError> {
        match (text, text.strip_prefix("env:")) {
            ("", _) | (_, Some("")) => {
                Err(usage("a secret is named by where it is: env:NAME, a file, or - for standard input"))
            }
            ("-", _) => Ok(SecretSource::Stdin),
            (_, Some(name)) => Ok(SecretSource::Environment(name.to_owned())),
            (file, None) => Ok(SecretSource::File(PathBuf::from(file))),
        }
    }
}

impl TryFrom<String> for SecretSource {
    type Error = CollectError;

    fn try_from(text: String) -> Result<SecretSource, CollectError> {
        text.parse()
    }
}

impl SecretSource {
    const fn place(&self) -> &'static str {
        match self {
            SecretSource::Environment(_) => "an environment variable",
            SecretSource::Stdin => "standard input",
            SecretSource::File(_) => "a file",
            SecretSource::Given(_) => "given",
        }
    }

    /// Reads it. White space around it is none of it: editors end files with a line end.
    fn read(&self, what: &str, folder: &Path) -> Result<SecretString, CollectError> {
        let text = match self {
            SecretSource::Given(secret) => return Ok(secret.clone()),
            SecretSource::Environment(name) => std::env::var(name).map_err(|_| {
                usage(&format!(
                    "the {what} is not there: the environment variable that was named has no text"
                ))
            })?,
            SecretSource::Stdin => {
                let mut text = String::new();
                let read = io::stdin().take(LARGEST).read_to_string(&mut text);
                read.map(|_| text).map_err(|error| unread(what, "standard input", &error))?
            }
            SecretSource::File(path) => {
                let read = fs::read_to_string(folder.join(path));
                read.map_err(|error| unread(what, "the file that was named for it", &error))?
            }
        };
        let text = Zeroizing::new(text);
        match text.trim_start_matches('\u{FEFF}').trim() {
            "" => Err(usage(&format!("the {what} is empty"))),
            secret => Ok(secret.into()),
        }
    }
}

const LARGEST: u64 = 1 << 20;

fn unread(what: &str, place: &str, error: &io::Error) -> CollectError {
    // Without the name: it may be the secret itself, typed in the place of a name.
    usage(&format!("the {what} cannot be read from {place}: {error}"))
}

fn usage(text: &str) -> CollectError {
    CollectError::new(ErrorKind::Usage, text)
}

/// How to sign in to a tenant: one way of these.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SignIn {
    /// The app's id; of a managed identity, which one.
    pub client_id: Option<String>,
    /// The app's certificate with its key: PEM or PFX.
    pub certificate: Option<PathBuf>,
    /// Its key, where it is in another PEM file.
    pub key: Option<PathBuf>,
    /// The password of a PFX.
    pub certificate_password: Option<SecretSource>,
    /// The app's secret.
    pub client_secret: Option<SecretSource>,
    /// A token that somebody else got.
    pub token: Option<SecretSource>,
    /// As the identity that Azure gives this machine.
    pub managed_identity: bool,
    /// As a person, who types a code into a browser.
    pub device_code: bool,
}

impl SignIn {
    /// The credential. Files are looked for from that folder on; `show` tells a person what to do.
    pub fn credential(
        &self,
        folder: &Path,
        show: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Credential, CollectError> {
        let ways = [
            self.certificate.is_some(),
            self.client_secret.is_some(),
            self.token.is_some(),
            self.managed_identity,
            self.device_code,
        ];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err(usage(
                "say how to sign in, in one way: certificate, client secret, token, managed identity or device code",
            ));
        }
        if (self.key.is_some() || self.certificate_password.is_some()) && self.certificate.is_none() {
            return Err(usage("a key or a password without a certificate signs nobody in"));
        }
        let app = || {
            let id = self.client_id.clone().filter(|id| !id.trim().is_empty());
            id.ok_or_else(|| usage("the id of the app is missing (client id): Entra, App registrations"))
        };
        if let Some(file) = &self.certificate {
            let certificate = Box::new(self.read_certificate(file, folder)?);
            return Ok(Credential::Certificate { client_id: app()?, certificate });
        }
        if let Some(secret) = &self.client_secret {
            return Ok(Credential::Secret {
                client_id: app()?,
                secret: secret.read("client secret", folder)?,
            });
        }
        if let Some(token) = &self.token {
            return Ok(Credential::Token(token.read("token", folder)?));
        }
        if self.device_code {
            return Ok(Credential::DeviceCode { client_id: app()?, show: Box::new(show) });
        }
        let source = IdentitySource::from_environment()?;
        Ok(Credential::ManagedIdentity { client_id: self.client_id.clone(), source })
    }

    fn read_certificate(&self, file: &Path, folder: &Path) -> Result<Certificate, CollectError> {
        let read = |file: &Path| {
            let path = folder.join(file);
            fs::read(&path).map_err(|error| usage(&format!("{} cannot be read: {error}", path.display())))
        };
        let mut bytes = Zeroizing::new(read(file)?);
        if let Some(key) = &self.key {
            bytes.push(b'\n');
            bytes.extend_from_slice(&Zeroizing::new(read(key)?));
        }
        let password = self.certificate_password.as_ref();
        let password =
            password.map(|password| password.read("password of the certificate", folder)).transpose()?;
        Certificate::read(&SecretSlice::from(bytes.to_vec()), password.as_ref())
    }
}
