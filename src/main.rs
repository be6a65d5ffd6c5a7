use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::cli::run()
}
