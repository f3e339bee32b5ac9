//! The table of places: what migrating loads, and what an import loads when it meets a county.

use kernel::{Actor, Region};
use registry::places::{self, load};
use store::{
    Lane, both,
    sea_orm::{
        ConnectionTrait,
        sea_query::{Expr, ExprTrait, Query},
    },
    testing::TestDb,
};

fn place(text: &str) -> Region {
    text.parse().unwrap()
}

async fn count(test: &TestDb, level: i16) -> i64 {
    let select = Query::select()
        .expr_as(Expr::col("code").count(), "n")
        .from("places")
        .and_where(Expr::col("level").eq(level))
        .to_owned();
    test.db.query_one(&select).await.unwrap().unwrap().try_get("", "n").unwrap()
}

async fn full_name(test: &TestDb, code: &str) -> Option<String> {
    let select = Query::select()
        .column("full_name")
        .from("places")
        .and_where(Expr::col("code").eq(place(code).code()))
        .to_owned();
    test.db.query_one(&select).await.unwrap().map(|row| row.try_get("", "full_name").unwrap())
}

async fn set(test: &TestDb, code: &str, column: &'static str, value: &str) {
    let update = Query::update()
        .table("places")
        .value(column, value)
        .and_where(Expr::col("code").eq(place(code).code()))
        .to_owned();
    let write = async |tx: store::Tx| Ok(tx.execute(&update).await.map(|_| ())?);
    test.db.write(Lane::Interactive, &Actor::system("test"), write).await.unwrap();
}

both! {
    async fn migrating_loads_provinces_cities_and_counties_and_a_second_time_changes_nothing(test: TestDb) {
        assert_eq!(load::upper(&test.db).await.unwrap(), 31 + 342 + 2_975);
        assert_eq!([count(&test, 1).await, count(&test, 2).await, count(&test, 3).await], [31, 342, 2_975]);
        assert_eq!(full_name(&test, "411002").await.as_deref(), Some("河南省许昌市魏都区"));
        load::upper(&test.db).await.unwrap();
        assert_eq!([count(&test, 1).await, count(&test, 2).await, count(&test, 3).await], [31, 342, 2_975]);
        assert_eq!(count(&test, 4).await, 0);
    }

    async fn a_name_that_was_wrong_is_corrected_by_the_next_migration(test: TestDb) {
        load::upper(&test.db).await.unwrap();
        set(&test, "411003", "full_name", "河南省许昌市许昌县").await;
        load::upper(&test.db).await.unwrap();
        assert_eq!(full_name(&test, "411003").await.as_deref(), Some("河南省许昌市建安区"));
    }

    async fn a_county_brings_its_towns_and_villages_once(test: TestDb) {
        let expected = places::children(place("411002")).len() + places::villages_of(place("411002")).count();
        assert_eq!(load::county(&test.db, place("411002001001")).await.unwrap(), expected);
        assert_eq!(load::county(&test.db, place("411002")).await.unwrap(), 0);
        assert_eq!((count(&test, 4).await + count(&test, 5).await) as usize, expected);
        assert!(full_name(&test, "411002001").await.unwrap().ends_with("魏都区西大街道"));
        assert_eq!(full_name(&test, "411003001").await, None);
    }

    async fn a_load_that_was_interrupted_is_completed(test: TestDb) {
        let all = load::county(&test.db, place("411024")).await.unwrap();
        let delete = Query::delete()
            .from_table("places")
            .and_where(Expr::col("code").gte(place("411024105").code()))
            .to_owned();
        let write = async |tx: store::Tx| Ok(tx.execute(&delete).await.map(|_| ())?);
        test.db.write(Lane::Interactive, &Actor::system("test"), write).await.unwrap();
        let missing = load::county(&test.db, place("411024")).await.unwrap();
        assert!(0 < missing && missing < all);
        assert_eq!((count(&test, 4).await + count(&test, 5).await) as usize, all);
    }

    async fn a_city_without_counties_brings_its_own_and_a_province_nothing(test: TestDb) {
        assert!(load::county(&test.db, place("441900003")).await.unwrap() > 500);
        assert_eq!(full_name(&test, "441900003").await.as_deref(), Some("广东省东莞市东城街道"));
        assert_eq!(load::county(&test.db, place("41")).await.unwrap(), 0);
        assert_eq!(load::county(&test.db, place("4110")).await.unwrap(), 0);
    }

    async fn villages_are_added_merged_and_recoded_and_old_codes_lead_on(test: TestDb) {
        let office = crate::office::Office::open(test).await;
        let (db, operator) = (office.db(), office.test.operator());
        let day: chrono::NaiveDate = "2026-01-01".parse().unwrap();
        let village = places::villages_of(place("411002")).nth(3).unwrap();
        let new = place("411002001977");
        let add = async |code: Region, name: &str, day| {
            db.write(Lane::Interactive, &operator, async |tx| places::change::add(&tx, code, name, day).await).await
        };
        assert_eq!(add(place("411002977001"), "新设社区", day).await.unwrap_err().code(), Some("place.no_parent"));
        assert_eq!(add(new, "新设社区", "2030-01-01".parse().unwrap()).await.unwrap_err().code(), Some("place.not_yet"));
        add(new, "新设社区居委会", day).await.unwrap();
        assert_eq!(add(new, "新设社区居委会", day).await.unwrap_err().code(), Some("place.taken"));
        assert!(places::exists(new) && places::full_name(new).unwrap().ends_with("西大街道新设社区居委会"));
        assert_eq!(places::meant(&[(None, "新设社区")], place("411002").range()), places::Meant::One(new));
        let row = |code: Region| format!("姓名,身份证号,区划代码,现住址\n柳国华,411002193901010016,{},北街1号\n", code.short());
        office.import_text(&row(village.region), None, false).await.unwrap();
        let codes = (village.region, new);
        places::change::check(codes, day, "2026-11-21".parse().unwrap()).unwrap();
        assert!(places::change::check((village.region, place("411003001001")), day, day).is_err());
        db.write(Lane::Interactive, &operator, async |tx| places::change::note(&tx, codes, day).await).await.unwrap();
        let blinder = office.keys.blinder().await.unwrap();
        let follow = registry::elders::moving::follow((db, &office.keys), &blinder, &operator, codes, day);
        assert_eq!(follow.await.unwrap(), 1);
        assert_eq!(office.everybody().await[0].place().unwrap(), new);
        assert!(!places::exists(village.region) && places::successor(village.region) == Some(new));
        let (tally, told) = office.import_text(&row(village.region), None, false).await.unwrap();
        assert_eq!((tally.same, tally.noted), (1, 1), "{told:?}");
        places::recode::load(db).await.unwrap();
        assert!(places::exists(new) && places::successor(village.region) == Some(new));
        assert_eq!(store::journal::verify(db, &[], |_| {}).await.unwrap().breaks, []);
    }
}
