//! The command line's entry.

fn main() -> std::process::ExitCode {
    arkivd::commands::run()
}
