//! Which rows pair, and the account of every row.

use super::{Duplicates, EventTimeRule, Ledger, Row, Rules, Table, Value};

pub struct Aligned {
    pub ledger: [Ledger; 2],
    /// Places of rows in the two tables.
    pub pairs: Vec<[usize; 2]>,
    pub any_duplicate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    Filtered,
    NullKey,
    Duplicate,
    Unmatched,
    Compared,
}

pub fn align(tables: &[Table; 2], rules: &Rules) -> Aligned {
    // Every row is unmatched until something else is known of it.
    let mut accounts: [Vec<Account>; 2] = [0, 1].map(|side| {
        tables[side]
            .rows
            .iter()
            .map(|(row, kept)| {
                if !kept {
                    Account::Filtered
                } else if has_null_key(row, rules) {
                    Account::NullKey
                } else {
                    Account::Unmatched
                }
            })
            .collect()
    });
    let row = |side: usize, at: usize| &tables[side].rows[at].0;
    let time = |side: usize, at: usize| match rules.event_time.as_ref().map(|column| &row(side, at)[column]) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    };
    let is_as_of = matches!(rules.event_time_rule, EventTimeRule::AsOf { .. });
    // Duplicates are rows of one key; with `as_of`, of one key and one time.
    let same_place = |a: (usize, usize), b: (usize, usize)| {
        same_key(row(a.0, a.1), row(b.0, b.1), rules) && (!is_as_of || time(a.0, a.1) == time(b.0, b.1))
    };
    let open = |accounts: &[Vec<Account>; 2], side: usize| -> Vec<usize> {
        (0..accounts[side].len()).filter(|at| accounts[side][*at] == Account::Unmatched).collect()
    };

    let mut any_duplicate = false;
    match rules.duplicates {
        Duplicates::Error | Duplicates::Exclude => {
            let mut duplicates = Vec::new();
            for side in [0, 1] {
                for at in open(&accounts, side) {
                    let repeated = [0, 1].iter().any(|other| {
                        open(&accounts, *other).iter().filter(|o| same_place((side, at), (*other, **o))).count() > 1
                    });
                    if repeated {
                        duplicates.push((side, at));
                    }
                }
            }
            any_duplicate = !duplicates.is_empty();
            for (side, at) in duplicates {
                accounts[side][at] = Account::Duplicate;
            }
        }
        Duplicates::Latest => {
            let mut older = Vec::new();
            for side in [0, 1] {
                for at in open(&accounts, side) {
                    let newer = |o: &usize| same_place((side, at), (side, *o)) && time(side, *o) > time(side, at);
                    if open(&accounts, side).iter().any(newer) {
                        older.push((side, at));
                    }
                }
            }
            for (side, at) in older {
                accounts[side][at] = Account::Duplicate;
            }
        }
        Duplicates::Multiset => {}
    }

    let mut pairs = Vec::new();
    match rules.event_time_rule {
        EventTimeRule::AsOf { max_age_us } => {
            for online in open(&accounts, 1) {
                let at = time(1, online).expect("a null event time is a null key");
                let newest = open(&accounts, 0)
                    .into_iter()
                    .filter(|offline| same_key(row(0, *offline), row(1, online), rules))
                    .filter(|offline| time(0, *offline).is_some_and(|t| t <= at && at - t <= max_age_us))
                    .max_by_key(|offline| time(0, *offline));
                pairs.extend(newest.map(|offline| [offline, online]));
            }
        }
        EventTimeRule::None | EventTimeRule::WithinUs(_) => {
            let mut free: [Vec<usize>; 2] = [open(&accounts, 0), open(&accounts, 1)];
            // Equal rows pair first. Without duplicates a key has one row a side, and this makes no difference.
            for only_equal in [true, false] {
                for offline in free[0].clone() {
                    let partner = free[1].iter().position(|online| {
                        same_key(row(0, offline), row(1, *online), rules)
                            && is_near(time(0, offline), time(1, *online), rules)
                            && (!only_equal || row(0, offline) == row(1, *online))
                    });
                    if let Some(partner) = partner {
                        pairs.push([offline, free[1].remove(partner)]);
                        free[0].retain(|at| *at != offline);
                    }
                }
            }
        }
    }
    for [offline, online] in &pairs {
        accounts[0][*offline] = Account::Compared;
        accounts[1][*online] = Account::Compared;
    }

    let ledger = [0, 1].map(|side| {
        let count = |account| accounts[side].iter().filter(|a| **a == account).count() as u64;
        Ledger {
            read: tables[side].rows.len() as u64 + tables[side].n_unreadable,
            unreadable: tables[side].n_unreadable,
            filtered: count(Account::Filtered),
            null_key: count(Account::NullKey),
            duplicate: count(Account::Duplicate),
            unmatched: count(Account::Unmatched),
            compared: count(Account::Compared),
        }
    });
    Aligned { ledger, pairs, any_duplicate }
}

fn has_null_key(row: &Row, rules: &Rules) -> bool {
    let no_time = match (&rules.event_time_rule, &rules.event_time) {
        (EventTimeRule::AsOf { .. }, Some(column)) => row[column] == Value::Null,
        _ => false,
    };
    rules.keys.iter().all(|key| row[key] == Value::Null) || no_time
}

/// Returns whether two rows have the same key: every part null-safe and typed.
fn same_key(offline: &Row, online: &Row, rules: &Rules) -> bool {
    rules.keys.iter().all(|key| offline[key] == online[key])
}

fn is_near(offline: Option<i64>, online: Option<i64>, rules: &Rules) -> bool {
    match (rules.event_time_rule, offline, online) {
        (EventTimeRule::WithinUs(within_us), Some(offline), Some(online)) => (offline - online).abs() <= within_us,
        (EventTimeRule::WithinUs(_), _, _) => false,
        _ => true,
    }
}
