//! How long a check takes, whole: `cargo bench --bench check -- [ROWS] [MISMATCHING ROWS OF 1000]`.
//!
//! Makes both sides as Parquet in a temporary folder, from nothing but the row's number: an integer key and 20 features (8
//! floats, 4 integers, 4 low-cardinality texts, 1 text of 32 characters, 1 bool, 1 float with nulls, 1 timestamp). The online
//! side is in another order and lacks one row of 200. Then runs the binary and prints its wall time and, on Linux, its peak memory.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::parquet::arrow::ArrowWriter;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROWS_IN_BATCH: u64 = 100_000;

fn main() -> Outcome<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let n_rows = numbers.next().unwrap_or(1_000_000);
    let mismatching = numbers.next().unwrap_or(125);
    let folder = tempfile::tempdir()?;
    write_side(&folder.path().join("offline.parquet"), n_rows, Some, 0)?;
    // A step that shares no factor with the number of rows visits each row once.
    let step = (n_rows / 2 + 1..).find(|step| gcd(*step, n_rows) == 1).unwrap_or(1);
    let shuffled = |row: u64| Some(row * step % n_rows).filter(|row| !noise(*row, 99).is_multiple_of(200));
    write_side(&folder.path().join("online.parquet"), n_rows, shuffled, mismatching)?;
    fs::write(folder.path().join("spec.yaml"), spec())?;

    let started = Instant::now();
    let mut check = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["check", "spec.yaml", "-o", "json=report.json"])
        .current_dir(folder.path())
        .spawn()?;
    let mut peak_kb = 0;
    let status = loop {
        peak_kb = peak_memory_kb(check.id()).unwrap_or(peak_kb);
        match check.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let wall_s = started.elapsed().as_secs_f64();
    let n_bytes: u64 = ["offline.parquet", "online.parquet"]
        .iter()
        .map(|name| fs::metadata(folder.path().join(name)).map_or(0, |file| file.len()))
        .sum();
    println!(
        "{n_rows} rows x 20 features a side ({} MB), {mismatching} of 1000 rows mismatching in 2 features: {wall_s:.2} s, \
         {} MB, exit {}",
        n_bytes / 1_000_000,
        peak_kb / 1000,
        status.code().unwrap_or_default()
    );
    Ok(())
}

/// The most memory that a process has held; where Linux tells it.
fn peak_memory_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

fn spec() -> String {
    let features: String = columns(0, &[0]).iter().skip(1).map(|(name, _)| format!("  - name: {name}\n")).collect();
    format!(
        "trueup: 1\nname: bench\nkeys: [id]\noffline: offline.parquet\nonline: online.parquet\nfeatures:\n{features}"
    )
}

fn write_side(path: &Path, n_rows: u64, row_at: impl Fn(u64) -> Option<u64>, mismatching: u64) -> Outcome<()> {
    let schema = RecordBatch::try_from_iter(columns(0, &[0]))?.schema();
    let mut writer = ArrowWriter::try_new(File::create(path)?, schema, None)?;
    for start in (0..n_rows).step_by(ROWS_IN_BATCH as usize) {
        let rows: Vec<u64> = (start..n_rows.min(start + ROWS_IN_BATCH)).filter_map(&row_at).collect();
        writer.write(&RecordBatch::try_from_iter(columns(mismatching, &rows))?)?;
    }
    writer.close()?;
    Ok(())
}

fn columns(mismatching: u64, rows: &[u64]) -> Vec<(String, ArrayRef)> {
    let is_bad = |row: u64| noise(row, 77) % 1000 < mismatching;
    let float = |row: u64, seed: u64| noise(row, seed) as f64 / u64::MAX as f64;
    let mut columns: Vec<(String, ArrayRef)> = vec![("id".into(), Arc::new(ints(rows, |row| row as i64)))];
    for seed in 0..8 {
        let scale = |row| if seed == 0 && is_bad(row) { 100.0 } else { 1.0 };
        let values: Float64Array = rows.iter().map(|row| Some(float(*row, seed) * scale(*row))).collect();
        columns.push((format!("float{seed}"), Arc::new(values)));
    }
    for seed in 0..4 {
        let offset = |row| i64::from(seed == 0 && is_bad(row));
        let values = ints(rows, |row| (noise(row, 10 + seed) % 1000) as i64 + offset(row));
        columns.push((format!("int{seed}"), Arc::new(values)));
    }
    for seed in 0..4 {
        let word = |row| ["alpha", "beta", "gamma", "delta"][(noise(row, 20 + seed) % 4) as usize];
        columns
            .push((format!("word{seed}"), Arc::new(rows.iter().map(|row| Some(word(*row))).collect::<StringArray>())));
    }
    let text = |row: &u64| Some(format!("{:016x}{:016x}", noise(*row, 30), noise(*row, 31)));
    columns.push(("text".into(), Arc::new(rows.iter().map(text).collect::<StringArray>())));
    let flags: BooleanArray = rows.iter().map(|row| Some(noise(*row, 40).is_multiple_of(2))).collect();
    columns.push(("flag".into(), Arc::new(flags)));
    let sparse: Float64Array =
        rows.iter().map(|row| (!noise(*row, 50).is_multiple_of(10)).then(|| float(*row, 51))).collect();
    columns.push(("sparse".into(), Arc::new(sparse)));
    let times = rows.iter().map(|row| 1_700_000_000_000_000 + *row as i64 * 1_000);
    columns.push(("at".into(), Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))));
    columns
}

fn ints(rows: &[u64], value: impl Fn(u64) -> i64) -> Int64Array {
    rows.iter().map(|row| Some(value(*row))).collect()
}

/// SplitMix64: the same number for the same row and seed, and no pattern in between.
fn noise(row: u64, seed: u64) -> u64 {
    let mut z = row.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
