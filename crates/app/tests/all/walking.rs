//! Walking distances on files, as somebody without a platform uses them.

use std::process::Output;

use store::Engine;

use crate::machine::{Machine, refused};

/// One straight street of nine kilometres; three villages along it, and three houses that stand empty beside them.
const STREETS: &str = r#"{"type":"LineString","coordinates":[[113.80,34.0],[113.90,34.0]]}"#;
const CANDIDATES: &str = "id,lon,lat,cost,room\nschool,113.81,34.0,5,4\npost,113.83,34.0,2,10\nbarn,113.85,34.0,2,10\n";

fn points() -> String {
    let villages = [("113.8105", 6), ("113.8305", 4), ("113.8505", 3)];
    let homes = villages.iter().flat_map(|(lon, count)| (0..*count).map(move |at| (*lon, at)));
    homes.fold("id,lon,lat\n".to_owned(), |text, (lon, at)| format!("{text}{lon}-{at},{lon},34.0\n"))
}

struct Desk(Machine);

impl Desk {
    async fn open() -> Self {
        let machine = Machine::new(Engine::Sqlite).await;
        std::fs::write(machine.path("streets.geojson"), STREETS).unwrap();
        std::fs::write(machine.path("points.csv"), points()).unwrap();
        std::fs::write(machine.path("candidates.csv"), CANDIDATES).unwrap();
        Self(machine)
    }

    fn site(&self, more: &[&str]) -> Output {
        let file = |name: &str| self.0.path(name).display().to_string();
        let (streets, points, candidates) = (file("streets.geojson"), file("points.csv"), file("candidates.csv"));
        let mut words = vec!["reach", "site", "--streets", &streets, "--points", &points, "--candidates", &candidates];
        words.extend(["--within", "500"]);
        words.extend(more);
        self.0.run(&words)
    }

    /// The table of a siting, without its head, and what is told beside it.
    fn sited(&self, more: &[&str]) -> (Vec<String>, String) {
        let output = self.site(more);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{told}");
        let table = String::from_utf8(output.stdout).unwrap();
        let mut lines = table.lines().map(str::to_owned);
        assert_eq!(lines.next().as_deref(), Some("rank,id,gained"));
        (lines.collect(), told)
    }
}

#[tokio::test]
async fn a_siting_takes_what_a_place_costs_and_how_many_it_serves_from_the_table() {
    let desk = Desk::open().await;
    let (table, told) = desk.sited(&["-p", "1"]);
    assert_eq!(table, ["1,school,6"]);
    assert!(told.contains("选 1 处后走得到 6（46.15%）") && told.contains("最多再好 0.00%"), "{told}");

    let (table, told) = desk.sited(&["-p", "4", "--cost", "cost"]);
    assert_eq!(table, ["1,post,4", "2,barn,3"], "the school costs more than there is");
    assert!(told.contains("不超过 7 人"), "{told}");
    let (table, _) = desk.sited(&["-p", "7", "--cost", "cost"]);
    assert_eq!(table, ["1,school,6", "2,post,4"]);

    let (table, told) = desk.sited(&["-p", "3", "--capacity", "room"]);
    let gained: u64 = table.iter().map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!((table.len(), gained), (3, 11), "the school has room for four of six: {table:?}");
    assert!(table.contains(&"1,school,4".to_owned()) || table.contains(&"2,school,4".to_owned()), "{table:?}");
    assert!(told.contains("13 人：现在走得到 0"), "{told}");
    let (table, _) = desk.sited(&["-p", "7", "--cost", "cost", "--capacity", "room"]);
    assert_eq!(table, ["1,post,4", "2,barn,3"], "for what it serves the school is dear");
}

#[tokio::test]
async fn a_siting_writes_its_file_whole_or_not_at_all() {
    let desk = Desk::open().await;
    let out = desk.0.path("sited.csv").display().to_string();
    let output = desk.site(&["-p", "2", "--out", &out]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "rank,id,gained\n1,school,6\n2,post,4\n");
    std::fs::remove_file(&out).unwrap();
    let output = desk.site(&["-p", "2", "--cost", "price", "--out", &out]);
    assert!(refused(&output).contains("price"), "{output:?}");
    assert!(!std::path::Path::new(&out).exists());
}
