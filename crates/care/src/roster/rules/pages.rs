//! `/roster/rules`: the rules of rosters as a county keeps them: all versions, one version, a copy to edit and enact.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::{Days, NaiveDate};
use kernel::{Action, Failure, FieldRefusal, Instant, Refused, Result, Text, text};
use registry::places;
use serde_json::json;
use store::{Lane, rulebooks};
use uuid::Uuid;
use web::{
    filters,
    form::{self, Choice, Field, FormGuard, Kind, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::ListQuery,
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{
    RosterRules, actions,
    table::{self, GROUPS, Manner, Norm, Shown},
};
use crate::{
    versions::{self, Line},
    week,
};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::EnactRoster;
    Routes::new("care")
        .get("/roster/rules", may, list)
        .post("/roster/rules", may, enact)
        .get("/roster/rules/edit", may, edit)
        .get("/roster/rules/{book}", may, version)
}

/// All versions.
#[derive(Debug, Template)]
#[template(path = "roster/rules.html")]
pub(crate) struct RulesPage {
    place: Option<String>,
    lines: Vec<Line>,
    at: Instant,
}

impl View for RulesPage {
    fn head(&self) -> Head {
        let head = Head::new(text!("排班规则")).menu("roster-rules").fresh(self.at);
        let head = match &self.place {
            Some(name) => head.soft(Label::data(name.clone())),
            None => head,
        };
        head.solid(text!("改规则"), "edit", "/roster/rules/edit")
    }
}

async fn list(State(state): State<AppState>, session: Session) -> PageResult<RulesPage> {
    let usual = RosterRules::default();
    let differs = |rules: &RosterRules| table::differences(&usual, rules).len();
    let lines = versions::lines(&state, &session, differs).await?;
    let place = session.actor.acting.place.and_then(places::full_name);
    Ok(Page(RulesPage { place, lines, at: state.clock().now() }))
}

/// One version: every norm beside our own.
#[derive(Debug, Template)]
#[template(path = "roster/rules_version.html")]
pub(crate) struct VersionPage {
    id: Uuid,
    from: NaiveDate,
    groups: Vec<(&'static str, Vec<Held>)>,
}

/// A norm as it is held: word, value, our own value where it is another.
type Held = (&'static str, Shown, Option<Shown>);

impl VersionPage {
    fn of(id: Uuid, from: NaiveDate, rules: &RosterRules) -> Self {
        let (body, usual) = (json!(rules), json!(RosterRules::default()));
        let held = |norm: &Norm| {
            let (own, ours) = (norm.of(&body), norm.of(&usual));
            (norm.word, norm.shown(own), (own != ours).then(|| norm.shown(ours)))
        };
        let groups = GROUPS.iter().map(|group| (group.word, group.norms.iter().map(held).collect())).collect();
        Self { id, from, groups }
    }
}

impl View for VersionPage {
    fn head(&self) -> Head {
        let from = self.from.to_string();
        Head::new(text!("自 {day} 起的排班规则", day = from))
            .menu("roster-rules")
            .crumb(text!("排班规则"), "/roster/rules")
            .here(Label::data(from))
            .solid(text!("照此改"), "edit", format!("/roster/rules/edit?of={}", self.id))
    }
}

async fn version(State(state): State<AppState>, session: Session, Path(book): Path<Uuid>) -> PageResult<VersionPage> {
    let found = versions::get::<RosterRules>(&state, &session, book).await?.book;
    Ok(Page(VersionPage::of(found.id, found.valid_from, &found.body)))
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "roster/rules_edit.html")]
pub(crate) struct EditPage {
    from: Field,
    groups: Vec<Fields>,
    error: Option<Text>,
    guard: FormGuard,
}

/// The fields of a group of norms, its days of the week below the others.
#[derive(Debug)]
struct Fields {
    word: Text,
    hint: Text,
    lines: Vec<Field>,
    days: Vec<Field>,
}

impl View for EditPage {
    fn head(&self) -> Head {
        Head::new(text!("改排班规则"))
            .menu("roster-rules")
            .crumb(text!("排班规则"), "/roster/rules")
            .here(text!("改规则"))
            .faulty(self.faults() > 0)
    }
}

impl EditPage {
    fn of(rules: &RosterRules, from: NaiveDate, guard: FormGuard) -> Self {
        let body = json!(rules);
        let from = Field::new("from", text!("生效日期"), Kind::Line("date"))
            .short()
            .hint(text!("最早明天；已经排好的方案不变"))
            .value(from.to_string())
            .mends(&["roster.rules_early", "roster.rules_far", "rulebook.overlap"]);
        let groups = GROUPS.iter().map(|group| {
            let fields = group.norms.iter().map(|norm| field(norm, norm.of(&body)));
            let (days, lines) = fields.partition(|field| matches!(field.kind, Kind::Checks(_)));
            Fields { word: Text::new(group.word), hint: Text::new(group.hint), lines, days }
        });
        Self { from, groups: groups.collect(), error: None, guard }
    }

    /// What was typed, and what is wrong with it.
    fn refused(mut self, sent: &Sent, refused: &Refused) -> Self {
        let norms = self.groups.iter_mut().flat_map(|group| group.lines.iter_mut().chain(&mut group.days));
        self.error = form::refuse(norms.chain([&mut self.from]), sent, refused);
        self
    }

    fn faulty(&self) -> Vec<&Field> {
        let fields = self.groups.iter().flat_map(|group| group.lines.iter().chain(&group.days));
        std::iter::once(&self.from).chain(fields).filter(|field| field.error.is_some()).collect()
    }

    fn faults(&self) -> usize {
        usize::from(self.error.is_some()) + self.faulty().len()
    }
}

fn field(norm: &Norm, value: f64) -> Field {
    let label = Text::new(norm.word);
    let line = |kind| Field::new(norm.path, label.clone(), Kind::Line(kind)).short();
    let shown = match norm.shown(value) {
        Shown::Plain(shown) => shown,
        Shown::Words(_) => {
            let days = week::WEEKDAYS.iter().enumerate();
            let days = days.map(|(n, word)| Choice::new(n.to_string(), Text::new(word))).collect();
            let mut field = Field::new(norm.path, label, Kind::Checks(days));
            field.values = week::days(value as i16).map(|day| day.to_string()).collect();
            return field;
        }
    };
    match norm.manner {
        Manner::Clock => line("time").value(shown),
        Manner::Whole => line("text").inputmode("numeric").value(shown),
        Manner::Decimal | Manner::Weekdays => line("text").inputmode("decimal").value(shown),
    }
}

/// A copy of the version asked for, or of what holds today.
async fn edit(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<EditPage> {
    let today = state.clock().today();
    let asked = query.get("of").and_then(|id| id.parse::<Uuid>().ok());
    let rules = match (asked, session.actor.acting.place) {
        (Some(id), _) => versions::get(&state, &session, id).await?.book.body,
        (None, Some(place)) => rulebooks::get_or_default(&state.db, place, today).await?,
        (None, None) => RosterRules::default(),
    };
    Ok(Page(EditPage::of(&rules, today + Days::new(1), session.guard())))
}

async fn enact(State(state): State<AppState>, session: Session, Form(sent): Form<Sent>) -> Result<Response, ErrorPage> {
    let day = sent
        .value("from")
        .parse::<NaiveDate>()
        .map_err(|_| Refused::invalid(vec![FieldRefusal { field: "from", text: text!("请选择生效日期") }]));
    let done = match (table::read(&sent), day) {
        (Ok(rules), Ok(from)) => {
            let write = async |tx| actions::enact(&tx, from, &rules).await;
            state.db.write(Lane::Interactive, &session.actor, write).await
        }
        (Err(refused), _) | (_, Err(refused)) => Err(Failure::from(refused)),
    };
    match done {
        Ok(_) => Ok(Redirect::to("/roster/rules").into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let today = state.clock().today();
            let page = EditPage::of(&RosterRules::default(), today, session.guard()).refused(&sent, &refused);
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

impl Samples for RulesPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let lines = Line::samples(kernel::business_day(at), 3);
        vec![Self { place: Some("河南省许昌市魏都区".into()), lines, at }, Self { place: None, lines: Vec::new(), at }]
    }
}

impl Samples for VersionPage {
    fn samples() -> Vec<Self> {
        let rules = RosterRules { weekdays: 0b001_1111, walk_m: 70.0, ..RosterRules::default() };
        vec![Self::of(Uuid::nil(), NaiveDate::default(), &rules)]
    }
}

impl Samples for EditPage {
    fn samples() -> Vec<Self> {
        let page = || Self::of(&RosterRules::default(), NaiveDate::default(), FormGuard::default());
        let wrong = table::read(&Sent::default()).err();
        let faulty = wrong.map(|refused| page().refused(&Sent::default(), &refused));
        let same = Refused::from(crate::roster::Refusal::RulesSame);
        [Some(page()), faulty, Some(page().refused(&Sent::default(), &same))].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_of_rosters_hold_in_both_languages() {
        web::check::all::<super::RulesPage>();
        web::check::all::<super::VersionPage>();
        web::check::all::<super::EditPage>();
    }
}
