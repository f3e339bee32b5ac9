//! Writing a planned chunk: one transaction with rows, directory, journal and the run's progress, so that after a kill
//! the run goes on at the next chunk.

use kernel::{Event, Home, Key, Result, age_on};
use sea_orm::Value;
use store::{
    Tx,
    blind::{BlindIndex, Blinder},
    bulk::Into,
    counters, homes, sea_orm,
};
use uuid::Uuid;

use super::{
    plan::{New, Plan},
    questions,
};
use crate::elders::{
    Elder,
    beside::{self, Whose},
    directory,
    events::Registered,
    file::{mask_certificate, mask_phone},
    model::{Status, tags_of},
    revise::{Origin, codes, revise},
    sheet::At,
};
use crate::normal;

const ELDERS: Into<19> = Into::new(
    "elders",
    [
        "home",
        "id",
        "place",
        "number",
        "name",
        "name_key",
        "pinyin",
        "sex",
        "birth_on",
        "cert_kind",
        "cert_sealed",
        "cert_mask",
        "mobile_sealed",
        "mobile_mask",
        "landline_sealed",
        "landline_mask",
        "details_sealed",
        "living",
        "tags",
    ],
);
const TAGS: Into<4> = Into::new("elder_tags", ["home", "elder", "tag", "place"]).or_skip();
/// What a row did, as `import_rows` keeps it: it opened a file, or changed one.
const CREATED: i16 = 1;
const CHANGED: i16 = 2;
const OUTCOMES: Into<4> = Into::new("import_rows", ["home", "row_number", "elder", "outcome"]).or_skip();

/// The tables of a registry whose secondary indexes rest during a first load.
pub(super) const TABLES: [&str; 5] = ["elders", "elder_names", "elder_tags", "person_phones", "import_rows"];

/// Where tags come from: a sheet, or a form that opens one file.
const fn source(run: Option<Uuid>) -> &'static str {
    if run.is_some() { "sheet" } else { "form" }
}

/// Writes a chunk.
///
/// # Errors
/// [`Refusal::Changed`] when somebody opened or changed one of these files since the plan: plan again.
pub(super) async fn write(tx: &Tx, blinder: &Blinder, run: Option<Uuid>, plan: &Plan) -> Result<()> {
    let numbers = numbers(tx, &plan.new).await?;
    insert_elders(tx, run, &plan.new, &numbers).await?;
    enter(tx, &plan.new).await?;
    let people: Vec<(Uuid, Home)> = plan.new.iter().map(|new| (new.person, new.home)).collect();
    homes::move_in_first(tx, &people).await?;
    for new in &plan.new {
        tx.journal(registered(tx, run, new)?);
    }
    for change in &plan.changed {
        revise(tx, blinder, &change.revision, Origin { source: source(run), run, ..Origin::default() }).await?;
    }
    questions::ask(tx, run, &plan.asked).await?;
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

async fn insert_elders(tx: &Tx, run: Option<Uuid>, new: &[New], numbers: &[String]) -> Result<()> {
    let rows = new.iter().zip(numbers).map(|(new, number)| row(new, number));
    let alike = [
        ("status", Status::Normal.code().into()),
        ("version", 1_i32.into()),
        ("registered_at", tx.now().into()),
        ("updated_at", tx.now().into()),
    ];
    ELDERS.insert_alike(tx, alike, rows).await?;
    let readings = new.iter().flat_map(|new| {
        let whose = Whose { home: new.home, person: new.person, place: new.file.place };
        new.readings.iter().map(move |reading| whose.name(reading))
    });
    beside::NAMES.insert(tx, readings).await?;
    let alike = [("since", tx.today().into()), ("source", source(run).into())];
    TAGS.insert_alike(tx, alike, new.iter().flat_map(tag_rows)).await?;
    Ok(())
}

/// The columns of [`ELDERS`]; a new file has moved nowhere, so that column is left out.
fn row(new: &New, number: &str) -> [Value; 19] {
    let (file, sealed) = (&new.file, &new.sealed);
    [
        new.home.number().into(),
        new.person.into(),
        file.place.code().into(),
        number.into(),
        file.name.as_str().into(),
        normal::key(&file.name).into(),
        new.readings.first().map_or("", |reading| reading.pinyin.as_str()).into(),
        file.sex.into(),
        file.birth_on.into(),
        file.cert_kind.into(),
        sealed.cert.clone().into(),
        mask_certificate(&file.cert_number).into(),
        sealed.mobile.clone().into(),
        file.mobile.as_deref().map(mask_phone).unwrap_or_default().into(),
        sealed.landline.clone().into(),
        file.landline.as_deref().map(mask_phone).unwrap_or_default().into(),
        sealed.details.clone().into(),
        file.living.into(),
        file.tags.into(),
    ]
}

fn tag_rows(new: &New) -> Vec<[Value; 4]> {
    let (home, place) = (new.home.number(), new.file.place.code());
    tags_of(new.file.tags)
        .into_iter()
        .map(|tag| [home.into(), new.person.into(), tag.code().into(), place.into()])
        .collect()
}

/// Enters new people into the directory; refuses when somebody else entered one of them since the plan.
async fn enter(tx: &Tx, new: &[New]) -> Result<()> {
    let certificates: Vec<_> = new.iter().map(|new| entry(new.home, new.person, new.identity)).collect();
    directory::enter_certificates(tx, &certificates).await?;
    let phones = new.iter().flat_map(|new| new.phones.iter().map(|digest| entry(new.home, new.person, *digest)));
    directory::owe_phones(tx, &phones.collect::<Vec<_>>()).await
}

const fn entry(home: Home, person: Uuid, digest: BlindIndex) -> directory::Entry {
    directory::Entry { digest, home, person }
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

/// What each row of the run did, so that it can be shown and taken back.
async fn insert_outcomes(tx: &Tx, run: Uuid, plan: &Plan) -> Result<()> {
    let new = plan.new.iter().map(|new| line(new.home.number(), new.at, new.person, CREATED));
    let changed = plan.changed.iter().map(|change| {
        let elder = &change.revision.elder;
        line(elder.home, change.at, elder.id, CHANGED)
    });
    OUTCOMES.insert_alike(tx, [("run", run.into())], new.chain(changed)).await?;
    Ok(())
}

/// Notes that a row changed a file after all, so that the run can be taken back with it.
pub(super) async fn note_change(tx: &Tx, run: Uuid, at: At, elder: &Elder) -> Result<()> {
    OUTCOMES.insert_alike(tx, [("run", run.into())], [line(elder.home, at, elder.id, CHANGED)]).await?;
    Ok(())
}

fn line(home: i32, at: At, elder: Uuid, outcome: i16) -> [Value; 4] {
    [home.into(), i32::try_from(at.number()).unwrap_or(i32::MAX).into(), elder.into(), outcome.into()]
}
