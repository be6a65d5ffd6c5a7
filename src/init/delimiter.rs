//! What separates the fields of delimited text, told from its header.

use std::path::Path;

use crate::engine::{Resources, column_names};
use crate::spec::{Side, Table};

const DELIMITERS: [u8; 3] = [b';', b'\t', b'|'];

/// Returns the delimiter by which a table has several columns where that of its format gives one alone, or a header that
/// cannot be read; none if its own will do. Reads the first record of every file.
///
/// No errors: what cannot be read at all has no other delimiter, and reading it in full says why.
pub(super) async fn find(side: Side, table: &Table, base: &Path, resources: &Resources) -> Option<u8> {
    let own = column_names(side, table, base, resources).await.ok();
    if let Some(own) = &own
        && !own.iter().any(|name| DELIMITERS.iter().any(|delimiter| name.contains(char::from(*delimiter))))
    {
        return None;
    }
    let mut best: Option<(usize, u8)> = None;
    for delimiter in DELIMITERS {
        let mut other = table.clone();
        other.options.delimiter = Some(delimiter);
        let Ok(names) = column_names(side, &other, base, resources).await else { continue };
        if is_better(own.as_deref(), &names, delimiter) && best.is_none_or(|(n_columns, _)| names.len() > n_columns) {
            best = Some((names.len(), delimiter));
        }
    }
    best.map(|(_, delimiter)| delimiter)
}

/// Whether the columns by another delimiter are what one column has in its name; columns of both are partitions.
fn is_better(own: Option<&[String]>, names: &[String], delimiter: u8) -> bool {
    let Some(own) = own else { return names.len() > 1 };
    let mut lost = own.iter().filter(|name| !names.contains(name));
    let joined = lost.next();
    names.len() > own.len()
        && lost.next().is_none()
        && joined.is_some_and(|joined| joined.contains(char::from(delimiter)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_a_single_joined_column_is_split() {
        let is_better = |own: &[&str], names: &[&str]| {
            let [own, names] = [own, names].map(|names| names.iter().map(|name| name.to_string()).collect::<Vec<_>>());
            super::is_better(Some(&own), &names, b';')
        };
        assert!(is_better(&["id;v"], &["id", "v"]));
        assert!(is_better(&["id;v", "day"], &["id", "v", "day"]));
        assert!(!is_better(&["id", "n;m;o", "v"], &["id,n", "m", "o,v"]));
        assert!(!is_better(&["id;v"], &["id;v"]));
        assert!(!is_better(&["id|v"], &["id|v"]));
        assert!(super::is_better(None, &["id".to_owned(), "v".to_owned()], b';'));
        assert!(!super::is_better(None, &["id".to_owned()], b';'));
    }
}
