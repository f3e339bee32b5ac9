//! A trait given to several people at once, or taken from them: one write, each file revised as by its own form.

use chrono::NaiveDate;
use kernel::{Action, Actor, FieldRefusal, Key, Refused, Result, text};
use store::{Lane, Tx};

use super::{
    Elder,
    file::File,
    filing::Desk,
    model::{bits_of, tags_of},
    queries,
    revise::{self, End, Origin, Revision},
    vocabulary::Tag,
};

/// The most people of one write; what a page of a list can show.
pub const MOST: usize = 100;

/// What happens to a trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// The trait.
    pub tag: Tag,
    /// Whether it holds from now on.
    pub holds: bool,
    /// The first day on which it holds no more; none lets it hold on.
    pub ends_on: Option<NaiveDate>,
}

/// What became of the people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tagged {
    /// Files that changed.
    pub changed: usize,
    /// Files that said so before.
    pub same: usize,
    /// People who are not there any more, or never were for this actor.
    pub gone: usize,
}

/// Gives a trait to people, or takes it from them.
///
/// # Errors
/// A refusal for nobody, for more than [`MOST`] and for an end that is not after today.
pub async fn tag(desk: Desk<'_>, actor: &Actor, keys: &[Key<Elder>], tagging: Tagging) -> Result<Tagged> {
    actor.may(Action::EditElder)?;
    let wrong = |field, text| Err(Refused::invalid(vec![FieldRefusal { field, text }]).into());
    if keys.is_empty() {
        return wrong("pick", text!("请先在名单里选人"));
    }
    if keys.len() > MOST {
        return wrong("pick", text!("一次最多选 {n} 人", n = MOST));
    }
    if tagging.holds && tagging.ends_on.is_some_and(|day| day <= desk.db.clock().today()) {
        return wrong("ends_on", text!("到期日要在今天以后"));
    }
    let people: Vec<_> = keys.iter().map(|key| key.id).collect();
    let data_keys = desk.keys.find_keys(&people).await?;
    desk.db
        .write(Lane::Interactive, actor, async |tx: Tx| {
            let mut tagged = Tagged { gone: keys.len(), ..Tagged::default() };
            for elder in queries::of_keys(&tx, &actor.scope(), keys).await? {
                let Some(key) = data_keys.get(&elder.id).filter(|_| elder.moved_to.is_none()) else { continue };
                let revision = revision(&tx, elder, key, tagging).await?;
                let origin = Origin { source: "form", ..Origin::default() };
                let changed = revise::revise(&tx, desk.blinder, &revision, origin).await?;
                *(if changed { &mut tagged.changed } else { &mut tagged.same }) += 1;
                tagged.gone -= 1;
            }
            Ok(tagged)
        })
        .await
}

async fn revision(tx: &Tx, elder: Elder, key: &store::seal::DataKey, tagging: Tagging) -> Result<Revision> {
    let before = File::open(&elder, key)?;
    let held = tags_of(before.tags);
    let mut tags: Vec<Tag> = held.iter().copied().filter(|tag| *tag != tagging.tag).collect();
    let mut ends = Vec::new();
    if tagging.holds {
        tags.push(tagging.tag);
        let sources = queries::tag_sources(tx, elder.key()?).await?;
        let end = sources.iter().find(|source| source.tag == tagging.tag).and_then(|source| source.ends_on);
        ends.extend((end != tagging.ends_on).then_some(End { tag: tagging.tag, day: tagging.ends_on }));
    }
    let after = File { tags: bits_of(&tags), ..before.clone() };
    Ok(Revision { elder, before, after, ends, key: key.clone() })
}
