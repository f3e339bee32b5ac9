//! `/elders/tag`: a trait for all who were picked in the list, or for none of them any more.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, FieldRefusal, Key, Refused, Result, Text, text};
use web::{
    filters,
    form::{Choice, Field, Form, Kind, Sent},
    head::Head,
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use crate::elders::{
    Elder, filing, queries,
    tagging::{self, Tagged, Tagging},
    vocabulary::Tag,
};

/// The form over those who were picked, or what became of them.
#[derive(Debug, Template)]
#[template(path = "elders/tag.html")]
pub struct TagPage {
    people: Vec<(String, String)>,
    done: Option<Tagged>,
    form: Form,
}

impl View for TagPage {
    fn head(&self) -> Head {
        Head::new(text!("批量改人员类别"))
            .menu("elders")
            .soft(text!("{n} 人", n = self.people.len()))
            .crumb(text!("老人档案"), "/elders")
            .here(text!("批量改人员类别"))
            .with_persons()
            .faulty(self.form.is_faulty())
    }
}

pub(super) async fn ask(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<TagPage> {
    let people = picked(&state, &session, query.all("pick")).await?;
    let form = form(&people).guarded(session.guard());
    Ok(Page(TagPage { people: named(&people)?, done: None, form }))
}

pub(super) async fn act(
    State(state): State<AppState>,
    session: Session,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let people = picked(&state, &session, sent.values("pick")).await?;
    let done = async {
        let keys = people.iter().map(Elder::key).collect::<Result<Vec<_>>>()?;
        let desk = filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder };
        tagging::tag(desk, &session.actor, &keys, read(&sent)?).await
    };
    let form = form(&people).guarded(session.guard());
    match done.await {
        Ok(tagged) => Ok(Page(TagPage { people: named(&people)?, done: Some(tagged), form }).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let form = form.filled(&sent).refused(&refused);
            Ok(Page(TagPage { people: named(&people)?, done: None, form }).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Those who were picked and are visible, in the order of places.
async fn picked(state: &AppState, session: &Session, keys: impl Iterator<Item = &str>) -> Result<Vec<Elder>> {
    let keys: Vec<Key<Elder>> = keys.take(tagging::MOST).filter_map(|key| key.parse().ok()).collect();
    let mut people = queries::of_keys(&state.db, &session.scope(), &keys).await?;
    people.retain(|elder| elder.moved_to.is_none() && !elder.name.is_empty());
    people.sort_by_key(|elder| (elder.place, elder.id));
    Ok(people)
}

fn named(people: &[Elder]) -> Result<Vec<(String, String)>> {
    people.iter().map(|elder| Ok((elder.key()?.to_string(), elder.name.clone()))).collect()
}

fn read(sent: &Sent) -> Result<Tagging, Refused> {
    let wrong = |field, text| Refused::invalid(vec![FieldRefusal { field, text }]);
    let tag = sent.value("tag").parse().ok().and_then(Tag::of);
    let ends_on = match sent.value("ends_on") {
        "" => None,
        day => Some(day.parse().map_err(|_| wrong("ends_on", text!("请选择日期")))?),
    };
    Ok(Tagging {
        tag: tag.ok_or_else(|| wrong("tag", text!("请选择人员类别")))?,
        holds: sent.value("holds") != "no",
        ends_on,
    })
}

fn form(people: &[Elder]) -> Form {
    let tag = |tag: &Tag| Choice::new(tag.code().to_string(), Text::new(tag.word()));
    let ways = vec![Choice::new("yes", text!("加上")), Choice::new("no", text!("去掉"))];
    let mut picks = Field::hidden("pick", "");
    picks.values = people.iter().filter_map(|elder| Some(elder.key().ok()?.to_string())).collect();
    let fields = vec![
        picks,
        Field::new("holds", text!("加上还是去掉"), Kind::Radios(ways)).value("yes"),
        Field::new("tag", text!("人员类别"), Kind::Radios(Tag::ALL.iter().map(tag).collect())),
        Field::new("ends_on", text!("到期日"), Kind::Line("date"))
            .hint(text!("到了这一天就不再算；不填就一直算"))
            .optional()
            .short(),
    ];
    Form::new("tag", "/elders/tag", fields, text!("办理")).cancel("/elders")
}

impl Samples for TagPage {
    fn samples() -> Vec<Self> {
        let people =
            || vec![("411002-a".to_owned(), "陈秀云".to_owned()), ("411002-b".to_owned(), "程广田".to_owned())];
        let wrong = read(&Sent::default()).err().unwrap_or_else(|| unreachable!("nothing was sent"));
        let done = Some(Tagged { changed: 1, same: 1, gone: 0 });
        vec![
            Self { people: people(), done: None, form: form(&[]) },
            Self { people: people(), done: None, form: form(&[]).refused(&wrong) },
            Self { people: people(), done, form: form(&[]) },
            Self { people: Vec::new(), done: None, form: form(&[]) },
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::TagPage>();
    }
}
