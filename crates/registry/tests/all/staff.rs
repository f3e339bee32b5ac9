//! Organisations and the people who work for them.

use chrono::Days;
use kernel::{CreditCode, Region, Sex};
use registry::{
    organisations::{self, Kind},
    workers,
};
use store::{Lane, both, journal};

fn place(text: &str) -> Region {
    text.parse().unwrap()
}

fn provider(code: &str, at: &str) -> organisations::New {
    organisations::New {
        place: place(at),
        name: format!("安颐居家{code}"),
        kind: Kind::HomeCare,
        credit_code: CreditCode::parse(code).unwrap(),
        phone: "0374-2331234".into(),
        parent: None,
    }
}

both! {
    async fn a_provider_serves_the_county_of_its_seat(test: TestDb) {
        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            organisations::found(&tx, provider("52411002MJ0000A11D", "411002001001")).await?;
            organisations::found(&tx, provider("91411002MA9RUAT03D", "411003")).await
        }).await.unwrap();
        let names = async |at: &str| {
            let found = organisations::queries::providers_for(&test.db, place(at)).await.unwrap();
            found.into_iter().map(|o| o.credit_code).collect::<Vec<_>>()
        };
        assert_eq!(names("411002005").await, ["52411002MJ0000A11D"]);
        assert_eq!(names("411003001001").await, ["91411002MA9RUAT03D"]);
        assert!(names("411024").await.is_empty());
        assert_eq!(journal::heads(&test.db).await.unwrap().len(), 2);
    }

    async fn a_worker_works_for_whom_employed_them_from_that_day_on(test: TestDb) {
        let (provider, rival, worker) = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            let provider = organisations::found(&tx, provider("52411002MJ0000A11D", "411002")).await?;
            let rival = organisations::found(&tx, self::provider("91411002MA9RUAT03D", "411002")).await?;
            let new = workers::New {
                place: place("411002001"), name: "孙丽萍".into(), sex: Sex::Female, phone: "13800000000".into(),
                cert_level: Some(4), skills: workers::skill_bit(1) | workers::skill_bit(2), point: Some((113.8, 34.0)),
            };
            let worker = workers::enter(&tx, new).await?;
            workers::employ(&tx, &worker, provider.id).await?;
            Ok((provider, rival, worker))
        }).await.unwrap();
        let today = kernel::Clock::today(&*test.clock);
        assert!(worker.can(1) && !worker.can(3));
        let staff = workers::queries::of_organisation(&test.db, provider.id, today).await.unwrap();
        assert_eq!(staff, std::slice::from_ref(&worker));
        assert!(workers::queries::of_organisation(&test.db, rival.id, today).await.unwrap().is_empty());
        assert!(workers::queries::works_for(&test.db, worker.id, provider.id, today).await.unwrap());
        assert!(!workers::queries::works_for(&test.db, worker.id, provider.id, today - Days::new(1)).await.unwrap());
    }
}
