//! `/elders/{key}/move`: where somebody moves, when and why; what that does; and then it is done.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Failure, FieldRefusal, Level, Refused, Region, Result, Text, text};
use web::{
    filters,
    form::{Choice, Field, Form, Kind, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::asked_place;
use crate::{
    elders::{
        Elder, Refusal,
        moving::{self, MoveReason, Moving, Outcome},
    },
    places,
    timeline::Guests,
};

/// The longest address, in characters.
const ADDRESS: usize = 200;

/// The form, or what a move would do with the button that does it.
#[derive(Debug, Template)]
#[template(path = "elders/move.html")]
pub struct MovePage {
    key: String,
    name: String,
    number: String,
    from: String,
    review: Option<Review>,
    form: Form,
}

/// What a move would do.
#[derive(Debug)]
struct Review {
    to: String,
    county: String,
    address: String,
    day: NaiveDate,
    reason: Text,
    leaves: bool,
    accounts: u64,
}

impl View for MovePage {
    fn head(&self) -> Head {
        Head::new(text!("迁居"))
            .menu("elders")
            .soft(Label::data(&self.name))
            .crumb(text!("老人档案"), "/elders")
            .crumb(Label::data(&self.name), format!("/elders/{}", self.key))
            .here(text!("迁居"))
            .with_persons()
            .faulty(self.form.is_faulty())
    }
}

pub(super) async fn ask(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
) -> PageResult<MovePage> {
    if elder.moved_to.is_some() {
        return Err(kernel::Common::NotFound).map_err(|no| ErrorPage(no.into()));
    }
    let today = state.clock().today();
    let mut page = MovePage::of(&elder, form(&elder.key()?.to_string(), elder.version, today))?;
    page.form = page.form.guarded(session.guard());
    Ok(Page(page))
}

pub(super) async fn act(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let sure = sent.value("sure") == "yes";
    let moved = async {
        let moving = read(&elder, &sent)?;
        let guests = Guests::of(&state);
        let desk = moving::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, leaving: &guests.leaving };
        let outcome = moving::move_to(desk, &session.actor, &elder, &moving, !sure).await?;
        Ok((moving, outcome))
    };
    let key = elder.key()?;
    match moved.await {
        Ok(_) if sure => Ok(Redirect::to(&format!("/elders/{key}")).into_response()),
        Ok((moving, outcome)) => {
            let mut page = MovePage::of(&elder, sure_form(&key.to_string(), &moving).guarded(session.guard()))?;
            page.review = Some(Review::of(&moving, &outcome));
            Ok(Page(page).into_response())
        }
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let mut form = form(&key.to_string(), elder.version, state.clock().today()).filled(&sent);
            asked_place::offer(&mut form, "to", &meant(&elder, sent.value("to"))?);
            let form = form.refused(&refused).guarded(session.guard());
            Ok(Page(MovePage::of(&elder, form)?).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The places that were meant, county and narrower.
fn meant(elder: &Elder, text: &str) -> Result<Vec<places::Place>> {
    let here = elder.place()?;
    let county = here.at(Level::County).or_else(|| here.at(Level::City)).unwrap_or(here);
    let mut found = places::find_near(text, county);
    found.retain(|place| place.region.home().is_some());
    Ok(found)
}

fn read(elder: &Elder, sent: &Sent) -> Result<Moving> {
    let wrong = |field, text: Text| Refused::invalid(vec![FieldRefusal { field, text }]);
    let to = asked_place::only(&meant(elder, sent.value("to"))?, "to")?;
    let address = sent.value("address");
    if address.chars().count() > ADDRESS {
        return Err(wrong("address", text!("地址最多 {n} 字", n = ADDRESS)).into());
    }
    Ok(Moving {
        version: sent.value("version").parse().map_err(|_| Refusal::Changed)?,
        to,
        address: address.to_owned(),
        day: sent.value("day").parse().map_err(|_| wrong("day", text!("请选择日期")))?,
        reason: MoveReason::named(sent.value("reason")).ok_or_else(|| wrong("reason", text!("请选择迁居原因")))?,
    })
}

fn form(key: &str, version: i32, today: NaiveDate) -> Form {
    let reason = |reason: MoveReason| Choice::new(reason.name(), Text::new(reason.word()));
    let fields = vec![
        Field::hidden("version", version.to_string()),
        Field::line("to", text!("新的居住地"))
            .mends(&["elder.no_such_place", "elder.same_place"])
            .hint(text!("本县区内写乡镇街道、村社区的名称；外县区写全名，如“河南省许昌市建安区”；也可以写区划代码"))
            .autocomplete("off"),
        Field::line("address", text!("新的居住地址"))
            .hint(text!("街路门牌、楼栋单元；不写就保留原来的地址"))
            .optional()
            .autocomplete("off"),
        Field::new("day", text!("迁居日期"), Kind::Line("date"))
            .mends(&["elder.move_day"])
            .value(today.to_string())
            .short(),
        Field::new("reason", text!("迁居原因"), Kind::Radios(MoveReason::ALL.map(reason).into())),
    ];
    Form::new("move", format!("/elders/{key}/move"), fields, text!("看看会怎样")).cancel(format!("/elders/{key}"))
}

/// The same values once more, unseen, with the button that does it.
fn sure_form(key: &str, moving: &Moving) -> Form {
    let fields = vec![
        Field::hidden("version", moving.version.to_string()),
        Field::hidden("to", moving.to.code().to_string()),
        Field::hidden("address", moving.address.clone()),
        Field::hidden("day", moving.day.to_string()),
        Field::hidden("reason", moving.reason.name()),
        Field::hidden("sure", "yes"),
    ];
    Form::new("move", format!("/elders/{key}/move"), fields, text!("确认迁居")).cancel(format!("/elders/{key}/move"))
}

impl MovePage {
    fn of(elder: &Elder, form: Form) -> Result<Self> {
        Ok(Self {
            key: elder.key()?.to_string(),
            name: elder.name.clone(),
            number: elder.number.clone(),
            from: places::full_name(elder.place()?).unwrap_or_default(),
            review: None,
            form,
        })
    }
}

impl Review {
    fn of(moving: &Moving, outcome: &Outcome) -> Self {
        let name = |place: Region| places::full_name(place).unwrap_or_default();
        let to = outcome.to;
        Self {
            to: name(to),
            county: name(to.at(Level::County).or_else(|| to.at(Level::City)).unwrap_or(to)),
            address: moving.address.clone(),
            day: moving.day,
            reason: Text::new(moving.reason.word()),
            leaves: outcome.leaves,
            accounts: outcome.accounts,
        }
    }
}

impl Samples for MovePage {
    fn samples() -> Vec<Self> {
        let (key, day) = ("411002-aaaaaaaaaaaaaaaaaaaaaaaaaa", NaiveDate::default());
        let page = |form: Form, review: Option<Review>| Self {
            key: key.into(),
            name: "陈秀云".into(),
            number: "411002-0006821".into(),
            from: "河南省许昌市魏都区".into(),
            review,
            form,
        };
        let to = "411003".parse().unwrap_or_else(|_| unreachable!("a county"));
        let moving = Moving { version: 1, to, address: "榆园".into(), day, reason: MoveReason::Kin };
        let review = |leaves| Review {
            to: "河南省许昌市建安区".into(),
            county: "河南省许昌市建安区".into(),
            address: "榆园".into(),
            day,
            reason: Text::new(MoveReason::Kin.word()),
            leaves,
            accounts: 2,
        };
        vec![
            page(form(key, 1, day), None),
            page(form(key, 1, day).refused(&Refusal::NoSuchPlace.into()), None),
            page(sure_form(key, &moving), Some(review(true))),
            page(sure_form(key, &moving), Some(review(false))),
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::MovePage>();
    }
}
