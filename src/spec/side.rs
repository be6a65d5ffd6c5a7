//! One side of a spec: its tables, its query, and what its columns are called.

use indexmap::IndexMap;

use super::conform::single_byte;
use super::model::{CsvOptions, Format, Side, SideSpec, Table};
use super::parse::{PathOverride, Reader, word};
use super::problem::{Located, Problem, Span};
use super::sql;
use super::variables::expand;
use super::yaml::{Entry, Node, Value};

/// Reads one side. None if it is missing or has no table that can be read; then there is a problem.
pub(super) fn read_side(reader: &mut Reader<'_>, root: &Node, side: Side) -> Option<SideSpec> {
    let key = side.to_string();
    let replacement = reader.options.paths[side].as_ref();
    let Some(entry) = root.entry(&key) else {
        let replacement = replacement?;
        let span = Span { line: root.span.line, column: root.span.column, len: 0 };
        let tables = IndexMap::from([(key, replaced(None, replacement, span))]);
        return Some(SideSpec {
            span,
            tables,
            query: None,
            columns: IndexMap::new(),
            filter: None,
            units: IndexMap::new(),
            assume_tz: None,
        });
    };
    let node = &entry.value;
    let tables = read_tables(reader, entry, side, replacement);
    let declared: Vec<&str> =
        tables.as_ref().map(|tables| tables.names.iter().map(String::as_str).collect()).unwrap_or_default();
    let query = node.get("query").and_then(Node::text).filter(|text| !text.value.trim().is_empty());
    match &query {
        Some(query) => {
            sql::check_query(reader.source, query, &format!("the {side} query"), &declared, &mut reader.problems)
        }
        None if declared.len() > 1 && node.entry("query").is_none() => {
            let problem = Problem::new(format!("the {side} side has {} tables and no `query`", declared.len()))
                .at(entry.key.span);
            reader.problems.push(problem.help("add `query:`, one SELECT that returns one row per key"));
        }
        None => {}
    }
    let mut columns = IndexMap::new();
    for column in node.get("columns").map(Node::entries).unwrap_or_default() {
        let what = format!("the column `{}` of the {side} side", column.key.value.escape_debug());
        if let Some(sql) = reader.expression(Some(&column.value), &what) {
            columns.insert(column.key.value.clone(), sql);
        }
    }
    let filter = reader.expression(node.get("where"), &format!("`where` of the {side} side"));
    let units = node.get("units").map(Node::entries).unwrap_or_default();
    let units = units.iter().filter_map(|unit| Some((unit.key.value.clone(), unit.value.text()?.value))).collect();
    let assume_tz = word(node.get("assume_tz")).and_then(|zone| zone.parse().ok());
    let tables = tables?.tables;
    (!tables.is_empty()).then_some(SideSpec { span: entry.key.span, tables, query, columns, filter, units, assume_tz })
}

/// A side's tables: those that can be read, and the names of all.
struct Tables {
    tables: IndexMap<String, Table>,
    names: Vec<String>,
}

fn read_tables(
    reader: &mut Reader<'_>,
    entry: &Entry,
    side: Side,
    replacement: Option<&PathOverride>,
) -> Option<Tables> {
    let own_name = side.to_string();
    let named: Vec<(String, &Node)> = match &entry.value.value {
        Value::Scalar(_) => vec![(own_name, &entry.value)],
        Value::Mapping(_) => {
            let tables = entry.value.get("tables")?.entries();
            tables.iter().map(|table| (table.key.value.clone(), &table.value)).collect()
        }
        Value::List(_) => return None,
    };
    let names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
    if replacement.is_some() && names.len() > 1 {
        let list: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
        let problem = Problem::new(format!("`--{side}` cannot tell which path of the {side} side to replace"))
            .at(entry.key.span)
            .label(format!("has {} tables: {}", names.len(), list.join(", ")));
        reader.problems.push(problem.help("use `${VAR}` in the path and set the variable"));
    }
    let tables =
        named.into_iter().filter_map(|(name, node)| Some((name, read_table(reader, node, replacement)?))).collect();
    Some(Tables { tables, names })
}

fn read_table(reader: &mut Reader<'_>, node: &Node, replacement: Option<&PathOverride>) -> Option<Table> {
    let path = match &node.value {
        Value::Scalar(_) => node.text(),
        Value::Mapping(_) => node.get("path").and_then(Node::text),
        Value::List(_) => None,
    };
    let format = word(node.get("format")).and_then(|name| format_named(&name));
    let options = read_options(reader, node.get("options"));
    if let (Some(options), Some(format)) = (node.entry("options"), format)
        && !matches!(format, Format::Csv | Format::Tsv)
    {
        let problem = Problem::new("`options` are for delimited text").at(options.key.span);
        reader.problems.push(problem.help("remove them, or write `format: csv`"));
    }
    if let Some(replacement) = replacement {
        let table = Table {
            path: path.clone().unwrap_or(Located::new(String::new(), node.span)),
            expanded_path: String::new(),
            format,
            options,
        };
        let span = path.map_or(node.span, |path| path.span);
        return Some(replaced(Some(&table), replacement, span));
    }
    let path = path?;
    let expanded_path = expand(reader.source, &path, reader.options.variable, &mut reader.problems)?;
    if expanded_path.trim().is_empty() && !path.value.trim().is_empty() {
        let problem = Problem::new("the path is empty once its variables are expanded").at(path.span);
        reader.problems.push(problem.help("set them, or give a default: `${VAR:-default}`"));
    }
    Some(Table { path, expanded_path, format, options })
}

/// A table whose path another one takes the place of. Its options stay. Its `format` stays, too, unless the new path's
/// extension tells one and is not that of the old path.
fn replaced(table: Option<&Table>, replacement: &PathOverride, span: Span) -> Table {
    let format = table.and_then(|table| {
        let extension = extension(&replacement.path);
        let told = extension.as_deref().is_some_and(tells_a_format);
        (!told || extension == self::extension(&table.path.value)).then_some(table.format).flatten()
    });
    Table {
        path: Located::new(replacement.shown.clone(), span),
        expanded_path: replacement.path.clone(),
        format,
        options: table.map(|table| table.options.clone()).unwrap_or_default(),
    }
}

/// A path's extension under that of its compression, in lower case.
fn extension(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let name = [".gz", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_string())
}

fn tells_a_format(extension: &str) -> bool {
    matches!(extension, "pq" | "feather") || format_named(extension).is_some()
}

fn format_named(name: &str) -> Option<Format> {
    match name {
        "parquet" => Some(Format::Parquet),
        "csv" => Some(Format::Csv),
        "tsv" => Some(Format::Tsv),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "json" => Some(Format::Json),
        "avro" => Some(Format::Avro),
        "arrow" | "ipc" => Some(Format::Arrow),
        _ => None,
    }
}

fn read_options(reader: &mut Reader<'_>, options: Option<&Node>) -> CsvOptions {
    let Some(options) = options else { return CsvOptions::default() };
    let null_values = options
        .get("null_values")
        .map(|list| list.items().iter().filter_map(Node::text).filter_map(|text| reader.expanded(&text)).collect());
    CsvOptions {
        delimiter: reader.character(options, "delimiter"),
        quote: reader.character(options, "quote"),
        escape: reader.character(options, "escape"),
        comment: reader.character(options, "comment"),
        header: reader.flag(options, "header"),
        null_values,
    }
}

impl Reader<'_> {
    fn expanded(&mut self, text: &Located<String>) -> Option<String> {
        expand(self.source, text, self.options.variable, &mut self.problems)
    }

    /// An option of one byte. Where a variable is in it, what is wrong is said without what the variable holds.
    fn character(&mut self, options: &Node, key: &str) -> Option<u8> {
        let text = options.get(key)?.text()?;
        let byte = single_byte(&self.expanded(&text)?);
        self.refuse_variable(byte.is_none(), &text, key, "a single ASCII character");
        byte
    }

    fn flag(&mut self, options: &Node, key: &str) -> Option<bool> {
        let text = options.get(key)?.text()?;
        let flag = match self.expanded(&text)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        self.refuse_variable(flag.is_none(), &text, key, "`true` or `false`");
        flag
    }

    fn refuse_variable(&mut self, is_wrong: bool, text: &Located<String>, key: &str, expected: &str) {
        if is_wrong && text.value.contains("${") {
            self.problems.push(
                Problem::new(format!("`{key}` must be {expected} once its variables are expanded")).at(text.span),
            );
        }
    }
}
