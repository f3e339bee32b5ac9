//! `/elders/{key}/erase`: on whose order somebody is erased, what goes and what stays, and then it is done for ever.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, FieldRefusal, Refused, Result, Text, text};
use web::{
    filters,
    form::{Choice, Field, Form, Kind, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use crate::{
    elders::{
        Elder, Refusal,
        erasing::{self, Order, Orderer},
    },
    timeline::Guests,
};

/// The form, or the last question.
#[derive(Debug, Template)]
#[template(path = "elders/erase.html")]
pub struct ErasePage {
    key: String,
    name: String,
    number: String,
    /// On whose order, once that was said.
    order: Option<(Text, String)>,
    form: Form,
}

impl View for ErasePage {
    fn head(&self) -> Head {
        Head::new(text!("删除个人信息"))
            .menu("elders")
            .soft(Label::data(&self.name))
            .crumb(text!("老人档案"), "/elders")
            .crumb(Label::data(&self.name), format!("/elders/{}", self.key))
            .here(text!("删除个人信息"))
            .with_persons()
            .faulty(self.form.is_faulty())
    }
}

pub(super) async fn ask(session: Session, Visible(elder): Visible<Elder>) -> PageResult<ErasePage> {
    if elder.name.is_empty() {
        return Err(ErrorPage(Refusal::Erased.into()));
    }
    let form = form(&elder.key()?.to_string()).guarded(session.guard());
    Ok(Page(ErasePage::of(&elder, form)?))
}

pub(super) async fn act(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let key = elder.key()?.to_string();
    let order = match read(&sent) {
        Ok(order) => order,
        Err(refused) => {
            let form = form(&key).filled(&sent).refused(&refused).guarded(session.guard());
            return Ok(Page(ErasePage::of(&elder, form)?).refused().into_response());
        }
    };
    let last = |refused: Option<&Refused>| {
        let mut page = ErasePage::of(&elder, sure_form(&key, &order).guarded(session.guard()))?;
        page.order = Some((Text::new(order.by.word()), order.note.clone()));
        if let Some(refused) = refused {
            page.form = page.form.refused(refused);
        }
        Ok::<_, Failure>(page)
    };
    // Not by a slip: the file's number is typed once more.
    match sent.value("number") {
        "" if sent.value("sure").is_empty() => return Ok(Page(last(None)?).into_response()),
        typed if typed == elder.number => {}
        _ => {
            let text = text!("请照抄档案号 {number}", number = elder.number);
            let refused = Refused::invalid(vec![FieldRefusal { field: "number", text }]);
            return Ok(Page(last(Some(&refused))?).refused().into_response());
        }
    }
    let guests = Guests::of(&state);
    let desk = erasing::Desk { db: &state.db, keys: &state.keys, leaving: &guests.leaving };
    match erasing::erase(desk, &session.actor, &elder, &order).await {
        Ok(()) => Ok(Redirect::to(&format!("/elders/{key}")).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            Ok(Page(last(Some(&refused))?).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn read(sent: &Sent) -> Result<Order, Refused> {
    let mut wrong = Vec::new();
    let by = Orderer::named(sent.value("by"));
    let note = sent.value("note").to_owned();
    if by.is_none() {
        wrong.push(FieldRefusal { field: "by", text: text!("请选择是谁要求删除") });
    }
    if note.is_empty() || note.chars().count() > erasing::NOTE {
        wrong.push(FieldRefusal { field: "note", text: Refused::from(Refusal::NoOrder { most: erasing::NOTE }).text });
    }
    by.filter(|_| wrong.is_empty()).map(|by| Order { by, note }).ok_or_else(|| Refused::invalid(wrong))
}

fn form(key: &str) -> Form {
    let by = |by: Orderer| Choice::new(by.name(), Text::new(by.word()));
    let fields = vec![
        Field::new("by", text!("谁要求删除"), Kind::Radios(Orderer::ALL.map(by).into())),
        Field::line("note", text!("依据")).hint(text!("文书号，或何时以何种方式提出")).autocomplete("off"),
    ];
    Form::new("erase", format!("/elders/{key}/erase"), fields, text!("下一步")).cancel(format!("/elders/{key}"))
}

fn sure_form(key: &str, order: &Order) -> Form {
    let fields = vec![
        Field::hidden("by", order.by.name()),
        Field::hidden("note", order.note.clone()),
        Field::hidden("sure", "yes"),
        Field::line("number", text!("照抄档案号")).hint(text!("删除以后不能恢复")).autocomplete("off").short(),
    ];
    Form::new("erase", format!("/elders/{key}/erase"), fields, text!("永久删除")).cancel(format!("/elders/{key}"))
}

impl ErasePage {
    fn of(elder: &Elder, form: Form) -> Result<Self> {
        let (name, number) = (elder.name.clone(), elder.number.clone());
        Ok(Self { key: elder.key()?.to_string(), name, number, order: None, form })
    }
}

impl Samples for ErasePage {
    fn samples() -> Vec<Self> {
        let key = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let page = |form: Form, order: Option<(Text, String)>| Self {
            key: key.into(),
            name: "陈秀云".into(),
            number: "411002-0006821".into(),
            order,
            form,
        };
        let order = Order { by: Orderer::Court, note: "（2026）豫 1002 民初 1 号".into() };
        let said = Some((Text::new(order.by.word()), order.note.clone()));
        let wrong = read(&Sent::default()).err().unwrap_or_else(|| unreachable!("nothing was sent"));
        vec![page(form(key), None), page(form(key).refused(&wrong), None), page(sure_form(key, &order), said)]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::ErasePage>();
    }
}
