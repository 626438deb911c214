//! The file of `--tenants`: many tenants, each with its way to sign in.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Cloud, CollectError, ErrorKind, SignIn, Tenant};

/// The tenants of a file.
#[derive(Debug)]
pub struct Tenants {
    /// The folder that the file is in, from which its names of files count.
    pub folder: PathBuf,
    /// The tenants, in their order.
    pub entries: Vec<TenantEntry>,
}

/// A tenant of the file.
#[derive(Debug)]
pub struct TenantEntry {
    /// Which.
    pub tenant: Tenant,
    /// In which cloud.
    pub cloud: Cloud,
    /// How to sign in.
    pub sign_in: SignIn,
    /// Where its output goes, from the folder of the file; nothing stands for a name made of the tenant's.
    pub output: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileEntry {
    tenant: String,
    #[serde(default)]
    cloud: Option<String>,
    sign_in: SignIn,
    #[serde(default)]
    output: Option<PathBuf>,
}

/// What a file looks like.
const EXAMPLE: &str =
    r#"[{"tenant": "contoso.example", "signIn": {"clientId": "...", "certificate": "contoso.pem"}}]"#;

impl Tenants {
    /// Reads the file's JSON: a list of objects with `tenant`, `signIn`, and perhaps `cloud` and `output`.
    pub fn from_json(json: &[u8], path: &Path) -> Result<Tenants, CollectError> {
        let wrong = |text: String| CollectError::new(ErrorKind::Usage, format!("{}: {text}", path.display()));
        let entries: Vec<FileEntry> = serde_json::from_slice(json).map_err(|error| {
            // The names of fields may be told; a value that is quoted could be a secret.
            let text = error.to_string();
            let is_name = text.starts_with("unknown field") || text.starts_with("missing field");
            let text =
                if is_name { text } else { format!("line {}, column {}", error.line(), error.column()) };
            wrong(format!("it is no list of tenants: {text}; such a list is {EXAMPLE}"))
        })?;
        if entries.is_empty() {
            return Err(wrong("it names no tenant".to_owned()));
        }
        let (mut seen, mut outputs) = (HashSet::new(), HashSet::new());
        let mut tenants = Vec::with_capacity(entries.len());
        for entry in entries {
            let tenant = Tenant::new(&entry.tenant).map_err(|error| wrong(error.to_string()))?;
            if !seen.insert(tenant.as_str().to_ascii_lowercase()) {
                return Err(wrong(format!("{} stands there twice", tenant.as_str())));
            }
            if let Some(output) = entry.output.as_ref().filter(|output| !outputs.insert((*output).clone())) {
                return Err(wrong(format!("two tenants have the output {}", output.display())));
            }
            let cloud = entry.cloud.map_or(Ok(Cloud::default()), |name| Cloud::from_name(&name));
            let cloud = cloud.map_err(|error| wrong(error.to_string()))?;
            tenants.push(TenantEntry { tenant, cloud, sign_in: entry.sign_in, output: entry.output });
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Tenants { folder, entries: tenants })
    }
}
