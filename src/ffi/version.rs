//! The version where it can be read without a call.

/// The version of the package, such as `0.1.0`, in ASCII with zeros behind it: for whoever can look for a symbol and need
/// not call.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "an exported name is unique by its prefix")]
pub static NAM_VERSION: [u8; 32] = padded(env!("CARGO_PKG_VERSION"));

/// Its name says both versions, that of the interface and that of the package: whoever can look for a symbol asks both at
/// once.
/// cbindgen:ignore
#[unsafe(export_name = concat!(
    "NAM_ABI_1_VERSION_",
    env!("CARGO_PKG_VERSION_MAJOR"), "_", env!("CARGO_PKG_VERSION_MINOR"), "_", env!("CARGO_PKG_VERSION_PATCH")
))]
#[allow(unsafe_code, reason = "an exported name is unique by its prefix")]
pub static NAM_VERSIONS: u8 = 0;

const fn padded(text: &str) -> [u8; 32] {
    let (from, mut to) = (text.as_bytes(), [0; 32]);
    assert!(from.len() < to.len());
    let mut at = 0;
    while at < from.len() {
        to[at] = from[at];
        at += 1;
    }
    to
}
