//! Many rows in few statements.

use kernel::Failure;
use sea_orm::{ConnectionTrait, Statement};
use store::{Lane, both, bulk::Into, testing::TestDb};
use uuid::Uuid;

const MOVES: Into<2> = Into::new("person_homes", ["person", "home"]);
const PHONES: Into<2> = Into::new("person_phones", ["digest", "person"]).or_skip();

fn person(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn count(test: &TestDb, condition: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM person_homes WHERE {condition}");
    let backend = test.db.get_database_backend();
    test.db.query_one_raw(Statement::from_string(backend, sql)).await.unwrap().unwrap().try_get("", "n").unwrap()
}

both! {
    async fn rows_of_any_number_keep_what_is_theirs_and_what_is_alike(test: TestDb) {
        let inserted = test.db.write(Lane::Bulk, &test.operator(), async |tx| {
            let rows = (0..2_777_u128).map(|n| [person(n).into(), (411_000 + (n % 7) as i32).into()]);
            MOVES.insert_alike(&tx, [("since", tx.now().into()), ("until", tx.now().into())], rows).await
        }).await.unwrap();
        assert_eq!(inserted, 2_777);
        assert_eq!(count(&test, "home = 411003 AND since = until").await, 2_777 / 7 + 1);
        assert_eq!(count(&test, "since IS NULL OR since <> until").await, 0);
    }

    async fn rows_that_are_there_are_left_out_and_counted_so(test: TestDb) {
        let rows = |range: std::ops::Range<u8>| range.map(|n| [vec![n; 16].into(), person(n.into()).into()]);
        let inserted = test.db.write(Lane::Bulk, &test.operator(), async |tx| {
            let first = PHONES.insert_alike(&tx, [("home", 411_002.into())], rows(0..100)).await?;
            Ok((first, PHONES.insert_alike(&tx, [("home", 411_002.into())], rows(50..190)).await?))
        }).await.unwrap();
        assert_eq!(inserted, (100, 90));
    }

    async fn a_row_that_fails_takes_the_whole_write_with_it(test: TestDb) {
        let failed = test.db.write(Lane::Bulk, &test.operator(), async |tx| {
            let twice = (0..300_u128).chain([299]).map(|n| [person(n).into(), 411_002.into()]);
            MOVES.insert_alike(&tx, [("since", tx.now().into())], twice).await
        }).await;
        assert!(matches!(failed, Err(Failure::Internal(_))));
        assert_eq!(count(&test, "1 = 1").await, 0);
    }
}
