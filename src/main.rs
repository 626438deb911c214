//! The `nam` program: what the PowerShell module does, for saved exports, on a machine without PowerShell.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
