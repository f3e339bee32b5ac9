//! Visits and what proves them.

use care::{
    orders::actions::{self, Placing},
    visits::{Flag, Kind, Moment, queries},
};
use chrono::TimeDelta;
use store::both;

use super::town::{GOOD_CARE, SUN, Town, agent, at, bath, caregiver, here, photo};

both! {
    async fn a_visit_near_the_door_with_photos_is_proven_and_grows_with_a_confirmation(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.served().await;
        let visit = queries::of_order(&town.test.db, &order).await.unwrap().unwrap();
        assert_eq!((visit.strength, visit.enough, visit.flags()), (80, true, vec![]));
        assert_eq!((visit.started_at, visit.ended_at), (order.started_at.unwrap(), order.ended_at));
        let key = order.key().unwrap();
        town.write(&agent(), async |tx| actions::confirm(&tx, key).await).await.unwrap();
        let visit = queries::of_order(&town.test.db, &order).await.unwrap().unwrap();
        assert_eq!(visit.strength, 100);
        let proofs = queries::proofs(&town.test.db, &visit).await.unwrap();
        assert_eq!(
            proofs.iter().map(|proof| (proof.kind, proof.moment)).collect::<Vec<_>>(),
            [(Kind::Position, Moment::Arrival), (Kind::Photo, Moment::Arrival), (Kind::Photo, Moment::Departure), (Kind::Confirmation, Moment::After)]
        );
    }

    async fn a_short_visit_far_away_with_an_old_photo_is_kept_and_flagged(test: TestDb) {
        let town = Town::open(test).await;
        let first = town.served().await;
        town.test.clock.set(at("2026-11-21T10:00"));
        let placing = Placing {
            window: (at("2026-11-22T14:30"), at("2026-11-22T14:40")),
            item: "cleaning".into(),
            ..bath(1)
        };
        let key = town.place(&placing).await.unwrap().key().unwrap();
        town.assign(GOOD_CARE, key, SUN).await.unwrap();
        town.write(&caregiver(SUN), async |tx| actions::take(&tx, key).await).await.unwrap();
        town.test.clock.set(at("2026-11-22T14:50"));
        let mut far = here();
        far.point = Some((113.95, 34.03));
        let order = town.check_in(key, None, vec![far, photo("aa")]).await.unwrap();
        town.test.clock.advance(TimeDelta::minutes(20));
        town.check_out(key, None).await.unwrap();
        let visit = queries::of_order(&town.test.db, &order).await.unwrap().unwrap();
        assert_eq!(visit.flags(), [Flag::Far, Flag::Short, Flag::ReusedPhoto, Flag::Overlap, Flag::LateArrival, Flag::ClaimedLate]);
        assert!(!visit.enough && visit.order_id != first.id);
    }

    async fn where_the_phone_was_is_readable_with_the_persons_key_only(test: TestDb) {
        let town = Town::open(test).await;
        let order = town.serving().await;
        let visit = queries::of_order(&town.test.db, &order).await.unwrap().unwrap();
        let evidence = queries::evidence(&town.test.db, &visit).await.unwrap();
        let sealed = evidence[0].point_sealed.as_ref().unwrap();
        let cell = store::seal::Cell::new("evidence", "point_sealed", evidence[0].id);
        assert_eq!(town.door(1).await.key.open_text(cell, sealed).unwrap(), "[113.8505,34.0302]");
        assert_eq!(evidence[0].distance_m, Some(51));
    }
}
