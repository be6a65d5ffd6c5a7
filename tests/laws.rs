//! What must hold for any input: the report is that of the row-by-row reference, and nothing that should not matter does.
//!
//! The draws are the same in every run. `N_CASES` can be raised to look further.

mod draw;
mod reference;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use draw::{Check, Layout, Plan, plan};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use reference::{Code, Comparison, Duplicates, EventTimeRule, Ledger, Verdict, code, convert, expect, upper_bound};
use reference::{Compare, Feature, Missing, Tolerance, Type, Value};
use serde_json::Value as Json;
use support::{Execution, run};

/// Cases of the main law; the others take a part of it, since they run each case several times.
const N_CASES: u32 = 240;

#[test]
fn a_check_finds_what_the_reference_finds() {
    hold(N_CASES, &plan(), |plan| {
        let check = plan.check();
        let outcome = execute(&check, Layout::default(), Execution::default())?;
        let expected = expect(&check.tables, &check.rules);
        let report = outcome.report();
        for (side, name) in ["offline", "online"].into_iter().enumerate() {
            same(&format!("ledger of {name}"), &ledger(&report, name), &expected.ledger[side])?;
        }
        let found = counts(&report);
        for (feature, comparison, counts) in &expected.counts {
            let place = (feature.clone(), *comparison);
            let none = reference::Counts::new();
            let found = found.get(&place).unwrap_or(&none);
            same(&format!("counts of `{feature}` in {comparison:?}"), found, counts)?;
        }
        let planned: BTreeSet<_> =
            expected.counts.iter().map(|(name, comparison, _)| (name.clone(), *comparison)).collect();
        for place in found.keys() {
            prop_assert!(planned.contains(place), "a comparison that the spec does not ask for: {place:?}");
        }
        let exit_code = match expected.verdict {
            Verdict::Consistent => 0,
            Verdict::Inconsistent => 1,
            Verdict::Inconclusive => 4,
        };
        same("exit code", &outcome.exit_code, &exit_code)
    });
}

#[test]
fn accounts_and_codes_add_up() {
    hold(N_CASES / 4, &plan(), |plan| {
        let check = plan.check();
        let report = execute(&check, Layout::default(), Execution::default())?.report();
        let mut compared = BTreeMap::new();
        for side in ["offline", "online"] {
            let found = ledger(&report, side);
            let accounts = found.unreadable + found.filtered + found.null_key + found.duplicate;
            same(side, &found.read, &(accounts + found.unmatched + found.compared))?;
            compared.insert(side, found.read - found.unreadable - found.filtered);
        }
        let n_pairs = ledger(&report, "online").compared;
        for ((feature, comparison), counts) in counts(&report) {
            let expected = match comparison {
                Comparison::Inputs | Comparison::EndToEnd => n_pairs,
                Comparison::Training => compared["offline"],
                Comparison::Serving => compared["online"],
            };
            same(&format!("rows of `{feature}` in {comparison:?}"), &counts.values().sum::<u64>(), &expected)?;
        }
        Ok(())
    });
}

#[test]
fn a_table_against_itself_is_consistent() {
    hold(N_CASES / 6, &plan(), |plan| {
        let mut check = plan.clone().plain().check();
        check.rules.features.iter_mut().for_each(|feature| feature.recorded = [None, None]);
        check.rules.complete = [true, true];
        // A value that is none of the declared type is `unconvertible`, whatever the other side has.
        let features = check.rules.features.clone();
        check.tables[0].rows.retain(|(row, _)| {
            features.iter().all(|feature| convert(&feature.declared, &row[&feature.name]).is_some())
        });
        check.tables[1] = check.tables[0].clone();
        check.parquet = [check.parquet[0]; 2];
        if check.tables[0].rows.is_empty() {
            check.parquet = [false, false];
        }
        let outcome = execute(&check, Layout::default(), Execution::default())?;
        let report = outcome.report();
        let compared = ledger(&report, "offline").compared;
        for ((feature, _), counts) in counts(&report) {
            let all_equal = if compared == 0 { reference::Counts::new() } else { [(Code::Equal, compared)].into() };
            same(&feature, &counts, &all_equal)?;
        }
        same("exit code", &outcome.exit_code, &if compared == 0 { 4 } else { 0 })
    });
}

#[test]
fn swapping_the_sides_mirrors_the_report() {
    hold(N_CASES / 6, &plan(), |plan| {
        let check = plan.check();
        // An online row takes an offline one: that rule has a direction.
        prop_assume!(!matches!(check.rules.event_time_rule, EventTimeRule::AsOf { .. }));
        let there = execute(&check, Layout::default(), Execution::default())?;
        let back = execute(&check.swapped(), Layout::default(), Execution::default())?;
        same("exit code", &back.exit_code, &there.exit_code)?;
        let (there, back) = (there.report(), back.report());
        same("ledger", &ledger(&back, "online"), &ledger(&there, "offline"))?;
        same("ledger", &ledger(&back, "offline"), &ledger(&there, "online"))?;
        let mirrored: BTreeMap<_, _> = counts(&there)
            .into_iter()
            .map(|((feature, comparison), counts)| match comparison {
                Comparison::Training => ((feature, Comparison::Serving), counts),
                Comparison::Serving => ((feature, Comparison::Training), counts),
                Comparison::Inputs | Comparison::EndToEnd => ((feature, comparison), mirror(counts)),
            })
            .collect();
        same("counts", &counts(&back), &mirrored)
    });
}

#[test]
fn the_order_of_rows_and_the_files_they_are_in_change_nothing() {
    let layouts = [
        Layout { seed: 11, ..Layout::default() },
        Layout { n_files: 3, ..Layout::default() },
        Layout { seed: 12, n_files: 2, rows_per_group: 4 },
    ];
    hold(N_CASES / 8, &plan(), |plan| {
        let check = plan.clone().readable().check();
        let first = execute(&check, Layout::default(), Execution::default())?;
        for layout in layouts {
            let other = execute(&check, layout, Execution::default())?;
            same(&format!("{layout:?}"), &other.json, &first.json)?;
        }
        Ok(())
    });
}

#[test]
fn batches_and_threads_change_nothing() {
    let executions = [(1, 1), (1, 7), (2, 7), (5, 1), (5, 8192)];
    hold(N_CASES / 10, &plan(), |plan| {
        let check = plan.check();
        let folder = written(&check, Layout { n_files: 2, ..Layout::default() });
        let first = run(folder.path(), &check.spec(), None, Execution::default());
        for (threads, batch_size) in executions {
            let execution = Execution { threads, batch_size, ..Execution::default() };
            let other = run(folder.path(), &check.spec(), None, execution);
            same(&format!("{execution:?}"), &other.json, &first.json)?;
        }
        Ok(())
    });
}

#[test]
fn k_planted_mismatches_are_found_as_k() {
    let planted = (plan(), prop::collection::btree_set(0usize..30, 0..10));
    hold(N_CASES / 6, &planted, |(plan, places)| {
        let mut check = plan.clone().plain().check();
        check.tables[0].rows.retain(|(row, _)| check.rules.keys.iter().any(|key| row[key] != Value::Null));
        prop_assume!(!check.tables[0].rows.is_empty());
        check.parquet = [false, false];
        check.rules.complete = [true, true];
        check.rules.features.truncate(1);
        let feature = &mut check.rules.features[0];
        feature.recorded = [None, None];
        feature.max_mismatch_rate = 0.0;
        feature.fails = true;
        let feature = feature.clone();
        check.tables[0].rows.retain(|(row, _)| convert(&feature.declared, &row[&feature.name]).is_some());
        prop_assume!(!check.tables[0].rows.is_empty());
        check.tables[1] = check.tables[0].clone();
        let n_rows = check.tables[0].rows.len();
        let pool = &check.kinds[0].pool;
        let mut bad_keys = Vec::new();
        for place in places.iter().filter(|place| **place < n_rows) {
            let row = &mut check.tables[1].rows[*place].0;
            let offline = row[&feature.name].clone();
            // Another value of the pool, the first that does not agree.
            let agrees = |value: &Value| matches!(code(&feature, &offline, value), Code::Equal | Code::Tolerated);
            let Some(other) = pool.iter().find(|value| !agrees(value)) else { continue };
            row.insert(feature.name.clone(), other.clone());
            bad_keys.push(check.rules.keys.iter().map(|key| row[key].clone()).collect::<Vec<_>>());
        }
        let outcome = execute(&check, Layout { seed: 5, ..Layout::default() }, Execution::default())?;
        let report = outcome.report();
        let found: u64 = counts(&report)
            .values()
            .flatten()
            .filter(|(code, _)| !matches!(code, Code::Equal | Code::Tolerated))
            .map(|(_, n)| n)
            .sum();
        same("mismatches", &found, &(bad_keys.len() as u64))?;
        same("exit code", &outcome.exit_code, &u8::from(!bad_keys.is_empty()))?;
        let samples = report["features"][0]["comparisons"][0]["samples"].as_array().expect("samples");
        prop_assert_eq!(samples.is_empty(), bad_keys.is_empty(), "samples: {:?}", samples);
        for sample in samples {
            let key: Vec<Value> = check.rules.keys.iter().map(|key| value(&sample["key"][key])).collect();
            prop_assert!(bad_keys.contains(&key), "a sample of a row that is right: {}", sample);
        }
        Ok(())
    });
}

// ----------------------------------------------------------------------------------------- the reference itself

#[test]
fn the_reference_compares_cells_as_the_documentation_says() {
    let feature = |declared: Type, tolerance: Tolerance| Feature {
        name: "f".to_string(),
        declared,
        tolerance,
        missing: Missing::default(),
        compare: Compare::default(),
        column: Some("f".to_string()),
        recorded: [None, None],
        max_mismatch_rate: 0.0,
        fails: true,
    };
    let int64 = || Type::Int { min: i64::MIN.into(), max: i64::MAX.into() };
    let decimal = || Type::Decimal { precision: 10, scale: 2 };
    let text = |x: &str| Value::Text(x.to_string());
    let list = |items: &[i128]| Value::List(items.iter().copied().map(Value::Int).collect());
    let (float, int) = (Value::Float, Value::Int);
    let within = |abs, rel| Tolerance::Within { abs, rel };
    let default = Tolerance::Default;
    let (min, max) = (int(i64::MIN.into()), int(i64::MAX.into()));
    let rows = [
        (int64(), default, int(1), text("1"), Code::Equal),
        (int64(), default, int(719), float(719.0), Code::Equal),
        (int64(), default, int(719), float(719.5), Code::Unconvertible),
        (int64(), default, Value::Null, text("x"), Code::Unconvertible),
        (int64(), default, int(1 << 53), int((1 << 53) + 1), Code::Different),
        (int64(), within(1.0, 0.0), int(1), int(2), Code::Tolerated),
        (int64(), within(1.0, 0.0), min.clone(), max.clone(), Code::Different),
        (int64(), within(0.0, 0.5), int(1), int(2), Code::Tolerated),
        (int64(), within(0.0, 0.5), int(2), int(5), Code::Different),
        (int64(), default, Value::Null, int(0), Code::MissingFirst),
        (int64(), default, int(0), Value::Null, Code::MissingSecond),
        (Type::Float64, default, float(f64::NAN), float(f64::NAN), Code::Equal),
        (Type::Float64, default, float(f64::NAN), Value::Null, Code::NanNull),
        (Type::Float64, default, float(f64::NAN), float(1.0), Code::Different),
        (Type::Float64, default, float(0.0), float(-0.0), Code::Equal),
        (Type::Float64, default, float(0.1 + 0.2), float(0.3), Code::Tolerated),
        (Type::Float64, Tolerance::Exact, float(0.1 + 0.2), float(0.3), Code::Different),
        (Type::Float64, within(0.5, 0.0), float(1.0), float(1.5), Code::Tolerated),
        (Type::Float64, within(0.0, 0.5), float(1e308), float(f64::INFINITY), Code::Different),
        (Type::Float64, default, int((1 << 53) + 1), float(9_007_199_254_740_992.0), Code::Equal),
        (Type::Float32, default, float(1.0), float(1.000_000_1), Code::Tolerated),
        (Type::Float32, default, float(1.0), float(3.5e38), Code::Unconvertible),
        (decimal(), default, text("1.5"), text("1.50"), Code::Equal),
        (decimal(), default, text("1.255"), text("1.25"), Code::Unconvertible),
        (decimal(), within(0.25, 0.0), text("1.25"), int(1), Code::Tolerated),
        (Type::List(Box::new(int64())), default, list(&[1, 2]), list(&[2, 1]), Code::Different),
        (Type::List(Box::new(int64())), within(1.0, 0.0), list(&[1, 2]), list(&[2, 1]), Code::Tolerated),
        (Type::List(Box::new(int64())), default, list(&[]), Value::Null, Code::MissingSecond),
        (Type::Text, default, text("e\u{301}"), text("\u{e9}"), Code::Different),
        (Type::Time, Tolerance::TimeUs(5), Value::Time(0), Value::Time(5), Code::Tolerated),
    ];
    for (declared, tolerance, offline, online, expected) in rows {
        let found = code(&feature(declared.clone(), tolerance), &offline, &online);
        assert_eq!(found, expected, "{offline:?} against {online:?} as {declared:?} within {tolerance:?}");
    }
}

#[test]
fn the_reference_bounds_rates_as_the_tables_do() {
    // With no mismatch the bound solves (1 - p)^n = 0.05 itself. The others: Clopper and Pearson's tables, 95 %, n = 10.
    let rows = [(0, 10, 1.0 - 0.05f64.powf(0.1)), (1, 10, 0.394_163), (5, 10, 0.777_559), (10, 10, 1.0)];
    for (k, n, expected) in rows {
        assert!((upper_bound(k, n, 0.95) - expected).abs() < 1e-5, "{k} of {n}: {}", upper_bound(k, n, 0.95));
    }
}

#[test]
fn the_draws_reach_every_code_every_account_and_every_policy() {
    let mut codes = BTreeSet::new();
    let mut accounts = [0u64; 6];
    let mut verdicts = BTreeSet::new();
    let mut policies = Vec::new();
    let mut n_parquet = 0;
    hold(N_CASES, &plan(), |plan| {
        let check = plan.check();
        let expected = expect(&check.tables, &check.rules);
        codes.extend(expected.counts.iter().flat_map(|(_, _, counts)| counts.keys().copied()));
        verdicts.insert(expected.verdict);
        for ledger in expected.ledger {
            let parts = [
                ledger.unreadable,
                ledger.filtered,
                ledger.null_key,
                ledger.duplicate,
                ledger.unmatched,
                ledger.compared,
            ];
            same("read", &ledger.read, &parts.iter().sum())?;
            accounts.iter_mut().zip(parts).for_each(|(sum, n)| *sum += n);
        }
        let policy: (Duplicates, EventTimeRule) = (check.rules.duplicates, check.rules.event_time_rule);
        if !policies.contains(&policy) {
            policies.push(policy);
        }
        n_parquet += check.parquet.iter().filter(|parquet| **parquet).count();
        Ok(())
    });
    assert_eq!(codes.len(), 7, "{codes:?}");
    assert!(accounts.iter().all(|n| *n > 20), "{accounts:?}");
    assert_eq!(verdicts.len(), 3, "{verdicts:?}");
    assert_eq!(policies.len(), 8, "{policies:?}");
    assert!(n_parquet > 20, "{n_parquet}");
}

// --------------------------------------------------------------------------------------------------------- tools

/// Holds a law for as many draws.
fn hold<S: Strategy>(n_cases: u32, strategy: &S, law: impl FnMut(&S::Value) -> Result<(), TestCaseError>)
where
    S::Value: Clone,
{
    let config = Config {
        cases: n_cases,
        max_shrink_iters: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_101),
        ..Config::default()
    };
    let law = std::cell::RefCell::new(law);
    let result = TestRunner::new(config).run(strategy, |drawn| (law.borrow_mut())(&drawn));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn written(check: &Check, layout: Layout) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    check.write(folder.path(), layout);
    folder
}

/// Writes the check and runs it. A run without a report fails the law, with everything that is needed to run it again.
fn execute(check: &Check, layout: Layout, execution: Execution) -> Result<support::Outcome, TestCaseError> {
    let folder = written(check, layout);
    let outcome = run(folder.path(), &check.spec(), None, execution);
    let is_report = !outcome.json.is_empty();
    prop_assert!(is_report, "exit code {}: {}\n{}", outcome.exit_code, outcome.message, show(check));
    Ok(outcome)
}

fn show(check: &Check) -> String {
    let mut text = check.spec();
    for (table, side) in check.tables.iter().zip(["offline", "online"]) {
        text.push_str(&format!("{side}:\n"));
        table.rows.iter().for_each(|(row, _)| text.push_str(&format!("  {row:?}\n")));
    }
    text
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), TestCaseError> {
    prop_assert!(found == expected, "{}: found {:?}, expected {:?}", what, found, expected);
    Ok(())
}

fn ledger(report: &Json, side: &str) -> Ledger {
    let account = |name: &str| number(&report["ledger"][side][name]);
    Ledger {
        read: account("read"),
        unreadable: account("unreadable"),
        filtered: account("filtered"),
        null_key: account("null_key"),
        duplicate: account("duplicate"),
        unmatched: account("unmatched"),
        compared: account("compared"),
    }
}

/// Returns the counts above zero by feature and comparison.
fn counts(report: &Json) -> BTreeMap<(String, Comparison), reference::Counts> {
    let mut found = BTreeMap::new();
    for feature in report["features"].as_array().expect("features") {
        for comparison in feature["comparisons"].as_array().expect("comparisons") {
            let (name, first, second) = match comparison["name"].as_str() {
                Some("inputs") => (Comparison::Inputs, "missing_offline", "missing_online"),
                Some("training") => (Comparison::Training, "missing_computed", "missing_recorded"),
                Some("serving") => (Comparison::Serving, "missing_computed", "missing_recorded"),
                Some("end_to_end") => (Comparison::EndToEnd, "missing_offline", "missing_online"),
                other => panic!("no comparison is called {other:?}"),
            };
            let codes = [
                (Code::Equal, "equal"),
                (Code::Tolerated, "tolerated"),
                (Code::Different, "different"),
                (Code::MissingFirst, first),
                (Code::MissingSecond, second),
                (Code::NanNull, "nan_null"),
                (Code::Unconvertible, "unconvertible"),
            ];
            let counts: reference::Counts = codes
                .into_iter()
                .map(|(code, field)| (code, number(&comparison[field])))
                .filter(|(_, n)| *n > 0)
                .collect();
            assert_eq!(counts.values().sum::<u64>(), number(&comparison["compared"]), "{comparison}");
            found.insert((feature["name"].as_str().expect("a name").to_string(), name), counts);
        }
    }
    found
}

fn mirror(counts: reference::Counts) -> reference::Counts {
    let mirrored = counts.into_iter().map(|(code, n)| match code {
        Code::MissingFirst => (Code::MissingSecond, n),
        Code::MissingSecond => (Code::MissingFirst, n),
        Code::Equal | Code::Tolerated | Code::Different | Code::NanNull | Code::Unconvertible => (code, n),
    });
    mirrored.collect()
}

fn number(json: &Json) -> u64 {
    json.as_u64().unwrap_or_else(|| panic!("{json} is no count"))
}

/// Returns a part of a key as the reference has it.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Int(number.to_string().parse().expect("an integer")),
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => panic!("{json} is no part of a key"),
    }
}

/// A plan is shown only where a law fails.
const _: fn(&Plan) -> Check = Plan::check;
