//! Whatever the bytes are, a reader answers and never panics.

use proptest::prelude::*;
use reach::{Datum, Fault, Reading, Table, table::Sheet};

fn packed() -> Vec<u8> {
    let text = br#"{"type":"LineString","coordinates":[[113.0,34.0],[113.001,34.0],[113.002,34.001]]}"#;
    reach::pack(&reach::read(text, Reading::default()).unwrap())
}

/// A header blob, and a data blob of two nodes and a street between them, by hand.
fn pbf() -> Vec<u8> {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }
    fn blob(kind: &str, data: &[u8]) -> Vec<u8> {
        let blob = [field(1, data), vec![2 << 3, data.len() as u8]].concat();
        let header = [field(1, kind.as_bytes()), vec![3 << 3, blob.len() as u8]].concat();
        [&(header.len() as u32).to_be_bytes()[..], &header, &blob].concat()
    }
    let head = field(4, b"OsmSchema-V0.6");
    let strings = [field(1, b""), field(1, b"highway"), field(1, b"footway")].concat();
    // Ids 1, 2; coordinates in 100 nanodegrees, as differences, zigzag: 10, then 20,000 more.
    let far = [0xc0, 0xb8, 0x02];
    let dense =
        [field(1, &[2, 2]), field(8, &[&[20][..], &far].concat()), field(9, &[&[20][..], &far].concat())].concat();
    let way = [vec![1 << 3, 7], field(2, &[1]), field(3, &[2]), field(8, &[2, 2])].concat();
    let block = [field(1, &strings), field(2, &field(2, &dense)), field(2, &field(3, &way))].concat();
    [blob("OSMHeader", &head), blob("OSMData", &block)].concat()
}

#[test]
fn a_small_pbf_made_by_hand_is_read() {
    let streets = reach::read(&pbf(), Reading::default()).unwrap();
    assert_eq!((streets.junction_count(), streets.chain_count()), (2, 1));
    let (a, b) = (streets.junction(0), streets.junction(1));
    assert!((a.lon - 1e-6).abs() < 1e-12 && (b.lat - 0.002_001).abs() < 1e-12, "{a:?} {b:?}");
    assert_eq!(streets.attribution(), "© OpenStreetMap contributors, ODbL 1.0");
}

#[test]
fn a_file_cut_anywhere_is_called_truncated_or_empty_of_streets() {
    let whole = pbf();
    for length in 15..whole.len() {
        match reach::read(&whole[..length], Reading::default()) {
            Err(Fault::Truncated { length: said, .. }) => assert_eq!(said, length as u64),
            // Cut exactly between two blobs.
            Err(Fault::NoWalkableWay(0)) => {}
            other => panic!("{length}: {other:?}"),
        }
    }
    let whole = packed();
    for length in 8..whole.len() {
        assert!(
            matches!(
                reach::read(&whole[..length], Reading::default()),
                Err(Fault::Truncated { .. } | Fault::Damaged { .. })
            ),
            "{length}"
        );
    }
}

#[test]
fn other_files_are_told_by_their_first_bytes() {
    let said = reach::read(b"PK\x03\x04 something", Reading::default()).unwrap_err();
    assert_eq!(said, Fault::UnknownFormat("50 4b 03 04 20 73 6f 6d".to_owned()));
    assert_eq!(reach::read(b"", Reading::default()).unwrap_err(), Fault::UnknownFormat("none".to_owned()));
}

#[test]
fn geojson_says_what_is_wrong_and_where() {
    let said = |text: &str| reach::read(text.as_bytes(), Reading::default()).unwrap_err().to_string();
    assert_eq!(
        said(r#"{"type":"LineString","coordinates":[[0,0],[0,95]]}"#),
        "streets: feature 1, coordinate 2: \"0, 95\" is out of range (longitude ±180, latitude ±90)"
    );
    assert_eq!(said(r#"{"type":"FeatureCollection","features":[]}"#), "streets: no walkable way among 0 lines");
    assert_eq!(
        said(r#"{"type":"LineString","coordinates":[[0,0],[0,5]]}"#),
        "streets: line 1 has a straight piece of 555975 m; nothing over 200,000 m is a street"
    );
    assert!(said(r#"{"type":"LineString","coordinates":[[0,0],[0,NaN]]}"#).contains("line 1 column"));
    assert!(said(r#"{"type":"LineString","coordinates":[[0,0],"#).contains("truncated"));
    assert!(
        said(r#"{"type":"FeatureCollection","crs":{"properties":{"name":"GCJ-02"}},"features":[]}"#)
            .contains("two datums")
    );
}

proptest! {
    #[test]
    fn an_altered_pbf_is_read_or_refused(at in 0..200_usize, bytes in prop::collection::vec(any::<u8>(), 0..4)) {
        let mut whole = pbf();
        let at = at % whole.len();
        whole.splice(at..(at + bytes.len()).min(whole.len()), bytes);
        let _ = reach::read(&whole, Reading::default());
    }

    #[test]
    fn an_altered_packed_file_is_refused(at in 0..400_usize, byte in any::<u8>()) {
        let mut whole = packed();
        let at = at % whole.len();
        let before = std::mem::replace(&mut whole[at], byte);
        prop_assert!(before == byte || reach::read(&whole, Reading::default()).is_err());
    }

    #[test]
    fn rubbish_behind_a_right_checksum_is_read_or_refused(bytes in prop::collection::vec(prop_oneof![0..6_u8, any::<u8>()], 0..120)) {
        if let Ok(streets) = reach::read(&reach::sealed(&bytes), Reading::default()) {
            let _ = reach::Network::build(streets, reach::Profile::WHEELCHAIR);
        }
    }

    #[test]
    fn rubbish_after_a_magic_word_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3_usize) {
        let magic: &[u8] = [&b"SYREACH\x01"[..], b"\x00\x00\x00\x0d\x0a\x09OSMHeader", b"{"][kind];
        prop_assert!(reach::read(&[magic, &bytes].concat(), Reading::default()).is_err());
    }

    #[test]
    fn any_text_is_a_table_or_not(text in "(id,lon,lat,kind\r?\n)?([a1\",. \r\n-]|[0-9]{1,3},){0,60}", count in 1..5_usize) {
        if let Ok(sheet) = Sheet::open(Table::Facilities, text.as_bytes(), None, Datum::Bd09) {
            for run in sheet.runs(count) {
                let _ = sheet.rows(run, |_| Ok(()));
            }
        }
    }
}
