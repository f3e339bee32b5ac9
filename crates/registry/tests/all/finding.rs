//! Elders are found by those who may see them, whatever is typed.

use kernel::{PlaceRange, Region, Scope};
use registry::elders::queries::{self, After, Filter};
use store::{Lane, both, grants, sea_orm};
use uuid::Uuid;

use crate::office::{Office, county, line};

async fn five(office: &Office) {
    let names = ["张秀云", "单雪梅", "尉迟敬", "解学文", "仇英"];
    let lines: Vec<_> = names.iter().zip(1..).map(|(name, n)| line(name, n)).collect();
    office.import(&lines).await;
}

both! {
    async fn a_name_is_found_by_characters_pinyin_initials_and_mixed_forms(test: TestDb) {
        let office = Office::open(test).await;
        five(&office).await;
        for (typed, name) in [
            ("张秀", "张秀云"), ("zhangxiuyun", "张秀云"), ("zxy", "张秀云"), ("zhangxy", "张秀云"),
            ("shanxuemei", "单雪梅"), ("sxm", "单雪梅"), ("yuchijing", "尉迟敬"), ("ycj", "尉迟敬"),
            ("xiexuewen", "解学文"), ("qiuying", "仇英"),
        ] {
            assert!(office.search(county("411002"), typed).await.contains(&name.to_owned()), "{typed}");
        }
        assert!(office.search(county("411002"), "王").await.is_empty());
    }

    async fn a_person_is_found_by_phone_tail_and_certificate_number(test: TestDb) {
        let office = Office::open(test).await;
        five(&office).await;
        assert_eq!(office.search(county("411002"), "0002").await, ["单雪梅"]);
        assert_eq!(office.search(county("411002"), "00000002").await, ["单雪梅"]);
        assert_eq!(office.search(county("411002"), "13800000002").await, ["单雪梅"]);
        assert_eq!(office.search(county("411002"), &line("x", 2).cert).await, ["单雪梅"]);
    }

    async fn who_lives_in_a_recoded_county_is_found_at_its_new_code_by_everything(test: TestDb) {
        let office = Office::open(test).await;
        five(&office).await;
        let (from, to): (Region, Region) = ("411002".parse().unwrap(), "411004".parse().unwrap());
        office.db().write(Lane::Interactive, &office.test.operator(), async |tx| {
            store::homes::recode(&tx, from, to).await?;
            for table in ["elders", "elder_names"] {
                let moved = sea_orm::sea_query::Query::update().table(table).value("place", to.code()).to_owned();
                sea_orm::ConnectionTrait::execute(&tx, &moved).await?;
            }
            Ok(())
        }).await.unwrap();
        for typed in ["张秀云", "zxy", "0001", "13800000001", &line("x", 1).cert] {
            assert_eq!(office.search(county("411004"), typed).await, ["张秀云"], "{typed}");
            assert!(office.search(county("411002"), typed).await.is_empty(), "{typed}");
        }
    }

    async fn who_is_in_another_county_is_not_found_by_anything(test: TestDb) {
        let office = Office::open(test).await;
        five(&office).await;
        for typed in ["张秀云", "zxy", "0001", "13800000001", &line("x", 1).cert] {
            assert!(office.search(county("411003"), typed).await.is_empty(), "{typed}");
        }
        let key = office.everybody().await[0].key().unwrap();
        let there = queries::get(office.db(), &county("411003"), key).await;
        assert_eq!(there.unwrap_err().code(), Some("not_found"));
        assert!(queries::find(office.db(), &county("411002"), key).await.unwrap().is_some());
    }

    async fn a_provider_finds_whom_it_serves_and_nobody_else(test: TestDb) {
        let office = Office::open(test).await;
        five(&office).await;
        let elder = office.everybody().await.remove(1);
        let provider = Uuid::from_u128(5);
        let key = elder.key().unwrap();
        let grant = grants::Grant {
            home: key.home, grantee: provider, elder: key.id, place: elder.place().unwrap(),
            reason: grants::Reason::Order, cause: Uuid::from_u128(6), until: None,
        };
        office.db().write(Lane::Interactive, &office.test.operator(), async |tx| grants::give(&tx, grant).await).await.unwrap();
        let scope = Scope::Grantee(provider);
        assert_eq!(office.search(scope, &elder.name).await, std::slice::from_ref(&elder.name));
        let list = queries::list(office.db(), &scope, &Filter::default(), None, 10).await.unwrap();
        assert_eq!(list.len(), 1);
        assert!(queries::list(office.db(), &Scope::Grantee(Uuid::from_u128(9)), &Filter::default(), None, 10).await.unwrap().is_empty());
    }

    async fn pages_of_a_list_meet_without_gap_or_overlap(test: TestDb) {
        let office = Office::open(test).await;
        let lines: Vec<_> = (0..25).map(|n| {
            let mut l = line("陈秀云", n);
            l.place = if n % 2 == 0 { "411002".into() } else { "411003".into() };
            l
        }).collect();
        let mut told = crate::office::Told::default();
        office.try_import(&crate::office::clerk("4110"), &lines, false, &mut told).await.unwrap();
        let city = Scope::Place("4110".parse::<Region>().unwrap().range());
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = queries::list(office.db(), &city, &Filter::default(), after, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(After { home: last.key().unwrap().home, place: last.place, id: last.id });
            seen.extend(page.iter().map(|e| e.id));
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((count, seen.len()), (25, 25));
        let nowhere = Scope::Place(PlaceRange { lo: 1, hi: 0 });
        assert!(queries::list(office.db(), &nowhere, &Filter::default(), None, 10).await.unwrap().is_empty());
    }
}
