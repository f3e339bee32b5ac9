//! `/elders/export`: what is listed, as an Excel sheet of masked values. Each person in it is noted before it leaves.

use axum::{Extension, extract::State, response::Response};
use chrono::NaiveDate;
use kernel::{Key, Result, Text, text};
use store::accesses;
use web::{
    export::{Cell, Pages, Rows, Sheet, download as as_download},
    frame::Frame,
    i18n::{Locale, Translate as _},
    page::ErrorPage,
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{narrowed::Narrowed, signs};
use crate::{
    elders::{
        Elder,
        queries::{self, After, Filter},
    },
    places,
};

/// The most rows of one sheet: whoever needs more narrows by place.
const MOST: usize = 10_000;
/// Rows read and noted together; the writer is held far less than 150 ms.
const STEP: usize = 1_000;

pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let today = state.clock().today();
    let picked = query.all("pick").take(STEP).filter_map(|key| key.parse().ok()).collect();
    let filter = Narrowed::of(&query).filter(today);
    let say = |text: Text| text.in_locale(frame.locale);
    let mut sheet = Sheet::new(&say(text!("老人档案")), heads().into_iter().map(say).collect())?;
    sheet.fill(MOST, &Listed { state: &state, session: &session, picked, filter, locale: frame.locale }).await?;
    let name = format!("{} {today}", say(text!("老人档案")));
    Ok(as_download(&name, sheet.finish()?))
}

/// The elders of a list.
struct Listed<'a> {
    state: &'a AppState,
    session: &'a Session,
    /// Those who were picked; all whom the filter leaves when there are none.
    picked: Vec<Key<Elder>>,
    filter: Filter,
    locale: Locale,
}

impl Pages for Listed<'_> {
    type Position = After;

    async fn after(&self, position: Option<After>) -> Result<Rows<After>> {
        let (db, today) = (&self.state.db, self.state.clock().today());
        let scope = self.session.scope();
        let page = if self.picked.is_empty() {
            queries::list(db, &scope, &self.filter, position, STEP as u64).await?
        } else {
            queries::of_keys(db, &scope, &self.picked).await?
        };
        let people = page.iter().map(|elder| Ok((elder.key()?.home, elder.id))).collect::<Result<Vec<_>>>()?;
        accesses::note(db, &self.session.actor, &people, "export", "").await?;
        let next = page
            .last()
            .filter(|_| page.len() == STEP && self.picked.is_empty())
            .map(After::cursor)
            .as_ref()
            .and_then(After::of);
        Ok((page.iter().map(|elder| cells(elder, today, self.locale)).collect::<Result<_>>()?, next))
    }
}

fn heads() -> Vec<Text> {
    vec![
        text!("档案号"),
        text!("姓名"),
        text!("性别"),
        text!("出生日期"),
        text!("年龄"),
        text!("证件号"),
        text!("手机"),
        text!("固定电话"),
        text!("居住地"),
        text!("居住状况"),
        text!("人员类别"),
        text!("状态"),
    ]
}

fn cells(elder: &Elder, today: NaiveDate, locale: Locale) -> Result<Vec<Cell>> {
    let say = |word: &'static str| Text::new(word).in_locale(locale);
    let tags: Vec<_> = elder.tags().iter().map(|tag| say(tag.word())).collect();
    Ok(vec![
        Cell::Text(elder.number.clone()),
        Cell::Text(elder.name.clone()),
        Cell::Text(signs::sex(elder.sex()).in_locale(locale)),
        elder.birth_on.map_or(Cell::Empty, Cell::Date),
        elder.age(today).map_or(Cell::Empty, |age| Cell::Number(f64::from(age))),
        Cell::Text(elder.cert_mask.clone()),
        Cell::Text(elder.mobile_mask.clone()),
        Cell::Text(elder.landline_mask.clone()),
        Cell::Text(places::full_name(elder.place()?).unwrap_or_default()),
        Cell::Text(elder.living().map(|living| say(living.word())).unwrap_or_default()),
        Cell::Text(tags.join("；")),
        Cell::Text(elder.status().map(|status| say(status.word())).unwrap_or_default()),
    ])
}
