//! Where the service is, in each cloud, and where requests may go: nowhere else.

use std::net::IpAddr;

use reqwest::Url;

use super::error::{CollectError, ErrorKind};

/// A cloud of Microsoft's, each with hosts of its own.
///
/// The hosts of the service: Microsoft, Exchange Online Admin API, "Get started". Those for signing in:
/// Connect-ExchangeOnline (app-only) and, for China, docs.azure.cn, "certificate credentials".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cloud {
    /// Worldwide, and GCC.
    #[default]
    Global,
    /// Microsoft 365 GCC High.
    GccHigh,
    /// Microsoft 365 DoD.
    Dod,
    /// Operated by 21Vianet.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::GccHigh, Cloud::Dod, Cloud::China];

    /// Its name, as options and files spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Cloud::Global => "global",
            Cloud::GccHigh => "gcc-high",
            Cloud::Dod => "dod",
            Cloud::China => "china",
        }
    }

    /// The cloud of that name, without regard to case.
    pub fn from_name(name: &str) -> Result<Cloud, CollectError> {
        Cloud::ALL.into_iter().find(|cloud| cloud.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let text = format!("{name:?} is no cloud: {}", Cloud::ALL.map(Cloud::name).join(", "));
            CollectError::new(ErrorKind::Usage, text)
        })
    }

    /// The host of the service. What ends with it after a dot is one of its regions.
    const fn service(self) -> &'static str {
        match self {
            Cloud::Global => "outlook.office365.com",
            Cloud::GccHigh => "outlook.office365.us",
            Cloud::Dod => "outlook-dod.office365.us",
            Cloud::China => "outlook.office365.cn",
        }
    }

    const fn authority(self) -> &'static str {
        match self {
            Cloud::Global => "login.microsoftonline.com",
            Cloud::GccHigh | Cloud::Dod => "login.microsoftonline.us",
            Cloud::China => "login.partner.microsoftonline.cn",
        }
    }
}

/// Where requests go.
#[derive(Debug, Clone)]
pub struct Endpoint {
    cloud: Cloud,
    service: Url,
    authority: Url,
    reach: Reach,
}

/// Who may get the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The cloud's own hosts, over TLS.
    Service,
    /// This machine, on that port: tests.
    Loopback { port: Option<u16> },
}

impl Endpoint {
    /// The endpoint of a cloud.
    pub fn of(cloud: Cloud) -> Endpoint {
        let url = |host: &str| {
            #[expect(clippy::expect_used, reason = "the hosts above")]
            Url::parse(&format!("https://{host}/")).expect("a host makes a URL")
        };
        Endpoint {
            cloud,
            service: url(cloud.service()),
            authority: url(cloud.authority()),
            reach: Reach::Service,
        }
    }

    /// A server of this machine in the place of the service, for tests. No other machine is admitted: this cannot
    /// lead a token away.
    pub fn loopback(cloud: Cloud, base: &str) -> Result<Endpoint, CollectError> {
        let url = Url::parse(base).ok().filter(is_loopback).ok_or_else(|| {
            let text = "the service can be replaced by an address of this machine alone, such as http://127.0.0.1:8080";
            CollectError::new(ErrorKind::Unsafe, text)
        })?;
        let reach = Reach::Loopback { port: url.port_or_known_default() };
        Ok(Endpoint { cloud, service: url.clone(), authority: url, reach })
    }

    /// Its cloud.
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// Whether it is a server of this machine, in a test.
    pub(super) fn is_loopback(&self) -> bool {
        self.reach != Reach::Service
    }

    /// What tokens are asked for.
    pub(super) fn resource(&self) -> String {
        format!("https://{}", self.cloud.service())
    }

    /// A page of the service.
    pub(super) fn service(&self, path: &str) -> Result<Url, CollectError> {
        join(&self.service, path)
    }

    /// A page of the authority that signs in.
    pub(super) fn authority(&self, path: &str) -> Result<Url, CollectError> {
        join(&self.authority, path)
    }

    /// Admits a place that the service named, in a redirect or a next link: one of its own hosts, over TLS.
    ///
    /// Redirects of the front door name port 446, which only Microsoft's own network reaches: 443 is meant.
    pub fn admit(&self, mut url: Url) -> Result<Url, CollectError> {
        if self.reach == Reach::Service && url.port() == Some(446) {
            // Cannot fail: the URL has a host.
            let _ = url.set_port(None);
        }
        let admitted = match self.reach {
            Reach::Service => self.is_of_service(&url),
            Reach::Loopback { port } => is_loopback(&url) && url.port_or_known_default() == port,
        };
        let anonymous = url.username().is_empty() && url.password().is_none();
        if admitted && anonymous {
            return Ok(url);
        }
        let host = url.host_str().unwrap_or("nowhere");
        let text = format!(
            "the service pointed to {}://{host}, which is not one of its own hosts ({}); nothing was sent there",
            url.scheme(),
            self.cloud.service()
        );
        Err(CollectError::new(ErrorKind::Unsafe, text))
    }

    fn is_of_service(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().filter(|_| url.scheme() == "https" && url.port().is_none()) else {
            return false;
        };
        let service = self.cloud.service();
        host == service || host.strip_suffix(service).is_some_and(|region| region.ends_with('.'))
    }
}

fn join(base: &Url, path: &str) -> Result<Url, CollectError> {
    base.join(path).map_err(|error| CollectError::new(ErrorKind::Unsafe, format!("{path}: {error}")))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    matches!(url.scheme(), "http" | "https")
        && host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A tenant, by a domain or its id: what may stand in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant(String);

impl Tenant {
    /// Reads one. Anything but a domain or an id is refused.
    pub fn new(text: &str) -> Result<Tenant, CollectError> {
        let text = text.trim();
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let is_id = uuid::Uuid::try_parse(text).is_ok() && text.len() == 36;
        let is_domain = text.len() <= 253 && text.contains('.') && text.split('.').all(is_label);
        if is_id || is_domain {
            return Ok(Tenant(text.to_owned()));
        }
        let text =
            format!("{text:?} is no tenant: give a domain of it, such as contoso.onmicrosoft.com, or its id");
        Err(CollectError::new(ErrorKind::Usage, text))
    }

    /// Its domain or id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
