//! Holds the module structure that the documentation promises, by reading the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const MAX_LINES: usize = 600;

/// The parts of the crate and what each may import, itself included.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("spec", &["spec"]),
    ("compare", &["compare", "spec"]),
    ("diagnose", &["diagnose", "compare", "spec"]),
    ("report", &["report", "error", "diagnose", "compare", "spec"]),
    ("engine", &["engine", "error", "diagnose", "compare", "spec"]),
    ("error", &["error", "spec"]),
    ("check", &["check", "engine", "error", "report", "diagnose", "compare", "spec"]),
    ("init", &["init", "engine", "error", "report", "diagnose", "compare", "spec"]),
    ("cli", &["cli", "check", "init", "engine", "error", "report", "diagnose", "compare", "spec"]),
];

#[test]
fn imports_point_one_way() {
    let allowed = BTreeMap::from(MAY_IMPORT);
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(part) = file.part.as_deref() else { continue };
        let Some(allowed) = allowed.get(part) else {
            wrong.push(format!("{}: the part `{part}` has no place in the order of imports", file.path));
            continue;
        };
        for imported in crate_imports(&file.code) {
            // A macro or an item of the crate's root has no module and is judged where it is defined.
            let imported = part_of(&imported);
            if BTreeMap::from(MAY_IMPORT).contains_key(imported.as_str()) && !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{}: `{part}` imports `{imported}`", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_crate_has_a_place() {
    let known: BTreeSet<&str> = MAY_IMPORT.iter().map(|(part, _)| *part).collect();
    let found: BTreeSet<String> = sources().into_iter().filter_map(|file| file.part).collect();
    for part in &found {
        assert!(known.contains(part.as_str()), "`{part}` is in no rule of this test");
    }
    for part in ["spec", "engine", "compare", "report", "check", "cli"] {
        assert!(found.contains(part), "the scanner found no file of `{part}`");
    }
}

#[test]
fn only_the_engine_imports_datafusion() {
    refuse(|file| file.part.as_deref() != Some("engine"), &["datafusion::"]);
}

#[test]
fn the_pure_parts_import_no_io_and_no_async() {
    let pure = |file: &SourceFile| matches!(file.part.as_deref(), Some("spec" | "compare"));
    refuse(pure, &["std::fs", "std::net", "tokio::", "futures::", "async fn"]);
    refuse(|file| file.part.as_deref() == Some("spec"), &["arrow::"]);
}

#[test]
fn only_the_command_line_sees_the_terminal_the_environment_and_exit_codes() {
    let words = [
        "std::env",
        "env::var",
        "env::args",
        "process::exit",
        "ExitCode",
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "io::stdout",
        "io::stderr",
        "IsTerminal",
        "indicatif::",
        "clap::",
    ];
    // `main.rs` has no part: it parses, runs and exits.
    refuse(|file| file.part.is_some() && file.part.as_deref() != Some("cli"), &words);
}

#[test]
fn serde_lives_at_the_two_edges() {
    let reads = |file: &SourceFile| file.path.starts_with("src/spec/raw");
    let writes = |file: &SourceFile| file.path == "src/report/model.rs";
    let mut wrong = Vec::new();
    for file in sources() {
        for derived in derives(&file.code) {
            let misplaced = match derived.as_str() {
                "Deserialize" => !reads(&file),
                "Serialize" => !writes(&file),
                _ => false,
            };
            if misplaced {
                wrong.push(format!("{} derives {derived}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|file| file.text.lines().count() > MAX_LINES)
        .map(|file| format!("{} has {} lines", file.path, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_engine_and_the_crate_share_one_arrow_and_one_parser() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock can be read");
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let Some(name) = quoted(line, "name = ") else { continue };
        let version = lines.next().and_then(|line| quoted(line, "version = ")).expect("a version follows each name");
        versions.entry(name).or_default().push(version);
    }
    let shared = |name: &str| name == "arrow" || name.starts_with("arrow-") || name == "sqlparser" || name == "parquet";
    let checked: Vec<_> = versions.iter().filter(|(name, _)| shared(name)).collect();
    assert!(checked.len() > 5, "the scanner found only {checked:?}");
    for (name, versions) in &checked {
        assert_eq!(versions.len(), 1, "several copies of {name}: {versions:?}");
    }
    let arrows: BTreeSet<&&str> = checked
        .iter()
        .filter(|(name, _)| name.starts_with("arrow"))
        .flat_map(|(_, versions)| versions.iter())
        .collect();
    assert_eq!(arrows.len(), 1, "crates of arrow in several versions: {arrows:?}");
}

#[test]
fn the_scanner_reads_what_rust_reads() {
    let code = r##"
        //! crate::cli in a comment
        /* crate::cli /* nested */ crate::cli */
        use crate::spec::{Side, Spec};
        use crate::{engine::Input, report};
        const TEXT: &str = "crate::cli \" crate::cli";
        const RAW: &str = r#"crate::cli " crate::cli"#;
        const QUOTE: char = '"';
        fn f<'a>(x: &'a str) -> crate::compare::Code { crate::check::g(x) }
        #[derive(Debug, serde::Serialize)]
        struct S;
        #[cfg_attr(test, derive(Deserialize))]
        struct D;
    "##;
    let code = strip(code);
    let imports: Vec<String> = crate_imports(&code).into_iter().collect();
    assert_eq!(imports, ["check", "compare", "engine", "report", "spec"]);
    assert_eq!(derives(&code), ["Debug", "Serialize", "Deserialize"]);
}

// ------------------------------------------------------------------------------------------------- the scanner

struct SourceFile {
    /// From the top of the repository, with `/`.
    path: String,
    text: String,
    /// Without comments, the contents of strings, and unit tests, which may read fixtures.
    code: String,
    /// The part of the crate; none for `main.rs` and `lib.rs`, which only wire.
    part: Option<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort();
    let mut sources: Vec<SourceFile> = files.iter().map(|path| source(path)).collect();
    let tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for file in &mut sources {
        if tests
            .iter()
            .any(|module| file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/")))
        {
            file.code.clear();
        }
    }
    assert!(sources.len() > 20, "the scanner found only {} files", sources.len());
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn source(path: &Path) -> SourceFile {
    let text = fs::read_to_string(path).expect("a source can be read");
    let relative = path.strip_prefix(root()).expect("a source is in the repository");
    let parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let module = parts[1].trim_end_matches(".rs").to_string();
    SourceFile {
        path: parts.join("/"),
        code: without_tests(&strip(&text)).to_string(),
        text,
        part: (!matches!(module.as_str(), "main" | "lib")).then(|| part_of(&module)),
    }
}

/// Returns the paths, without `.rs`, of the modules that a file declares for tests alone.
fn test_modules(file: &SourceFile) -> Vec<String> {
    let stem = file.path.trim_end_matches(".rs");
    let folder = ["/mod", "/lib", "/main"].iter().find_map(|name| stem.strip_suffix(name)).unwrap_or(stem);
    let declared = file.code.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        let (name, _) = rest.strip_prefix("mod ")?.split_once(';')?;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| format!("{folder}/{name}"))
    });
    declared.collect()
}

/// Tests stand last in a file.
fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// Returns the part of the crate that a top-level module belongs to.
fn part_of(module: &str) -> String {
    match module {
        "gate" | "baseline" => "report".to_string(),
        other => other.to_string(),
    }
}

fn refuse(judged: impl Fn(&SourceFile) -> bool, words: &[&str]) {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| judged(file)) {
        for (idx, line) in file.code.lines().enumerate() {
            for word in words.iter().filter(|word| holds(line, word)) {
                wrong.push(format!("{}:{}: `{word}`", file.path, idx + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns whether the word stands in the line and is not the end of a longer name.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Returns the top-level modules that the code names by `crate::…`, also in braces.
fn crate_imports(code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = code[at + path.len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(group) => modules.extend(first_names(group)),
            None => modules.extend(name(rest)),
        }
    }
    modules
}

/// Returns the first name of each item of a `{…}` group, whose opening brace is taken.
fn first_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut starts = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts = true,
            c if starts && !c.is_whitespace() => {
                names.extend(name(&group[at..]));
                starts = false;
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// Returns the last name of each path in each `derive(…)`.
fn derives(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("derive(").filter(|(at, _)| !code[..*at].ends_with('_')) {
        let inner = code[at + "derive(".len()..].split(')').next().unwrap_or_default();
        let names = inner.split(',').filter_map(|path| path.trim().rsplit("::").next());
        found.extend(names.filter(|name| !name.is_empty()).map(str::to_string));
    }
    found
}

/// Returns the code without comments and the contents of strings. Lines stay where they are.
fn strip(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (taken, kept) = token(rest, code.chars().next_back());
        if kept {
            code.push_str(&rest[..taken]);
        } else {
            code.extend(rest[..taken].chars().filter(|c| *c == '\n'));
        }
        rest = &rest[taken.max(c.len_utf8())..];
    }
    code
}

/// Returns how many bytes the next token takes and whether it is code.
fn token(rest: &str, before: Option<char>) -> (usize, bool) {
    let bytes = rest.as_bytes();
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (comment(rest), false);
    }
    let in_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if bytes[0] == b'r' && !in_name {
        let hashes = bytes[1..].iter().take_while(|byte| **byte == b'#').count();
        if bytes.get(1 + hashes) == Some(&b'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            return (rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()), false);
        }
    }
    match bytes[0] {
        b'"' => (literal(rest, b'"'), false),
        // A lifetime has no quote after its first character; a character literal has.
        b'\'' if bytes.get(1) == Some(&b'\\') => (literal(rest, b'\''), false),
        b'\'' => {
            let one = rest[1..].chars().next().map_or(0, char::len_utf8);
            if rest[1 + one..].starts_with('\'') { (one + 2, false) } else { (1, true) }
        }
        _ => (rest.chars().next().map_or(0, char::len_utf8), true),
    }
}

fn literal(rest: &str, end: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == end {
            return at + 1;
        }
    }
    rest.len()
}

fn comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_prefix('"')?.strip_suffix('"')
}
