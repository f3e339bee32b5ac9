//! Changing a file that exists: the row, the tables beside it, and what the journal says, in one write. Forms,
//! sheets, moves within the county, traits that end and imports that are taken back all come through here.

use chrono::NaiveDate;
use kernel::{Event, Home, Ids, Result, age_on};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use store::{
    Tx,
    blind::Blinder,
    guarded, sea_orm,
    seal::{Cell, DataKey, Sealer},
};
use uuid::Uuid;

use super::{
    Elder,
    beside::{self, Begun, Whose},
    directory,
    events::{Changed, FieldChange, Moved},
    file::{Contact, File, mask_certificate, mask_phone},
    model::{self, tags_of},
    refusal::Refusal,
    vocabulary::{LivingSituation, Tag},
};
use crate::normal;

/// A file as it stands and as it shall stand.
#[derive(Clone)]
pub struct Revision {
    /// The row that was read.
    pub elder: Elder,
    /// What it says.
    pub before: File,
    /// What it shall say.
    pub after: File,
    /// On which days traits end by themselves, where that changes.
    pub ends: Vec<End>,
    /// The person's key.
    pub key: DataKey,
}

/// The day on which a trait ends by itself; none lets it hold on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The trait.
    pub tag: Tag,
    /// The first day on which it holds no more.
    pub day: Option<NaiveDate>,
}

/// Whence a revision comes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// Who answers for traits that begin: `sheet`, `form`.
    pub source: &'a str,
    /// The import that it belongs to.
    pub run: Option<Uuid>,
    /// The business day on which it counts, when that is not today.
    pub day: Option<NaiveDate>,
    /// Why somebody moved.
    pub reason: Option<&'a str>,
    /// Whether it takes an import back.
    pub undone: bool,
}

impl Revision {
    /// What changes, field by field; nothing when the list is empty.
    #[must_use]
    pub fn changes(&self) -> Vec<FieldChange> {
        let mut changed = changes(&self.before, &self.after);
        changed.extend(self.ends.iter().map(End::told));
        changed
    }

    fn whose(&self) -> Result<Whose> {
        Ok(Whose { home: Home::new(self.elder.home)?, person: self.elder.id, place: self.after.place })
    }
}

impl End {
    fn told(&self) -> FieldChange {
        let day = self.day.map(|day| day.to_string()).unwrap_or_default();
        FieldChange { field: "tag_end".into(), from: self.tag.word().into(), to: day }
    }
}

/// What differs between two files of one person, field by field.
pub(super) fn changes(before: &File, after: &File) -> Vec<FieldChange> {
    let words = |bits| tags_of(bits).into_iter().map(Tag::word).collect::<Vec<_>>().join("；");
    let living = |code| LivingSituation::of(code).map_or("", LivingSituation::word).to_owned();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let point = |file: &File| file.details.point.map_or(String::new(), |(lon, lat)| format!("{lon:.6},{lat:.6}"));
    let pairs = [
        ("name", before.name.clone(), after.name.clone()),
        ("cert_number", before.cert_number.clone(), after.cert_number.clone()),
        ("place", before.place.to_string(), after.place.to_string()),
        ("living", living(before.living), living(after.living)),
        ("tags", words(before.tags), words(after.tags)),
        ("mobile", text(&before.mobile), text(&after.mobile)),
        ("landline", text(&before.landline), text(&after.landline)),
        ("hukou_address", text(&before.details.hukou_address), text(&after.details.hukou_address)),
        ("address", before.details.address.clone(), after.details.address.clone()),
        ("point", point(before), point(after)),
        ("contact", contacts(&before.details.contacts), contacts(&after.details.contacts)),
        ("remark", text(&before.details.remark), text(&after.details.remark)),
    ];
    let changed = pairs.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| FieldChange { field: field.to_owned(), from, to }).collect()
}

/// Contacts in the order of calling, one a line.
fn contacts(all: &[Contact]) -> String {
    let line = |contact: &Contact| {
        let parts = [Some(contact.name.as_str()), contact.relation.as_deref(), contact.phone.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Keeps a revision; whether anything changed.
///
/// # Errors
/// [`Refusal::Changed`] when the row changed since it was read; [`Refusal::Known`] when a person without certificate
/// would become somebody else who is registered.
pub async fn revise(tx: &Tx, blinder: &Blinder, revision: &Revision, origin: Origin<'_>) -> Result<bool> {
    let changes = revision.changes();
    if changes.is_empty() {
        return Ok(false);
    }
    update_row(tx, revision).await?;
    follow_up(tx, blinder, revision, origin).await?;
    for event in events(tx, revision, &changes, origin)? {
        tx.journal(event);
    }
    Ok(true)
}

async fn update_row(tx: &Tx, revision: &Revision) -> Result<()> {
    let (elder, after) = (&revision.elder, &revision.after);
    let sealed = after.seal(&revision.key.sealer(), tx.ids(), elder.id)?;
    let update = model::Entity::update_many()
        .set(model::ActiveModel {
            place: Set(after.place.code()),
            name: Set(after.name.clone()),
            name_key: Set(normal::key(&after.name)),
            sex: Set(after.sex),
            birth_on: Set(Some(after.birth_on)),
            cert_kind: Set(after.cert_kind),
            cert_sealed: Set(sealed.cert),
            cert_mask: Set(mask_certificate(&after.cert_number)),
            pinyin: Set(beside::reading(after)),
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
    guarded(update.exec(tx).await?.rows_affected).map_err(|_| Refusal::Changed.into())
}

/// Brings the tables beside the row up to date.
async fn follow_up(tx: &Tx, blinder: &Blinder, revision: &Revision, origin: Origin<'_>) -> Result<()> {
    let (whose, before, after) = (revision.whose()?, &revision.before, &revision.after);
    if before.name != after.name {
        beside::put_names(tx, whose, &after.name).await?;
    }
    if before.place != after.place {
        beside::put_place(tx, whose).await?;
    }
    let phones = |file: &File| {
        let contacts: Vec<_> = file.details.contacts.iter().map(|contact| contact.phone.clone()).collect();
        (file.mobile.clone(), file.landline.clone(), contacts)
    };
    if phones(before) != phones(after) {
        directory::put_phones(tx, whose.person, whose.home, after.phones(blinder)).await?;
    }
    let identity = after.identity(blinder);
    if before.identity(blinder) != identity {
        directory::put_certificate(tx, directory::Entry { digest: identity, home: whose.home, person: whose.person })
            .await?;
    }
    let day = origin.day.unwrap_or(tx.today());
    let begun = |tag| Begun { tag, since: day, source: origin.source.to_owned(), ends_on: None };
    let begun: Vec<_> = tags_of(after.tags & !before.tags).into_iter().map(begun).collect();
    beside::end_tags(tx, whose, &tags_of(before.tags & !after.tags), day).await?;
    beside::begin_tags(tx, whose, &begun).await?;
    for end in &revision.ends {
        beside::set_end(tx, whose, end.tag, end.day).await?;
    }
    Ok(())
}

fn events(tx: &Tx, revision: &Revision, changes: &[FieldChange], origin: Origin<'_>) -> Result<Vec<Event>> {
    let (elder, before, after) = (&revision.elder, &revision.before, &revision.after);
    let key = elder.key()?;
    let mut events = Vec::new();
    let (moves, fields): (Vec<&FieldChange>, Vec<&FieldChange>) =
        changes.iter().partition(|change| change.field == "place");
    if !moves.is_empty() {
        let facts = Moved {
            from: before.place,
            to: after.place,
            age: age_on(before.birth_on, tx.today()),
            living: before.living,
            tags: codes(before.tags),
            sex: before.sex,
            run: origin.run,
            reason: origin.reason.map(str::to_owned),
            undone: origin.undone,
        };
        events.push(told(revision, Event::new(key, after.place, &facts)?, origin));
    }
    if !fields.is_empty() {
        let facts = Changed {
            fields: fields.iter().map(|change| change.field.clone()).collect(),
            living: (before.living != after.living).then_some((before.living, after.living)),
            tags_added: codes(after.tags & !before.tags),
            tags_removed: codes(before.tags & !after.tags),
            run: origin.run,
            undone: origin.undone,
        };
        let private = seal_private(tx.ids(), &revision.key.sealer(), elder.id, &fields)?;
        events.push(told(revision, Event::new(key, after.place, &facts)?, origin).with_private(private));
    }
    Ok(events)
}

fn told(revision: &Revision, event: Event, origin: Origin<'_>) -> Event {
    let event = event.on_timeline_of(revision.elder.id);
    match origin.day {
        Some(day) => event.on_day(day),
        None => event,
    }
}

/// The codes of a bit set of traits.
pub(super) fn codes(bits: i64) -> Vec<i16> {
    tags_of(bits).into_iter().map(Tag::code).collect()
}

/// The private part of an event about a person.
pub(super) fn seal_private(ids: &Ids, sealer: &Sealer, person: Uuid, body: &impl Serialize) -> Result<Vec<u8>> {
    Ok(seal_told(ids, sealer, person, &serde_json::to_vec(body)?))
}

/// As [`seal_private`], of JSON that is made already.
pub(super) fn seal_told(ids: &Ids, sealer: &Sealer, person: Uuid, json: &[u8]) -> Vec<u8> {
    sealer.seal(ids, Cell::new("journal", "private", person), json)
}
