//! Bad input gets an error that names the item; no bytes make a reader panic.

use proptest::prelude::*;
use rounds::{Pin, Problem, Roads, Together, Window, read};

use crate::support::{caregiver, order, street};

fn fine() -> Problem {
    let mut both = order("o1", 3, Window::hard(540.0, 600.0));
    both.services.push(both.services[0].clone());
    both.together = Some(Together::Sequential { min: 10.0, max: 20.0 });
    street(vec![both, order("o2", 1, Window::soft(500.0, 600.0))], vec![caregiver("a"), caregiver("b")])
}

fn said(change: impl Fn(&mut Problem)) -> String {
    let mut problem = fine();
    problem.validate().unwrap();
    change(&mut problem);
    problem.validate().unwrap_err().to_string()
}

#[test]
fn each_mistake_is_named_with_its_item_in_both_languages() {
    type Mistake<'a> = (&'a dyn Fn(&mut Problem), &'a str, &'a str);
    let cases: [Mistake<'_>; 12] = [
        (&|p| p.orders[1].services[0].minutes = -5.0, "order o2", "the duration is negative"),
        (&|p| p.orders[1].window = Window::hard(700.0, 600.0), "order o2", "the window is reversed"),
        (&|p| p.orders[1].services[0].skills = vec!["飞".into()], "order o2", "unknown skill “飞”"),
        (
            &|p| p.orders[0].together = Some(Together::Sequential { min: 90.0, max: 99.0 }),
            "order o1",
            "impossible pair",
        ),
        (&|p| p.orders[0].together = Some(Together::Sequential { min: 20.0, max: 10.0 }), "order o1", "reversed"),
        (
            &|p| {
                p.orders[0].pins =
                    (0..2).map(|part| Pin { caregiver: "a".into(), part, start: None, begun: false }).collect()
            },
            "order o1",
            "impossible pair",
        ),
        (&|p| p.orders[1].preferred = vec!["nobody".into()], "order o2", "no caregiver “nobody”"),
        (&|p| p.orders[1].id = "o1".into(), "order o1", "twice"),
        (&|p| p.orders[1].place = 99, "order o2", "place 99 of 10"),
        (&|p| p.caregivers[1].shifts[0].close = 0.0, "caregiver b", "reversed"),
        (&|p| p.caregivers[1].capacity = Some(f64::NAN), "caregiver b", "capacity"),
        (&|p| p.weights.late = -1.0, "weight late", "negative"),
    ];
    for (change, item, english) in cases {
        let text = said(change);
        assert!(text.starts_with(item) && text.contains(english), "{text}");
        assert!(text.chars().any(|c| ('一'..='鿿').contains(&c)), "{text}");
    }
}

#[test]
fn a_matrix_of_wrong_size_or_with_nan_is_named_with_row_and_column() {
    let matrix = |n: usize| vec![vec![1.0; n]; n];
    let text = said(|p| p.roads = Roads::Matrix { minutes: matrix(9), metres: None });
    assert!(text.contains("9 rows where 10 are due"), "{text}");
    let mut holed = matrix(10);
    holed[3][4] = f64::NAN;
    let text = said(|p| p.roads = Roads::Matrix { minutes: holed.clone(), metres: None });
    assert!(text.contains("matrix minutes row 3 column 4"), "{text}");
}

#[test]
fn the_bare_word_nan_in_a_file_is_found_where_it_stands() {
    let text = r#"{"patients":[{"id":"p1","time_window":[0,10],"required_caregivers":[{"service":"s","duration":5}]}],
        "caregivers":[{"id":"c1","abilities":["s"]}],"central_offices":[{"id":"d"}],"distances":[[0,NaN],[1,0]]}"#;
    let defects = read::problem(text).unwrap_err().to_string();
    assert!(defects.contains("matrix minutes row 0 column 1"), "{defects}");
    let text = text.replace("[0,NaN],[1,0]", "[0,1],[1,0]").replace("\"duration\":5", "\"duration\":-5");
    let defects = read::problem(&text).unwrap_err().to_string();
    assert!(defects.starts_with("order p1") && defects.contains("the duration is negative"), "{defects}");
}

#[test]
fn a_field_that_is_missing_or_misspelt_is_named() {
    let defects = read::problem(r#"{"places":[],"orders":[{"id":"x"}],"caregivers":[]}"#).unwrap_err().to_string();
    assert!(defects.contains("orders[0]") && defects.contains("place"), "{defects}");
    let defects = read::problem(r#"{"places":[],"orders":[],"caregivers":[],"wieghts":{}}"#).unwrap_err().to_string();
    assert!(defects.contains("wieghts"), "{defects}");
    let defects = read::problem("R101\n\nVEHICLE\nNUMBER CAPACITY\n 25 200\nCUSTOMER\n0 1 2 3 4 5 6\n1 2 3\n")
        .unwrap_err()
        .to_string();
    assert!(defects.starts_with("line 8"), "{defects}");
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}") {
        let _ = read::problem(&text);
        let _ = read::plan(&text);
    }

    /// Sound files with one stretch overwritten, cut or doubled.
    #[test]
    fn no_damaged_file_makes_a_reader_panic(which in 0_usize..3, at in 0_usize..2000, cut in 0_usize..40, put in "[0-9eE.,:\\-\\[\\]{}\"a-z]{0,12}") {
        let ours = rounds::write::problem(&fine());
        let texts = [ours.as_str(), SOLOMON, HHCRSP];
        let text = texts[which];
        let mut from = at % text.len();
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + cut).min(text.len());
        while !text.is_char_boundary(to) { to -= 1; }
        let damaged = format!("{}{put}{}", &text[..from], &text[to.max(from)..]);
        if let Ok((problem, _)) = read::problem(&damaged)
            && problem.caregivers.len() < 50
        {
            let options = rounds::Options { moves: Some(50), ..rounds::Options::default() };
            let plan = rounds::solve(&problem, &options).unwrap();
            rounds::check(&problem, &plan).unwrap();
        }
    }
}

pub(crate) const SOLOMON: &str = "T1\n\nVEHICLE\nNUMBER     CAPACITY\n  3   50\n\nCUSTOMER\nCUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME\n\n 0 35 35 0 0 230 0\n 1 41 49 10 61 171 10\n 2 35 17 7 50 160 10\n 3 55 45 13 16 126 10\n 4 55 20 19 49 159 10\n";

pub(crate) const HHCRSP: &str = r#"{"patients":[{"id":"p1","location":[47.0,32.0],"time_window":[345.0,465.0],"required_caregivers":[{"service":"s4","duration":14.0}]},{"id":"p2","location":[54.0,10.0],"time_window":[268.0,388.0],"required_caregivers":[{"service":"s1"},{"service":"s4","duration":20}],"synchronization":{"type":"sequential","distance":[51,102]}},{"id":"p3","time_window":[0,120],"required_caregivers":[{"service":"s1","duration":14.0},{"service":"s4","duration":14.0}],"synchronization":{"type":"simultaneous"}}],"services":[{"id":"s1","default_duration":14.0},{"id":"s4","default_duration":14.0}],"caregivers":[{"id":"c1","abilities":["s1"]},{"id":"c2","abilities":["s4","s1"]},{"id":"c3","abilities":["s4"]}],"central_offices":[{"id":"d","location":[85.0,26.0]}],"distances":[[0,38.4,34.8,20],[38.4,0,23.1,10],[34.8,23.1,0,15],[20,10,15,0]]}"#;

#[test]
fn an_empty_file_is_called_empty() {
    for text in ["", "\u{feff}", " \r\n\t\n"] {
        for said in [read::problem(text).err(), read::plan(text).err()] {
            assert_eq!(said.unwrap().to_string(), "file：文件是空的 / the file is empty");
        }
    }
}
