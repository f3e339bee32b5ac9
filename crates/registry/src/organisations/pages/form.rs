//! `/organisations/new`: registering an organisation.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, FieldRefusal, Level, Refused, Region, Result, Text, text};
use store::Lane;
use web::{
    form::{Choice, Field, Form as FormView, Kind as Input},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use crate::{
    organisations::{
        Kind,
        actions::{self, Registration},
    },
    places,
};

/// The form.
#[derive(Debug, Template)]
#[template(source = r#"<section class="card"><div class="pad">{{ form }}</div></section>"#, ext = "html")]
pub(crate) struct FormPage {
    form: FormView,
}

impl View for FormPage {
    fn head(&self) -> Head {
        Head::new(text!("登记单位"))
            .menu("organisations")
            .crumb(text!("单位与人员"), "/organisations")
            .here(text!("登记单位"))
            .faulty(self.form.is_faulty())
    }
}

fn form(top: Option<Region>) -> FormView {
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.code(), Text::new(kind.word()))).collect();
    let fields = vec![
        Field::line("name", text!("单位名称")).hint(text!("照营业执照或登记证书填写")),
        Field::new("kind", text!("类型"), Input::Select(kinds)).value(Kind::HomeCare.code()),
        Field::line("credit_code", text!("统一社会信用代码")).hint(text!("18 位，当场核对校验位")),
        Field::new("place", text!("登记地"), Input::Select(seats(top))).hint(text!("服务商为登记地所在的县区服务")),
        Field::new("phone", text!("电话"), Input::Line("tel")).hint(text!("给老人看的电话")),
    ];
    FormView::new("organisation", "/organisations", fields, text!("登记")).cancel("/organisations").kept_as_draft()
}

/// The place of the grant and, within a county, its towns.
fn seats(top: Option<Region>) -> Vec<Choice> {
    let Some(top) = top else { return Vec::new() };
    let towns = if top.level() < Level::Town { places::children(top) } else { Vec::new() };
    let all = std::iter::once(top).chain(towns.into_iter().map(|place| place.region));
    all.map(|place| Choice::new(place.short(), Label::data(places::full_name(place).unwrap_or_default()))).collect()
}

pub(super) async fn show(session: Session) -> PageResult<FormPage> {
    Ok(Page(FormPage { form: form(session.actor.acting.place).guarded(session.guard()) }))
}

pub(super) async fn register(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, ErrorPage> {
    let value = |name: &str| sent.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim()).to_owned();
    let new = Registration {
        name: value("name"),
        kind: value("kind"),
        credit_code: value("credit_code"),
        place: value("place"),
        phone: value("phone"),
    };
    let made = state.db.write(Lane::Interactive, &session.actor, async |tx| actions::register(&tx, &new).await);
    match made.await {
        Ok(made) => Ok(Redirect::to(&format!("/organisations/{}", made.id)).into_response()),
        Err(Failure::Refused(refused)) if matches!(refused.verdict.status(), 409 | 422) => {
            let form = form(session.actor.acting.place).guarded(session.guard());
            let form = form.filled(&sent).refused(&at_its_field((*refused).clone()));
            let status = StatusCode::from_u16(refused.verdict.status()).unwrap_or(StatusCode::CONFLICT);
            Ok((status, Page(FormPage { form })).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Puts a refusal at the field that can mend it.
fn at_its_field(mut refused: Refused) -> Refused {
    let field = match refused.code {
        "organisation.name_wanted" => "name",
        "organisation.kind_wanted" => "kind",
        "organisation.code_shape" | "organisation.code_check" | "organisation.code_taken" => "credit_code",
        "organisation.place_outside" => "place",
        "organisation.phone_wrong" => "phone",
        _ => return refused,
    };
    refused.fields.push(FieldRefusal { field, text: refused.text.clone() });
    refused
}

impl Samples for FormPage {
    fn samples() -> Vec<Self> {
        let place = "411002".parse().ok();
        let refused = Refused::from(crate::organisations::Refusal::CodeCheck);
        vec![Self { form: form(place) }, Self { form: form(place).refused(&at_its_field(refused)) }]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_form_of_an_organisation_holds_in_both_languages() {
        web::check::all::<super::FormPage>();
    }
}
