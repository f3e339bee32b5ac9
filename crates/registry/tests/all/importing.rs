//! A sheet goes in: once, whole, and never twice.

use kernel::Scope;
use registry::elders::{events::FieldChange, queries};
use store::{
    both, journal,
    sea_orm::{self, ConnectionTrait, Statement},
    seal::Cell,
};

use crate::office::{Office, Told, clerk, county, home, line};

both! {
    async fn good_rows_go_in_and_bad_rows_are_told_with_their_cause(test: TestDb) {
        let office = Office::open(test).await;
        let mut bad = line("王五", 3);
        bad.cert = "411002194305120011".into();
        let mut nowhere = line("赵六", 4);
        nowhere.place = "411099".into();
        let (tally, told) = office.import(&[line("陈秀云", 1), bad, line("李四", 2), nowhere]).await;
        assert_eq!((tally.rows, tally.created, tally.bad), (4, 2, 2));
        assert_eq!(tally.unknown_columns, ["备忘"]);
        assert_eq!(told.bad.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3, 5]);
        assert!(told.bad[0].1[0].starts_with("证件号码 4110**********0011"), "{:?}", told.bad);
        let everybody = office.everybody().await;
        assert_eq!(everybody.len(), 2);
        assert_eq!(everybody[0].number, "411002-0000001");
        assert_eq!(everybody[0].cert_mask.len(), 18);
        let file = queries::open(&office.keys, &everybody[0]).await.unwrap();
        assert_eq!(file.details.address, "榆园 1 号楼");
    }

    async fn a_dry_run_tells_and_writes_nothing(test: TestDb) {
        let office = Office::open(test).await;
        let tally = office.try_import(&clerk("411002"), &[line("陈秀云", 1)], true, &mut Told::default()).await.unwrap();
        assert_eq!(tally.created, 1);
        assert!(office.everybody().await.is_empty());
        assert!(journal::heads(office.db()).await.unwrap().is_empty());
    }

    async fn the_same_sheet_twice_creates_nobody_twice(test: TestDb) {
        let office = Office::open(test).await;
        let lines = [line("陈秀云", 1), line("李四", 2)];
        office.import(&lines).await;
        let (tally, _) = office.import(&lines).await;
        assert_eq!((tally.created, tally.changed, tally.same), (0, 0, 2));
        assert_eq!(office.everybody().await.len(), 2);
    }

    async fn one_changed_phone_changes_that_field_only_and_stands_in_the_journal(test: TestDb) {
        let office = Office::open(test).await;
        office.import(&[line("陈秀云", 1), line("李四", 2)]).await;
        let before = office.everybody().await;
        let mut changed = line("陈秀云", 1);
        changed.mobile = "13900006071".into();
        let (tally, _) = office.import(&[changed, line("李四", 2)]).await;
        assert_eq!((tally.created, tally.changed, tally.same), (0, 1, 1));
        let after = office.everybody().await;
        assert_eq!(after[1], before[1]);
        assert_eq!((after[0].mobile_mask.as_str(), after[0].version), ("139****6071", 2));
        let timeline = journal::timeline(office.db(), &county("411002"), after[0].id, None, 10).await.unwrap();
        let kinds: Vec<_> = timeline.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["elder.changed", "elder.registered"]);
        let key = office.keys.find_key(after[0].id).await.unwrap().unwrap();
        let private = key.open(Cell::new("journal", "private", after[0].id), timeline[0].private.as_ref().unwrap()).unwrap();
        let changes: Vec<FieldChange> = serde_json::from_slice(&private).unwrap();
        assert_eq!(changes, [FieldChange { field: "mobile".into(), from: "13800000001".into(), to: "13900006071".into() }]);
        assert_eq!(office.search(county("411002"), "6071").await, ["陈秀云"]);
        assert_eq!(office.search(county("411002"), "13800000001").await, [""; 0]);
    }

    async fn two_rows_of_one_person_with_other_contents_are_told(test: TestDb) {
        let office = Office::open(test).await;
        let mut other = line("陈秀云", 1);
        other.mobile = "13900006071".into();
        let (tally, told) = office.import(&[line("陈秀云", 1), line("陈秀云", 1), other]).await;
        assert_eq!((tally.created, tally.same, tally.bad), (1, 1, 1));
        assert!(told.bad[0].1[0].contains("与第 2 行是同一个人"), "{:?}", told.bad);
    }

    async fn rows_of_another_county_are_refused_and_a_person_registered_elsewhere_is_not_taken_over(test: TestDb) {
        let office = Office::open(test).await;
        office.import(&[line("陈秀云", 1)]).await;
        let mut there = line("陈秀云", 1);
        there.place = "411003".into();
        let mut told = Told::default();
        let tally = office.try_import(&clerk("411003"), &[there.clone(), line("李四", 2)], false, &mut told).await.unwrap();
        assert_eq!((tally.created, tally.changed, tally.bad), (0, 0, 2));
        assert!(told.bad.iter().any(|(_, faults)| faults[0].contains("魏都区")), "{:?}", told.bad);
        assert!(told.bad.iter().any(|(_, faults)| faults[0].contains("不在您的数据范围内")), "{:?}", told.bad);
        assert_eq!(office.everybody().await.len(), 1);
    }

    async fn a_killed_import_goes_on_at_the_last_chunk_and_doubles_nothing(test: TestDb) {
        let office = Office::open(test).await;
        let lines: Vec<_> = (0..4_300).map(|n| line("陈秀云", n)).collect();
        let mut told = Told { stop_after: Some(2_600), ..Told::default() };
        office.try_import(&clerk("411002"), &lines, false, &mut told).await.unwrap_err();
        assert_eq!(office.everybody().await.len(), 4_000);
        let (tally, _) = office.import(&lines).await;
        assert_eq!((tally.rows, tally.created, tally.same), (4_300, 300, 4_000));
        assert_eq!(office.everybody().await.len(), 4_300);
        assert_eq!(journal::verify(office.db(), &[], |_| {}).await.unwrap().breaks, []);
        assert_eq!(office.search(county("411002"), "13800000001").await.len(), 1, "phones of a killed import are found, too");
        let heads = journal::heads(office.db()).await.unwrap();
        assert_eq!(heads[0].seq, 4_301, "each person once, and the end of the run");
    }

    async fn two_imports_of_the_same_people_at_once_create_each_once(test: TestDb) {
        let office = Office::open(test).await;
        let lines: Vec<_> = (0..700).map(|n| line("陈秀云", n)).collect();
        let (one, other) = (clerk("411002"), office.test.operator());
        let (mut a, mut b) = (Told::default(), Told::default());
        let path = office.sheet(&lines);
        let request = crate::office::request(path, false);
        let (first, second) = (office.importer(&one), office.importer(&other));
        let (first, second) = tokio::join!(
            registry::elders::import::import(&first, &request, &mut a),
            registry::elders::import::import(&second, &request, &mut b),
        );
        assert_eq!(first.unwrap().created + second.unwrap().created, 700);
        assert_eq!(office.everybody().await.len(), 700);
    }

    async fn the_same_sheet_given_again_meanwhile_takes_the_import_over(test: TestDb) {
        let office = Office::open(test).await;
        let lines: Vec<_> = (0..700).map(|n| line("陈秀云", n)).collect();
        let request = crate::office::request(office.sheet(&lines), false);
        let importer = office.importer(&clerk("411002"));
        let (mut a, mut b) = (Told::default(), Told::default());
        let (first, second) = tokio::join!(
            registry::elders::import::import(&importer, &request, &mut a),
            registry::elders::import::import(&importer, &request, &mut b),
        );
        let ended: Vec<_> = [&first, &second].into_iter().map(|r| r.as_ref().err().and_then(kernel::Failure::code)).collect();
        assert!(ended.contains(&None), "{ended:?}");
        assert!(ended.iter().all(|code| matches!(code, None | Some("import.taken_over"))), "{ended:?}");
        assert_eq!(office.everybody().await.len(), 700);
    }

    async fn nothing_in_the_database_tells_a_number_or_an_address(test: TestDb) {
        let office = Office::open(test).await;
        office.import(&[line("陈秀云", 1)]).await;
        let intruder = sea_orm::Database::connect(office.test.url.as_str()).await.unwrap();
        for (table, column) in [("elders", "cert_sealed"), ("elders", "details_sealed"), ("journal", "private")] {
            let sql = format!("SELECT {column} AS c FROM {table} WHERE {column} IS NOT NULL");
            for row in intruder.query_all_raw(Statement::from_string(intruder.get_database_backend(), sql)).await.unwrap() {
                let bytes: Vec<u8> = row.try_get("", "c").unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                assert!(!text.contains(&line("陈秀云", 1).cert) && !text.contains("榆园"), "{table}.{column}");
            }
        }
        let facts = journal::after(office.db(), home(411_002), 0, 10).await.unwrap();
        assert!(facts.iter().all(|e| !e.facts.contains("陈") && !e.facts.contains("1940010")), "{facts:?}");
    }

    async fn a_person_can_be_filtered_by_a_tag_right_after_the_import(test: TestDb) {
        let office = Office::open(test).await;
        let mut tagged = line("陈秀云", 1);
        tagged.tags = "独居；低保".into();
        office.import(&[tagged, line("李四", 2)]).await;
        let filter = queries::Filter { tags: registry::elders::vocabulary::Tag::read("低保").into_iter().collect(), ..Default::default() };
        let found = queries::list(office.db(), &Scope::whole(), &filter, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["陈秀云"]);
    }
}
