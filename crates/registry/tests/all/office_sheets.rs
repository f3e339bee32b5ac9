//! Sheets as real offices have them: places by name, rows that are no persons, words that nobody knows, searches for what
//! went in.

use registry::elders::{queries, vocabulary::Tag};
use store::both;

use crate::office::{Office, county, everybody};

both! {
    async fn a_sheet_with_names_of_streets_and_villages_gets_in(test: TestDb) {
        let office = Office::open(test).await;
        let village = registry::places::villages_of("411002".parse().unwrap()).next().unwrap();
        let town = registry::places::name(village.region.parent().unwrap()).unwrap();
        let text = format!(
            "序号,姓名,身份证号,所属街道,所属社区,现住址,联系电话,是否独居,人员类别\n\
             1,苗国华,41100219330303005X,{town},{},北街1号,无,是,残疾\n\
             2,苗国强,411002193303030076,{town},没有这个社区,北街2号,/,否,低保\n\
             3,,,,,,,,\n\
             4,,,,,,,,\n\
             合计,2人,,,,,,,\n\
             填表人：张三,,审核人：李四,,,,,,\n",
            village.name
        );
        let (tally, told) = office.import_text(&text, None, false).await.unwrap();
        assert_eq!((tally.rows, tally.created, tally.bad, tally.noted), (2, 1, 1, 1));
        assert_eq!((tally.passed.empty, tally.passed.other), (2, 2));
        assert!(tally.passed.shown[0].1.contains("合计"), "{:?}", tally.passed);
        assert!(told.bad[0].1[0].contains("里没有这个地方"), "{:?}", told.bad);
        assert!(told.notes[0].1[0].contains("残疾"), "{:?}", told.notes);
        let elder = office.everybody().await.remove(0);
        assert_eq!((elder.place().unwrap(), elder.tags()), (village.region, vec![Tag::Alone]));
    }

    async fn a_whole_file_may_live_in_one_place(test: TestDb) {
        let office = Office::open(test).await;
        let text = "姓名,身份证号,现住址\n苗国华,41100219330303005X,北街1号\n";
        assert_eq!(office.import_text(text, None, false).await.unwrap_err().code(), Some("sheet.missing_columns"));
        let (tally, _) = office.import_text(text, Some("411002001"), false).await.unwrap();
        assert_eq!(tally.created, 1);
        assert_eq!(office.everybody().await[0].place().unwrap().short(), "411002001");
    }

    async fn names_are_found_whatever_dot_they_are_typed_with(test: TestDb) {
        let office = Office::open(test).await;
        let names = ["买买提·艾力", "买买提•艾力", "买买提・艾力", "买买提．艾力", "买买提.艾力", "买买提-艾力", "买买提 艾力", "古丽米热·艾比布力"];
        let mut text = String::from("姓名,身份证号,区划代码,现住址\n");
        for (n, name) in names.iter().enumerate() {
            let id = kernel::ResidentId::synthetic(411_002, "1945-01-01".parse().unwrap(), n as u16 + 1);
            text.push_str(&format!("{name},{},411002,北街1号\n", id.reveal()));
        }
        office.import_text(&text, None, false).await.unwrap();
        let stored: Vec<_> = everybody(office.db()).await.into_iter().map(|elder| elder.name).collect();
        assert_eq!(stored.iter().filter(|name| *name == "买买提·艾力").count(), 7, "{stored:?}");
        for typed in ["买买提•艾力", "买买提・艾力", "买买提.艾力", "买买提艾力", "买买提 艾力", "买买提", "买买提·", "\u{202d}买买提·艾力\u{202c}"] {
            assert_eq!(office.search(county("411002"), typed).await.len(), 7, "{typed}");
        }
        assert_eq!(office.search(county("411002"), "古丽米热•艾比布力").await.len(), 1);
        assert_eq!(office.search(county("411002"), "买买t").await.len(), 7);
    }

    async fn whose_daughter_calls_is_found_and_marked(test: TestDb) {
        let office = Office::open(test).await;
        let text = "姓名,身份证号,区划代码,现住址,手机,紧急联系人,联系人电话\n\
                    陈国华,411002194305122016,411002,榆园3号楼,13800002001,陈伟,13900002001\n\
                    刘秀英,411002194305122024,411002,榆园3号楼,13900002001,,\n";
        office.import_text(text, None, false).await.unwrap();
        for typed in ["13900002001", "2001", "900002001", "\u{202d}139-0000-2001\u{202c}"] {
            let blinder = office.keys.blinder().await.unwrap();
            let (db, keys, scope) = (office.db(), &office.keys, county("411002"));
            let desk = registry::elders::search::Desk { db, keys, blinder: &blinder, scope, today: "2026-11-21".parse().unwrap() };
            let found = registry::elders::search::search(desk, typed, 20).await.unwrap();
            let marked: Vec<_> = found.elders.iter().map(|e| (e.name.as_str(), found.by_contact.contains(&e.id))).collect();
            assert!(marked.contains(&("刘秀英", false)), "{typed} {marked:?}");
            let own = typed == "2001";
            assert!(marked.contains(&("陈国华", !own)), "{typed} {marked:?}");
        }
        let elder = office.everybody().await.into_iter().find(|elder| elder.name == "陈国华").unwrap();
        let changed = text.replace("13900002001\n                    刘", "13900002002\n                    刘").replace("陈伟,13900002001", "陈伟,13900002002");
        office.import_text(&changed, None, false).await.unwrap();
        assert_eq!(office.search(county("411002"), "13900002002").await, ["陈国华"]);
        assert_eq!(office.search(county("411002"), "13900002001").await, ["刘秀英"], "the old number leads nowhere");
        assert!(queries::get(office.db(), &county("411002"), elder.key().unwrap()).await.is_ok());
    }
}
