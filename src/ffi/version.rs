//! The version where it can be read without a call.

/// Its name says both versions, that of the interface and that of the package: whoever can look for a symbol asks both at
/// once.
/// cbindgen:ignore
#[unsafe(export_name = concat!(
    "NAM_ABI_1_VERSION_",
    env!("CARGO_PKG_VERSION_MAJOR"), "_", env!("CARGO_PKG_VERSION_MINOR"), "_", env!("CARGO_PKG_VERSION_PATCH")
))]
#[allow(unsafe_code, reason = "an exported name is unique by its prefix")]
pub static NAM_VERSIONS: u8 = 0;
