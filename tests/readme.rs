//! The README's commands print what the README says they print.
//!
//! A block marked `console` holds commands behind `$ ` and, below each, what it prints: standard output, then standard
//! error. `trueup` and `cargo run --` both mean the binary under test. Other commands are not run.

use std::fs;
use std::path::Path;
use std::process::Command;

struct Example {
    line: usize,
    command: String,
    output: String,
}

fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut in_block = false;
    for (idx, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            in_block = line.trim() == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) {
            found.push(Example { line: idx + 1, command: command.to_owned(), output: String::new() });
        } else if let Some(example) = found.last_mut().filter(|_| in_block) {
            example.output.push_str(line);
            example.output.push('\n');
        }
    }
    found
}

#[test]
fn the_commands_print_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).expect("the README is there");
    let mut n_run = 0;
    for Example { line, command, output } in examples(&text) {
        let Some(arguments) = command.strip_prefix("cargo run -- ").or_else(|| command.strip_prefix("trueup ")) else {
            continue;
        };
        let arguments: Vec<&str> = arguments.split(" #").next().unwrap_or_default().split_whitespace().collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_trueup"))
            .args(&arguments)
            .current_dir(root)
            .env_remove("CLICOLOR_FORCE")
            .output()
            .expect("the binary runs");
        let printed = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert_eq!(printed.trim_end(), output.trim_end(), "README.md:{line}: `{command}` prints something else");
        n_run += 1;
    }
    assert!(n_run >= 3, "the README shows {n_run} commands only");
}
