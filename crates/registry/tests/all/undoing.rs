//! An import is taken back, as far as nobody touched what it brought.

use kernel::{Actor, Result, Scope};
use registry::elders::{
    Elder, filing,
    import::{
        self,
        undo::{Desk, Fate, Follower, KeptRow, Undone, kept, undo},
    },
    model::Status,
    queries,
};
use store::{both, journal};
use uuid::Uuid;

use crate::office::{Line, Office, Told, clerk, county, line};

/// Lets taking back go on, or kills it after some rows.
struct Until(Option<i64>);

impl Follower for Until {
    async fn progress(&mut self, undone: &Undone) -> Result<()> {
        match self.0 {
            Some(limit) if undone.rows >= limit => Err(kernel::Failure::internal("killed")),
            _ => Ok(()),
        }
    }
}

async fn latest(office: &Office) -> Uuid {
    import::recent(office.db(), 1).await.unwrap()[0].id
}

async fn take_back(office: &Office, actor: &Actor, dry_run: bool) -> Undone {
    let desk = Desk { db: office.db(), keys: &office.keys, actor };
    undo(desk, latest(office).await, dry_run, &mut Until(None)).await.unwrap()
}

/// Changes a file by hand.
async fn edit(office: &Office, elder: &Elder, field: &str, value: &str) {
    let blinder = office.keys.blinder().await.unwrap();
    let desk = filing::Desk { db: office.db(), keys: &office.keys, blinder: &blinder };
    let sent = [(field.to_owned(), value.to_owned())];
    filing::revise(desk, &clerk("411002"), elder.key().unwrap(), elder.version, &sent).await.unwrap();
}

fn reasons(rows: &[KeptRow]) -> Vec<(i32, Fate)> {
    rows.iter().map(|row| (row.row, row.fate)).collect()
}

async fn named(office: &Office, name: &str) -> Elder {
    office.everybody().await.into_iter().find(|elder| elder.name == name).unwrap()
}

both! {
    async fn files_that_nobody_touched_go_and_can_be_opened_anew(test: TestDb) {
        let office = Office::open(test).await;
        let lines = [line("陈秀云", 1), line("李四", 2), line("王五", 3)];
        office.import(&lines).await;
        edit(&office, &named(&office, "李四").await, "remark", "耳背").await;
        let trial = take_back(&office, &clerk("411002"), true).await;
        assert_eq!((trial.withdrawn(), trial.kept(), office.everybody().await.len()), (2, 1, 3));
        assert_eq!(take_back(&office, &clerk("411002"), false).await, trial);
        assert_eq!(office.everybody().await.len(), 1);
        assert_eq!(reasons(&kept(office.db(), latest(&office).await, 0, 9).await.unwrap()), [(3, Fate::Edited)]);
        for typed in ["陈秀云", "chenxiuyun", "0001", &lines[0].cert] {
            assert!(office.search(county("411002"), typed).await.is_empty(), "{typed}");
        }
        assert_eq!(take_back(&office, &clerk("411002"), false).await, Undone::default());
        let (again, _) = office.import(&lines).await;
        assert_eq!((again.created, again.same), (2, 1));
        assert_eq!(office.search(county("411002"), "chenxiuyun").await, ["陈秀云"]);
    }

    async fn what_is_withdrawn_keeps_no_number_and_says_so_in_the_journal(test: TestDb) {
        let office = Office::open(test).await;
        office.import(&[line("陈秀云", 1)]).await;
        let before = named(&office, "陈秀云").await;
        take_back(&office, &clerk("411002"), false).await;
        let rows = queries::of_keys(office.db(), &Scope::whole(), &[before.key().unwrap()]).await.unwrap();
        assert_eq!((rows[0].status(), rows[0].cert_sealed.is_none(), rows[0].mobile_mask.as_str()), (Some(Status::Withdrawn), true, ""));
        assert_eq!(queries::find(office.db(), &Scope::whole(), before.key().unwrap()).await.unwrap(), None);
        let told = journal::timeline(office.db(), &Scope::whole(), before.id, None, 9).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["elder.withdrawn", "elder.registered"]);
    }

    async fn changed_fields_get_their_old_values_back_unless_they_changed_again(test: TestDb) {
        let office = Office::open(test).await;
        let old: Vec<Line> = (1..4).map(|n| line(["陈秀云", "李四", "王五"][usize::from(n) - 1], n)).collect();
        office.import(&old).await;
        let mut new = old.clone();
        for (n, line) in new.iter_mut().enumerate() {
            line.mobile = format!("1390000000{n}");
            line.tags = "独居；低保".into();
            line.address = "槐荫里".into();
        }
        office.import(&new).await;
        edit(&office, &named(&office, "李四").await, "mobile", "13700000007").await;
        let blank = named(&office, "王五").await;
        edit(&office, &blank, "mobile", "13700000008").await;
        edit(&office, &named(&office, "王五").await, "address", "别处").await;
        edit(&office, &named(&office, "王五").await, "tags_sent", "yes").await;
        let undone = take_back(&office, &clerk("411002"), false).await;
        assert_eq!((undone.restored(), undone.kept()), (2, 1), "{undone:?}");
        let file = |name: &'static str| {
            let office = &office;
            async move { queries::open(&office.keys, &named(office, name).await).await.unwrap() }
        };
        let first = file("陈秀云").await;
        assert_eq!((first.mobile.as_deref(), first.tags, first.details.address.as_str()), (Some(old[0].mobile.as_str()), 0, old[0].address.as_str()));
        let second = file("李四").await;
        assert_eq!((second.mobile.as_deref(), second.tags, second.details.address.as_str()), (Some("13700000007"), 0, old[1].address.as_str()));
        assert_eq!(file("王五").await.mobile.as_deref(), Some("13700000008"));
        let rows = kept(office.db(), latest(&office).await, 0, 9).await.unwrap();
        assert_eq!(reasons(&rows), [(3, Fate::RestoredInPart), (4, Fate::ChangedAgain)]);
        assert_eq!(office.search(county("411002"), &old[0].mobile).await, ["陈秀云"]);
    }

    async fn who_is_killed_in_the_middle_goes_on_where_it_stopped(test: TestDb) {
        let office = Office::open(test).await;
        let lines: Vec<Line> = (0..150).map(|n| line("陈秀云", n)).collect();
        office.import(&lines).await;
        let actor = clerk("411002");
        let desk = Desk { db: office.db(), keys: &office.keys, actor: &actor };
        assert!(undo(desk, latest(&office).await, false, &mut Until(Some(100))).await.is_err());
        assert_eq!(office.everybody().await.len(), 50);
        let rest = take_back(&office, &actor, false).await;
        assert_eq!((rest.withdrawn(), office.everybody().await.len()), (50, 0));
        assert_eq!(take_back(&office, &actor, false).await.rows, 0);
    }

    async fn people_outside_the_own_places_stay(test: TestDb) {
        let office = Office::open(test).await;
        let mut there = line("李四", 2);
        there.place = "411003".into();
        office.try_import(&clerk("4110"), &[line("陈秀云", 1), there], false, &mut Told::default()).await.unwrap();
        let undone = take_back(&office, &clerk("411002"), false).await;
        assert_eq!((undone.withdrawn(), undone.of(Fate::Elsewhere)), (1, 1));
    }
}
