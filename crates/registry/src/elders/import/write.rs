//! Writing a planned chunk: one transaction with rows, directory, journal and the run's progress, so that after a kill
//! the run goes on at the next chunk.

use kernel::{Event, Home, Key, Result, age_on};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query, Value},
};
use store::{
    Tx,
    blind::{BlindIndex, Blinder},
    counters, guarded, homes, sea_orm,
};
use uuid::Uuid;

use super::plan::{Change, New, Plan, seal_private};
use crate::{
    elders::{
        Elder,
        events::{Changed, FieldChange, Moved, Registered},
        file::{File, mask_certificate, mask_phone},
        model::{self, Status, tags_of},
        refusal::Refusal,
    },
    pinyin,
};
/// Rows of one INSERT.
const STATEMENT_ROWS: usize = 200;

/// Where tags of a sheet come from.
const SOURCE: &str = "sheet";

/// Writes a chunk.
///
/// # Errors
/// [`Refusal::Changed`] when somebody opened or changed one of these files since the plan: plan again.
pub(super) async fn write(tx: &Tx, blinder: &Blinder, run: Option<Uuid>, plan: &Plan) -> Result<()> {
    let numbers = numbers(tx, &plan.new).await?;
    insert_elders(tx, &plan.new, &numbers).await?;
    insert_directory(tx, &plan.new).await?;
    let people: Vec<(Uuid, Home)> = plan.new.iter().map(|new| (new.person, new.home)).collect();
    homes::move_in_first(tx, &people).await?;
    for new in &plan.new {
        tx.journal(registered(tx, run, new)?);
    }
    for change in &plan.changed {
        change_one(tx, blinder, run, change).await?;
    }
    if let Some(run) = run {
        insert_outcomes(tx, run, plan).await?;
    }
    Ok(())
}

/// File numbers, home by home, in the order of the rows.
async fn numbers(tx: &Tx, new: &[New]) -> Result<Vec<String>> {
    let mut homes: Vec<Home> = new.iter().map(|new| new.home).collect();
    homes.sort_unstable();
    homes.dedup();
    let mut numbers = vec![String::new(); new.len()];
    for home in homes {
        if let Some(at) = new.iter().find(|n| n.home == home) {
            homes::settle(tx, at.file.place).await?;
        }
        let mine: Vec<usize> = (0..new.len()).filter(|i| new[*i].home == home).collect();
        let first = counters::take(tx, home, "elders", i64::try_from(mine.len())?).await?;
        for (value, i) in (first..).zip(mine) {
            numbers[i] = format!("{home}-{value:07}");
        }
    }
    Ok(numbers)
}

async fn insert_elders(tx: &Tx, new: &[New], numbers: &[String]) -> Result<()> {
    for (chunk, numbers) in new.chunks(STATEMENT_ROWS).zip(numbers.chunks(STATEMENT_ROWS)) {
        let rows: Vec<_> = chunk.iter().zip(numbers).map(|(new, number)| row(tx, new, number)).collect();
        model::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    let readings = new.iter().flat_map(|new| {
        let place = new.file.place.code();
        new.readings.iter().map(move |reading| name_row(new.home, new.person, place, reading))
    });
    insert_rows(tx, "elder_names", &["home", "elder", "place", "initials", "pinyin"], readings.collect()).await?;
    let tags = new.iter().flat_map(|new| tag_rows(tx, new.home, new.person, &new.file, new.file.tags)).collect();
    insert_rows(tx, "elder_tags", &["home", "elder", "tag", "since", "place", "source"], tags).await
}

fn row(tx: &Tx, new: &New, number: &str) -> model::ActiveModel {
    let (file, sealed) = (&new.file, &new.sealed);
    model::ActiveModel {
        home: Set(new.home.number()),
        id: Set(new.person),
        place: Set(file.place.code()),
        number: Set(number.to_owned()),
        name: Set(file.name.clone()),
        pinyin: Set(new.readings.first().map(|reading| reading.pinyin.clone()).unwrap_or_default()),
        sex: Set(file.sex),
        birth_on: Set(Some(file.birth_on)),
        cert_kind: Set(file.cert_kind),
        cert_sealed: Set(sealed.cert.clone()),
        cert_mask: Set(mask_certificate(&file.cert_number)),
        mobile_sealed: Set(sealed.mobile.clone()),
        mobile_mask: Set(file.mobile.as_deref().map(mask_phone).unwrap_or_default()),
        landline_sealed: Set(sealed.landline.clone()),
        landline_mask: Set(file.landline.as_deref().map(mask_phone).unwrap_or_default()),
        details_sealed: Set(sealed.details.clone()),
        living: Set(file.living),
        tags: Set(file.tags),
        status: Set(Status::Normal.code()),
        moved_to: Set(None),
        version: Set(1),
        registered_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    }
}

fn name_row(home: Home, person: Uuid, place: i64, reading: &pinyin::Reading) -> Vec<Value> {
    let (initials, pinyin) = (reading.initials.as_str(), reading.pinyin.as_str());
    vec![home.number().into(), person.into(), place.into(), initials.into(), pinyin.into()]
}

fn tag_rows(tx: &Tx, home: Home, person: Uuid, file: &File, bits: i64) -> Vec<Vec<Value>> {
    let since = tx.today();
    tags_of(bits)
        .into_iter()
        .map(|tag| {
            let place = file.place.code();
            vec![home.number().into(), person.into(), tag.code().into(), since.into(), place.into(), SOURCE.into()]
        })
        .collect()
}

/// Inserts rows of values, some hundred a statement.
async fn insert_rows(tx: &Tx, table: &'static str, columns: &[&'static str], rows: Vec<Vec<Value>>) -> Result<()> {
    for chunk in rows.chunks(STATEMENT_ROWS * 2) {
        let mut insert = Query::insert();
        insert.into_table(table).columns(columns.iter().copied());
        for row in chunk {
            insert.values(row.iter().cloned().map(Expr::val))?;
        }
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Enters new people into the directory; refuses when somebody else entered one of them since the plan.
async fn insert_directory(tx: &Tx, new: &[New]) -> Result<()> {
    for chunk in new.chunks(STATEMENT_ROWS) {
        let mut insert = Query::insert();
        insert.into_table("person_certs").columns(["digest", "person", "home"]);
        for new in chunk {
            insert.values([new.identity.0.to_vec().into(), new.person.into(), new.home.number().into()])?;
        }
        insert.on_conflict(OnConflict::column("digest").do_nothing().to_owned());
        if tx.execute(&insert).await?.rows_affected() != chunk.len() as u64 {
            return Err(Refusal::Changed.into());
        }
    }
    let phones = new.iter().flat_map(|new| phone_rows(new.home, new.person, &new.phones)).collect();
    insert_rows(tx, "person_phones", &["digest", "person", "home"], phones).await
}

fn phone_rows(home: Home, person: Uuid, phones: &[BlindIndex]) -> Vec<Vec<Value>> {
    let indexes = phones.iter();
    indexes.map(|index| vec![index.0.to_vec().into(), person.into(), home.number().into()]).collect()
}

fn registered(tx: &Tx, run: Option<Uuid>, new: &New) -> Result<Event> {
    let facts = Registered {
        sex: new.file.sex,
        birth_year: chrono::Datelike::year(&new.file.birth_on),
        age: age_on(new.file.birth_on, tx.today()),
        living: new.file.living,
        tags: codes(new.file.tags),
        run,
    };
    let key = Key::<Elder>::new(new.home, new.person);
    Ok(Event::new(key, new.file.place, &facts)?.on_timeline_of(new.person).with_private(new.private.clone()))
}

fn codes(bits: i64) -> Vec<i16> {
    tags_of(bits).into_iter().map(crate::elders::vocabulary::Tag::code).collect()
}

async fn change_one(tx: &Tx, blinder: &Blinder, run: Option<Uuid>, change: &Change) -> Result<()> {
    let (elder, after) = (&change.elder, &change.after);
    let sealed = after.seal(&change.key, tx.ids(), elder.id)?;
    let update = model::Entity::update_many()
        .set(model::ActiveModel {
            place: Set(after.place.code()),
            name: Set(after.name.clone()),
            pinyin: Set(pinyin::readings(&after.name).into_iter().next().map(|r| r.pinyin).unwrap_or_default()),
            mobile_sealed: Set(sealed.mobile),
            mobile_mask: Set(after.mobile.as_deref().map(mask_phone).unwrap_or_default()),
            landline_sealed: Set(sealed.landline),
            landline_mask: Set(after.landline.as_deref().map(mask_phone).unwrap_or_default()),
            details_sealed: Set(sealed.details),
            living: Set(after.living),
            tags: Set(after.tags),
            version: Set(elder.version + 1),
            updated_at: Set(tx.now()),
            ..Default::default()
        })
        .filter(model::Column::Home.eq(elder.home))
        .filter(model::Column::Id.eq(elder.id))
        .filter(model::Column::Version.eq(elder.version));
    guarded(update.exec(tx).await?.rows_affected).map_err(|_| Refusal::Changed)?;
    follow_up(tx, blinder, change).await?;
    for event in changed_events(tx, run, change)? {
        tx.journal(event);
    }
    Ok(())
}

/// Brings the tables beside the row up to date: names, tags, phones, places.
async fn follow_up(tx: &Tx, blinder: &Blinder, change: &Change) -> Result<()> {
    let (home, person, after) = (Home::new(change.elder.home)?, change.elder.id, &change.after);
    let fields: Vec<&str> = change.changes.iter().map(|c| c.field.as_str()).collect();
    if fields.contains(&"name") {
        delete_of(tx, "elder_names", home, person).await?;
        let rows = pinyin::readings(&after.name);
        let rows = rows.iter().map(|reading| name_row(home, person, after.place.code(), reading)).collect();
        insert_rows(tx, "elder_names", &["home", "elder", "place", "initials", "pinyin"], rows).await?;
    }
    if fields.contains(&"place") {
        for table in ["elder_names", "elder_tags"] {
            let update = Query::update()
                .table(table)
                .value("place", after.place.code())
                .and_where(Expr::col("home").eq(home.number()))
                .and_where(Expr::col("elder").eq(person))
                .to_owned();
            tx.execute(&update).await?;
        }
    }
    let added = after.tags & !change.before.tags;
    let rows = tag_rows(tx, home, person, after, added);
    insert_rows(tx, "elder_tags", &["home", "elder", "tag", "since", "place", "source"], rows).await?;
    if fields.contains(&"mobile") || fields.contains(&"landline") {
        let delete = Query::delete()
            .from_table("person_phones")
            .and_where(Expr::col("person").eq(person))
            .and_where(Expr::col("home").eq(home.number()))
            .to_owned();
        tx.execute(&delete).await?;
        let rows = phone_rows(home, person, &after.phones(blinder));
        insert_rows(tx, "person_phones", &["digest", "person", "home"], rows).await?;
    }
    Ok(())
}

async fn delete_of(tx: &Tx, table: &'static str, home: Home, person: Uuid) -> Result<()> {
    let delete = Query::delete()
        .from_table(table)
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("elder").eq(person))
        .to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

fn changed_events(tx: &Tx, run: Option<Uuid>, change: &Change) -> Result<Vec<Event>> {
    let (before, after) = (&change.before, &change.after);
    let key = change.elder.key()?;
    let mut events = Vec::new();
    let (moves, fields): (Vec<&FieldChange>, Vec<&FieldChange>) =
        change.changes.iter().partition(|c| c.field == "place");
    if !moves.is_empty() {
        let facts = Moved {
            from: before.place,
            to: after.place,
            age: age_on(before.birth_on, tx.today()),
            living: before.living,
            tags: codes(before.tags),
            sex: before.sex,
            run,
            reason: None,
        };
        events.push(Event::new(key, after.place, &facts)?.on_timeline_of(change.elder.id));
    }
    if !fields.is_empty() {
        let facts = Changed {
            fields: fields.iter().map(|c| c.field.clone()).collect(),
            living: (before.living != after.living).then_some((before.living, after.living)),
            tags_added: codes(after.tags & !before.tags),
            tags_removed: codes(before.tags & !after.tags),
            run,
        };
        let private = seal_private(tx.ids(), &change.key, change.elder.id, &fields)?;
        events.push(Event::new(key, after.place, &facts)?.on_timeline_of(change.elder.id).with_private(private));
    }
    Ok(events)
}

/// What each row of the run did, so that it can be shown and taken back.
async fn insert_outcomes(tx: &Tx, run: Uuid, plan: &Plan) -> Result<()> {
    let line = |home: i32, row: u32, elder: Uuid, outcome: i16| -> Vec<Value> {
        vec![home.into(), run.into(), i32::try_from(row).unwrap_or(i32::MAX).into(), elder.into(), outcome.into()]
    };
    let new = plan.new.iter().map(|new| line(new.home.number(), new.row, new.person, 1));
    let changed = plan.changed.iter().map(|change| line(change.elder.home, change.row, change.elder.id, 2));
    let rows = new.chain(changed).collect();
    insert_rows(tx, "import_rows", &["home", "run", "row_number", "elder", "outcome"], rows).await
}
