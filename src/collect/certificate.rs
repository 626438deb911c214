//! Signing in by certificate: what an app shows in place of a secret.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::error::{CollectError, ErrorKind};

/// How long an assertion holds: "5-10 minutes after nbf at most" (Microsoft, certificate credentials).
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A certificate with its private key.
pub struct Certificate {
    key: RsaKeyPair,
    /// SHA-256 of the certificate, as `x5t#S256` wants it.
    thumbprint: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Certificate({})", self.thumbprint)
    }
}

impl Certificate {
    /// Reads a certificate with its key: PEM (both in one text) or PFX, told apart by their content.
    pub fn read(
        bytes: &SecretSlice<u8>,
        password: Option<&SecretString>,
    ) -> Result<Certificate, CollectError> {
        let bytes = bytes.expose_secret();
        if bytes.windows(b"-----BEGIN".len()).any(|part| part == b"-----BEGIN") {
            return Certificate::from_pem(bytes);
        }
        Certificate::from_pfx(bytes, password.map_or("", |password| password.expose_secret()))
    }

    fn from_pem(pem: &[u8]) -> Result<Certificate, CollectError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
        let mut key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let encrypted = pem.windows(9).any(|part| part == b"ENCRYPTED");
            refused(if encrypted {
                "its private key is encrypted: give a PFX with its password, or decrypt the key (openssl pkcs8)"
            } else {
                "there is no private key in it: PEM needs the key and the certificate, in one file or in two"
            })
        })?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(refused(NOT_RSA)),
        };
        key.zeroize();
        Certificate::of(pair.map_err(|_| refused(NOT_RSA))?, certificates.iter().map(AsRef::as_ref))
    }

    fn from_pfx(pfx: &[u8], password: &str) -> Result<Certificate, CollectError> {
        let store = KeyStore::from_pkcs12(pfx, password, Pkcs12ImportPolicy::Relaxed).map_err(|_| {
            refused("it is no PEM, and no PFX that opens with this password (old MD5 schemes are not read)")
        })?;
        let Some((_, chain)) = store.private_key_chain() else {
            return Err(refused("there is no private key in it: export it with its key"));
        };
        let key = PrivatePkcs8KeyDer::from(chain.key().as_der());
        let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| refused(NOT_RSA))?;
        Certificate::of(pair, chain.certs().iter().map(|certificate| certificate.as_der()))
    }

    /// Takes the certificate of that key: it holds the public key, bit for bit.
    fn of<'c>(
        key: RsaKeyPair,
        mut certificates: impl Iterator<Item = &'c [u8]>,
    ) -> Result<Certificate, CollectError> {
        let public = key.public_key().as_ref();
        let found = certificates.find(|der| der.windows(public.len()).any(|part| part == public));
        let der = found.ok_or_else(|| refused("there is no certificate in it that belongs to the key"))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, der));
        Ok(Certificate { key, thumbprint })
    }

    /// The client assertion for that token endpoint, signed with PS256 (Microsoft, certificate credentials).
    pub(super) fn assertion(&self, client_id: &str, audience: &str) -> Result<SecretString, CollectError> {
        let now = jiff::Timestamp::now().as_second();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now,
            "iat": now,
            "exp": now + LIFETIME.as_secs() as i64,
        });
        let mut assertion = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), assertion.as_bytes(), &mut signature)
            .map_err(|_| refused("its key cannot sign"))?;
        assertion.push('.');
        assertion.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(assertion.into())
    }
}

/// Entra signs apps in with RSA alone; `ring` signs with keys of these sizes.
const NOT_RSA: &str = "its key is no RSA key of 2048 to 4096 bits, which signing in needs";

fn refused(why: &str) -> CollectError {
    CollectError::new(ErrorKind::SignIn, format!("the certificate cannot be used: {why}"))
}
