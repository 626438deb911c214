//! The native libraries that were built: this machine's, and those that cargo built for others beside it.

use std::path::{Path, PathBuf};

/// .NET's names of the machines that a module can carry a library for, what Rust calls them, and the library's file.
const RUNTIMES: [(&str, &[&str], &str); 7] = [
    ("win-x64", &["x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"], "non_audited_mailbox.dll"),
    ("win-arm64", &["aarch64-pc-windows-msvc", "aarch64-pc-windows-gnullvm"], "non_audited_mailbox.dll"),
    ("linux-x64", &["x86_64-unknown-linux-gnu"], "libnon_audited_mailbox.so"),
    ("linux-arm64", &["aarch64-unknown-linux-gnu"], "libnon_audited_mailbox.so"),
    ("linux-musl-x64", &["x86_64-unknown-linux-musl"], "libnon_audited_mailbox.so"),
    ("osx-x64", &["x86_64-apple-darwin"], "libnon_audited_mailbox.dylib"),
    ("osx-arm64", &["aarch64-apple-darwin"], "libnon_audited_mailbox.dylib"),
];

/// A native library, and the machine that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    /// Such as `win-x64`.
    pub runtime: String,
    /// Where it was built.
    pub file: PathBuf,
}

impl Native {
    /// Its place in the module.
    pub fn place(&self) -> PathBuf {
        let name = self.file.file_name().unwrap_or_default();
        Path::new("runtimes").join(&self.runtime).join("native").join(name)
    }
}

/// The library itself first, then those for other machines: cargo puts them into `target/TRIPLE/release` when it builds
/// this machine's into `target/release`, and those that were built elsewhere can be put there too.
pub(super) fn all(library: &Path, runtime: String) -> Vec<Native> {
    let mut natives = vec![Native { runtime, file: library.to_owned() }];
    let Some(folder) = library.parent() else { return natives };
    let (Some(profile), Some(target)) = (folder.file_name(), folder.parent()) else { return natives };
    for (runtime, triples, file) in RUNTIMES {
        let built = triples.iter().map(|triple| target.join(triple).join(profile).join(file));
        let newest = built.filter(|path| path.is_file()).max_by_key(|path| {
            path.metadata().and_then(|metadata| metadata.modified()).unwrap_or(std::time::UNIX_EPOCH)
        });
        if let Some(file) = newest
            && natives[0].runtime != runtime
        {
            natives.push(Native { runtime: runtime.to_owned(), file });
        }
    }
    natives
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
    fn libraries_for_other_machines_are_found_beside_this_ones() {
        let target = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = target.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, path.to_str().unwrap()).unwrap();
            path
        };
        let ours = put("release/libnon_audited_mailbox.so");
        put("x86_64-unknown-linux-gnu/release/libnon_audited_mailbox.so");
        put("aarch64-unknown-linux-gnu/debug/libnon_audited_mailbox.so");
        put("x86_64-pc-windows-gnu/release/nam.exe");
        put("x86_64-pc-windows-gnu/release/non_audited_mailbox.dll");
        put("aarch64-apple-darwin/release/libnon_audited_mailbox.dylib");
        let natives = all(&ours, "linux-x64".to_owned());
        let places: Vec<_> = natives.iter().map(Native::place).collect();
        assert_eq!(natives[0].file, ours);
        assert_eq!(
            places,
            [
                "runtimes/linux-x64/native/libnon_audited_mailbox.so",
                "runtimes/win-x64/native/non_audited_mailbox.dll",
                "runtimes/osx-arm64/native/libnon_audited_mailbox.dylib",
            ]
            .map(PathBuf::from)
        );
    }
}
