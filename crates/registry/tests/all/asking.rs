//! Whose a row is: the same number and the same name are sure, everything else is asked and changes nothing before.

use registry::elders::{
    import::questions::{self, Answering, State, Why},
    queries,
};
use store::{both, journal};

use crate::office::{Office, Told, clerk, county};

const HEAD: &str = "姓名,证件类型,证件号码,性别,出生日期,手机,区划代码,居住地址,经度,纬度,人员类别\n";

/// A woman without a card.
fn woman(phone: &str, address: &str) -> String {
    format!("{HEAD}王秀兰,无证件,,女,1940-01-01,{phone},411002,{address},,,\n")
}

async fn open_questions(office: &Office) -> Vec<questions::Pair> {
    questions::open(office.db(), &office.keys, &county("411002"), 10).await.unwrap()
}

async fn answer(office: &Office, answer: State) -> kernel::Result<Option<kernel::Key<registry::elders::Elder>>> {
    let actor = clerk("411002");
    let key = open_questions(office).await[0].question.key;
    let desk = Answering { db: office.db(), keys: &office.keys, actor: &actor };
    questions::answer(desk, key, answer).await
}

/// Addresses of everybody, in order.
async fn addresses(office: &Office) -> Vec<String> {
    let mut found = Vec::new();
    for elder in office.everybody().await {
        found.push(queries::open(&office.keys, &elder).await.unwrap().details.address);
    }
    found.sort();
    found
}

both! {
    async fn two_women_without_a_card_are_asked_about_and_may_be_two(test: TestDb) {
        let office = Office::open(test).await;
        office.import_text(&woman("13800002101", "东街1号"), None, false).await.unwrap();
        let second = woman("13800002102", "西街99号");
        let (tried, told) = office.import_text(&second, None, true).await.unwrap();
        assert_eq!((tried.created, tried.changed, tried.asked), (0, 0, 1));
        assert_eq!(told.asked, [("王秀兰".to_owned(), Why::NoNumber.word().to_owned())]);
        assert!(open_questions(&office).await.is_empty(), "a trial asks nobody");
        let (tally, _) = office.import_text(&second, None, false).await.unwrap();
        assert_eq!((tally.created, tally.changed, tally.asked), (0, 0, 1));
        assert_eq!(addresses(&office).await, ["东街1号"], "nothing changes before the answer");
        office.import_text(&second, None, false).await.unwrap();
        assert_eq!(open_questions(&office).await.len(), 1, "the same row is asked about once");
        let pair = open_questions(&office).await.remove(0);
        assert_eq!((pair.there.details.address.as_str(), pair.row.details.address.as_str()), ("东街1号", "西街99号"));
        answer(&office, State::Another).await.unwrap().unwrap();
        assert_eq!(addresses(&office).await, ["东街1号", "西街99号"]);
        assert!(open_questions(&office).await.is_empty());
        for sheet in [&second, &woman("13800002101", "东街1号")] {
            let (again, _) = office.import_text(sheet, None, false).await.unwrap();
            assert_eq!((again.created, again.changed, again.same, again.asked), (0, 0, 1, 0), "the answer holds");
        }
        assert_eq!(office.search(county("411002"), "13800002102").await, ["王秀兰"]);
    }

    async fn the_same_woman_who_moved_is_one(test: TestDb) {
        let office = Office::open(test).await;
        office.import_text(&woman("13800002101", "东街1号"), None, false).await.unwrap();
        office.import_text(&woman("13800002102", "西街99号"), None, false).await.unwrap();
        let key = answer(&office, State::Same).await.unwrap().unwrap();
        assert_eq!(addresses(&office).await, ["西街99号"]);
        let timeline = journal::timeline(office.db(), &county("411002"), key.id, None, 10).await.unwrap();
        let kinds: Vec<_> = timeline.iter().map(|entry| entry.kind.as_str()).collect();
        assert!(kinds.contains(&"elder.changed") && kinds.contains(&"elder.import_answered"), "{kinds:?}");
        assert_eq!(journal::verify(office.db(), &[], |_| {}).await.unwrap().breaks, []);
    }

    async fn two_women_of_one_sheet_are_asked_about_too(test: TestDb) {
        let office = Office::open(test).await;
        let both = woman("13800002101", "东街1号") + "王秀兰,无证件,,女,1940-01-01,13800002102,411002,西街99号,,,\n";
        let (tried, told) = office.import_text(&both, None, true).await.unwrap();
        assert_eq!((tried.rows, tried.created, tried.asked, tried.bad), (2, 1, 1, 0));
        assert_eq!(told.asked.len(), 1);
        let (tally, _) = office.import_text(&both, None, false).await.unwrap();
        assert_eq!((tally.rows, tally.created, tally.asked, tally.bad), (2, 1, 1, 0));
        assert_eq!((addresses(&office).await.len(), open_questions(&office).await.len()), (1, 1));
        let (again, _) = office.import_text(&both, None, false).await.unwrap();
        assert_eq!((again.same, again.asked, open_questions(&office).await.len()), (1, 1, 1));
    }

    async fn a_known_number_with_another_name_changes_nobody(test: TestDb) {
        let office = Office::open(test).await;
        let first = format!("{HEAD}李桂英,,411002193202020047,,,13800008501,411002,东街1号,,,低保\n");
        let slipped = format!("{HEAD}王秀莲,,411002193202020047,,,13800008502,411002,西街99号,,,\n");
        office.import_text(&first, None, false).await.unwrap();
        let (tally, told) = office.import_text(&slipped, None, false).await.unwrap();
        assert_eq!((tally.created, tally.changed, tally.asked), (0, 0, 1));
        assert_eq!(told.asked, [("李桂英".to_owned(), Why::OtherName.word().to_owned())]);
        assert_eq!(office.search(county("411002"), "李桂英").await, ["李桂英"]);
        assert_eq!(answer(&office, State::Another).await.unwrap_err().code(), Some("import.number_taken"));
        answer(&office, State::Dropped).await.unwrap();
        let (again, _) = office.import_text(&slipped, None, false).await.unwrap();
        assert_eq!((again.same, again.asked), (1, 0), "what was dropped is not asked about again");
        assert_eq!(office.search(county("411002"), "王秀莲").await, [""; 0]);
    }

    async fn another_spelling_of_one_name_is_the_same_name(test: TestDb) {
        let office = Office::open(test).await;
        let row = |name: &str, phone: &str| format!("{HEAD}{name},,411002194501010011,,,{phone},411002,北街1号,,,\n");
        office.import_text(&row("买买提·艾力", "13800000001"), None, false).await.unwrap();
        let (tally, told) = office.import_text(&row("买买提艾力", "13800000002"), None, false).await.unwrap();
        assert_eq!((tally.changed, tally.asked), (1, 0));
        assert!(told.changes[0].1.iter().any(|what| what.contains("手机由")), "{:?}", told.changes);
    }

    async fn a_number_that_comes_later_is_asked_about(test: TestDb) {
        let office = Office::open(test).await;
        office.import_text(&woman("13800002101", "东街1号"), None, false).await.unwrap();
        let card = kernel::ResidentId::synthetic(411_002, "1940-01-01".parse().unwrap(), 2);
        let row = format!("{HEAD}王秀兰,,{},,,13800002101,411002,东街1号,,,\n", card.reveal());
        let (tally, told) = office.import_text(&row, None, false).await.unwrap();
        assert_eq!((tally.created, tally.asked), (0, 1));
        assert_eq!(told.asked[0].1, Why::NewNumber.word());
        answer(&office, State::Same).await.unwrap();
        assert_eq!(office.everybody().await.len(), 1);
        assert_eq!(office.search(county("411002"), card.reveal()).await, ["王秀兰"]);
        let (again, _) = office.import_text(&row, None, false).await.unwrap();
        assert_eq!((again.same, again.asked), (1, 0));
    }

    async fn another_address_drops_the_point_of_the_old_one(test: TestDb) {
        let office = Office::open(test).await;
        let row = |address: &str, point: &str| format!("{HEAD}云国华,,411002194203030073,,,,411002,{address},{point},\n");
        office.import_text(&row("文昌街1号", "113.8261,34.0225"), None, false).await.unwrap();
        office.import_text(&row("建安大道999号", ","), None, false).await.unwrap();
        let elder = office.everybody().await.remove(0);
        let file = queries::open(&office.keys, &elder).await.unwrap();
        assert_eq!((file.details.address.as_str(), file.details.point), ("建安大道999号", None));
    }

    async fn nobody_answers_for_another_county(test: TestDb) {
        let office = Office::open(test).await;
        office.import_text(&woman("13800002101", "东街1号"), None, false).await.unwrap();
        office.import_text(&woman("13800002102", "西街99号"), None, false).await.unwrap();
        let key = open_questions(&office).await[0].question.key;
        let stranger = clerk("411003");
        let desk = Answering { db: office.db(), keys: &office.keys, actor: &stranger };
        assert_eq!(questions::answer(desk, key, State::Same).await.unwrap_err().code(), Some("not_found"));
        assert!(questions::open(office.db(), &office.keys, &stranger.scope(), 10).await.unwrap().is_empty());
        let mut told = Told::default();
        assert!(office.try_import(&clerk("411002"), &[], true, &mut told).await.unwrap().rows == 0);
    }
}
