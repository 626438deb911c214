//! What drives a browser here: Node.js, Chromium, and the packages of `tests/page`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// All that is needed.
pub(crate) struct Browser {
    node: PathBuf,
    chromium: PathBuf,
}

/// Finds it, if it is all there.
pub(crate) fn find() -> Option<Browser> {
    let node = program("NAM_NODE", &["node"])?;
    let chromium = program("NAM_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?;
    folder().join("node_modules/playwright-core").is_dir().then_some(Browser { node, chromium })
}

impl Browser {
    /// A script of `tests/page`, about the pages in a folder.
    pub(crate) fn node(&self, pages: &Path) -> Command {
        let mut command = Command::new(&self.node);
        command.current_dir(folder()).env("NAM_CHROMIUM", &self.chromium).env("NAM_TEST_PAGES", pages);
        command
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page")
}

/// A program: named by a variable, or on the path by one of these names.
fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let on_path = || {
        let files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        files.into_iter().find(|file| file.is_file())
    };
    std::env::var_os(variable).map(PathBuf::from).or_else(on_path)
}
