use std::sync::{Mutex, Weak};

use datafusion::arrow::array::{AsArray, Int64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, TimeUnit};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::executor::block_on;

use super::*;
use crate::engine::program::Program;

/// A key, a time in microseconds and the value of the only feature.
type Row = (Option<i64>, i64, i64);

fn layout() -> Arc<Layout> {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let program = Program {
        base: vec![
            Field::new("id", DataType::Int64, true),
            Field::new("at", time, true),
            Field::new("x", DataType::Int64, true),
        ],
        steps: Vec::new(),
        filter: None,
        keys: vec![0],
        event_time: Some(1),
        computed: vec![Some(2)],
        recorded: vec![None],
        attributes: Vec::new(),
        impossible: Vec::new(),
    };
    Arc::new(Layout::new(&program))
}

fn batch_of(rows: &[Row]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.1)).with_timezone("UTC")),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.2))),
    ];
    RecordBatch::try_new(layout().schema.clone(), columns).expect("the columns are those of the layout")
}

/// The batches that a side has made, to see which are still held.
#[derive(Clone, Default)]
struct Made(Arc<Mutex<Vec<Weak<dyn Array>>>>);

impl Made {
    fn n_held(&self) -> usize {
        self.0.lock().expect("no test panics with it").iter().filter(|array| array.strong_count() > 0).count()
    }

    /// Batches of the rows, each made when it is asked for, and then an error or the end.
    fn stream(&self, batches: Vec<Vec<Row>>, error: Option<&str>) -> SendableRecordBatchStream {
        let made = self.clone();
        let batches = batches.into_iter().map(move |rows| {
            let batch = batch_of(&rows);
            made.0.lock().expect("no test panics with it").push(Arc::downgrade(batch.column(2)));
            Ok(batch)
        });
        let error = error.map(|text| Err(DataFusionError::Execution(text.to_owned())));
        let stream = futures::stream::iter(batches.chain(error));
        Box::pin(RecordBatchStreamAdapter::new(layout().schema.clone(), stream))
    }
}

fn aligner(rules: Align, streams: PerSide<SendableRecordBatchStream>) -> Aligner {
    let layouts = PerSide::from_fn(|_| layout());
    Aligner::new(rules, streams, layouts, vec!["id".to_owned()], true).expect("the keys can be encoded")
}

fn rules(duplicates: Duplicates, event_time: EventTimeRule) -> Align {
    Align { duplicates, event_time, complete: PerSide { offline: true, online: false } }
}

/// The pairs of values, and the outcome.
fn align(rules: Align, offline: Vec<Row>, online: Vec<Row>) -> (Vec<(i64, i64)>, Outcome) {
    let made = Made::default();
    let streams = PerSide { offline: made.stream(vec![offline], None), online: made.stream(vec![online], None) };
    let mut aligner = aligner(rules, streams);
    let mut pairs = Vec::new();
    while let Some(aligned) = block_on(aligner.next()).expect("nothing fails") {
        if let Aligned::Pairs(PerSide { offline, online }) = aligned {
            let values = |rows: &Rows| rows.batch.column(2).as_primitive::<Int64Type>().values().to_vec();
            pairs.extend(values(&offline).into_iter().zip(values(&online)));
        }
    }
    (pairs, aligner.finish())
}

#[test]
fn an_error_names_the_side_that_failed() {
    for failing in Side::BOTH {
        let made = Made::default();
        let stream = |side| made.stream(vec![vec![(Some(1), 0, 0)]], (side == failing).then_some("no more"));
        let streams = PerSide { offline: stream(Side::Offline), online: stream(Side::Online) };
        let mut aligner = aligner(rules(Duplicates::Error, EventTimeRule::Ignore), streams);
        let error = loop {
            match block_on(aligner.next()) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the error of the {failing} side is lost"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.side, failing);
    }
}

/// Most batches held at once while rows of a hundred batches a side are aligned.
fn most_held(duplicates: Duplicates, row: impl Fn(i64) -> Row) -> usize {
    let made = Made::default();
    let batches = || (0..100).map(|idx| vec![row(idx); 20]).collect::<Vec<_>>();
    let streams = PerSide { offline: made.stream(batches(), None), online: made.stream(batches(), None) };
    let mut aligner = aligner(rules(duplicates, EventTimeRule::Ignore), streams);
    let (mut most, mut n_batches) = (0, 0);
    while let Some(aligned) = block_on(aligner.next()).expect("nothing fails") {
        n_batches += usize::from(matches!(aligned, Aligned::Side(..)));
        most = most.max(made.n_held());
    }
    assert_eq!(n_batches, 200);
    most
}

#[test]
fn a_key_of_many_batches_holds_few() {
    for duplicates in [Duplicates::Error, Duplicates::Exclude] {
        let most = most_held(duplicates, |_| (Some(1), 0, 0));
        assert!(most <= 5, "{most} batches held");
    }
    // On each side, the rows that wait to be compared, twenty in a batch, beside the greatest and the current one.
    let most = most_held(Duplicates::Latest, |_| (Some(1), 0, 0));
    assert!(most <= 2 * (cursor::MAX_LATEST / 20 + 3), "{most} batches held");
    let most = most_held(Duplicates::Latest, |idx| (Some(1), idx, 0));
    assert!(most <= 5, "{most} batches held");
}

#[test]
fn null_keys_of_many_batches_hold_few() {
    let most = most_held(Duplicates::Error, |_| (None, 0, 0));
    assert!(most <= 4, "{most} batches held");
}

#[test]
fn pairs_come_in_batches_of_bounded_size() {
    let made = Made::default();
    let n_rows = PAIRS_IN_BATCH as i64 * 2 + 5;
    let rows = || vec![(0..n_rows).map(|x| (Some(1), 0, x % 7)).collect::<Vec<_>>()];
    let streams = PerSide { offline: made.stream(rows(), None), online: made.stream(rows(), None) };
    let mut aligner = aligner(rules(Duplicates::Multiset, EventTimeRule::Ignore), streams);
    let mut sizes = Vec::new();
    while let Some(aligned) = block_on(aligner.next()).expect("nothing fails") {
        if let Aligned::Pairs(sides) = aligned {
            assert_eq!(sides.offline.len(), sides.online.len());
            sizes.push(sides.offline.len());
        }
    }
    assert_eq!(sizes, [PAIRS_IN_BATCH, PAIRS_IN_BATCH, 5]);
}

#[test]
fn the_latest_of_one_time_is_the_greatest_by_content_and_found_once() {
    let batch = Arc::new(batch_of(&[(Some(1), 0, 3), (Some(1), 0, 9), (Some(1), 0, 5)]));
    let row = |row| RowRef { batch: batch.clone(), row };
    let mut node = Node { time_ns: 0, n_rows: 3, first: row(0), rest: vec![row(1), row(2)] };
    keep_greatest(&layout(), &mut node);
    // What is asked again has nothing left to compare.
    assert!(node.rest.is_empty());
    assert_eq!((node.first.row, node.n_rows), (1, 3));

    let event_time = EventTimeRule::AsOf { max_age_ns: None };
    let offline = vec![(Some(1), 10, 3), (Some(1), 10, 9), (Some(1), 10, 5)];
    let online = vec![(Some(1), 11, 1), (Some(1), 12, 2), (Some(1), 13, 3)];
    let (pairs, outcome) = align(rules(Duplicates::Latest, event_time), offline, online);
    assert_eq!(pairs, [(9, 1), (9, 2), (9, 3)]);
    let expected = Accounts { duplicate: 2, compared: 1, ..Accounts::default() };
    assert_eq!(outcome.accounts.offline, expected);
}

#[test]
fn what_a_multiset_has_too_many_of_is_named_among_the_unmatched() {
    let offline = vec![(Some(1), 0, 5), (Some(1), 0, 5), (Some(1), 0, 6)];
    let online = vec![(Some(1), 0, 5)];
    let (pairs, outcome) = align(rules(Duplicates::Multiset, EventTimeRule::Ignore), offline, online);
    assert_eq!(pairs, [(5, 5)]);
    assert_eq!(outcome.accounts.offline.unmatched, 2);
    assert_eq!(outcome.unmatched_keys.offline.len(), 1);
    assert_eq!(outcome.unmatched_keys.offline[0]["id"], 1);
    assert!(outcome.unmatched_keys.online.is_empty());
}
