//! Any text as a table, read whole and in runs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reach::{Datum, Table, table::Sheet};

fuzz_target!(|bytes: &[u8]| {
    let Ok(sheet) = Sheet::open(Table::Facilities, bytes, None, Datum::Wgs84) else { return };
    let read = |count| {
        let mut rows = Vec::new();
        let result = sheet.runs(count).into_iter().try_for_each(|run| {
            sheet.rows(run, |row| {
                rows.push((row.number, row.id));
                Ok(())
            })
        });
        (result.is_ok(), rows)
    };
    assert_eq!(read(1), read(3));
});
