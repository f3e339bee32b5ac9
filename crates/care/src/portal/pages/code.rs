//! 给老人发验证码: staff give an elder or a family member a one-use code, to be told, shown or printed as a slip.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use chrono::TimeDelta;
use kernel::{Common, Failure, FieldRefusal, Instant, Key, Refused, Result, Text, Verdict, text};
use registry::elders::{self, Elder};
use serde::Deserialize;
use store::Lane;
use web::{
    accounts::{self, Issued, PortalCode},
    filters,
    form::{Choice, Field, Form as FormView, Kind},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{Sent, go};
use crate::portal::{PortalRules, Refusal};

/// The longest name of a family member, in characters.
const NAME: usize = 40;

/// Whom a code is for.
#[derive(Debug, Template)]
#[template(path = "portal/code_form.html")]
pub(in crate::portal) struct AskPage {
    elder: String,
    elder_key: String,
    form: FormView,
}

impl View for AskPage {
    fn head(&self) -> Head {
        head(&self.elder, &self.elder_key).faulty(self.form.is_faulty())
    }
}

fn head(elder: &str, key: &str) -> Head {
    Head::new(text!("给老人发验证码"))
        .soft(Label::data(elder))
        .menu("elders")
        .crumb(text!("老人档案"), "/elders")
        .crumb(Label::data(elder), format!("/elders/{key}"))
        .here(text!("发验证码"))
        .with_persons()
}

impl Samples for AskPage {
    fn samples() -> Vec<Self> {
        let key = "411002-06fvn0ap3drhm3ssrxr1ft5cg8";
        let page = |form| Self { elder: "陈秀云".into(), elder_key: key.into(), form };
        let field = FieldRefusal { field: "name", text: Refused::from(Refusal::HolderWanted).text };
        vec![page(form(key)), page(form(key).refused(&Refused::invalid(vec![field])))]
    }
}

fn form(key: &str) -> FormView {
    let who = vec![Choice::new("elder", text!("老人本人")), Choice::new("family", text!("家属"))];
    let fields = vec![
        Field::new("who", text!("发给谁"), Kind::Radios(who)).value("elder"),
        Field::line("name", text!("家属姓名"))
            .hint(text!("发给家属时填写，记录里会写明是谁"))
            .optional()
            .autocomplete("off")
            .short(),
    ];
    FormView::new("portal-code", format!("/elders/{key}/portal-code"), fields, text!("发验证码"))
        .cancel(format!("/elders/{key}"))
}

/// The elder whom the address names, visible to this session and alive.
async fn elder(state: &AppState, session: &Session, key: &str) -> Result<Elder> {
    let key: Key<Elder> = key.parse().map_err(|_| Common::NotFound)?;
    let elder = elders::queries::get(&state.db, &session.scope(), key).await?;
    match elders::model::Status::of(elder.status) {
        Some(status @ (elders::model::Status::Dead | elders::model::Status::MovedOut)) => {
            Err(Refusal::ElderGone { status: status.word().to_owned() }.into())
        }
        _ => Ok(elder),
    }
}

fn asking(elder: &Elder, session: &Session) -> Result<AskPage> {
    let key = elder.key()?.to_string();
    Ok(AskPage { elder: elder.name.clone(), form: form(&key).guarded(session.guard()), elder_key: key })
}

/// Of which elder.
#[derive(Debug, Deserialize)]
pub(in crate::portal) struct Of {
    #[serde(default)]
    elder: String,
}

/// `/portal-codes/new?elder=<key>`, where an elder's file leads.
pub(in crate::portal) async fn of_elder(Query(of): Query<Of>) -> Result<Response, ErrorPage> {
    let key: Key<Elder> = of.elder.parse().map_err(|_| ErrorPage(Common::NotFound.into()))?;
    Ok(go(&format!("/elders/{key}/portal-code")))
}

pub(in crate::portal) async fn ask(
    State(state): State<AppState>,
    session: Session,
    Path(key): Path<String>,
) -> PageResult<AskPage> {
    Ok(Page(asking(&elder(&state, &session, &key).await?, &session)?))
}

/// The code, shown this once.
#[derive(Debug, Template)]
#[template(path = "portal/code.html")]
pub(in crate::portal) struct CodePage {
    elder: String,
    elder_key: String,
    holder: String,
    code: String,
    until: String,
    address: String,
}

impl View for CodePage {
    fn head(&self) -> Head {
        head(&self.elder, &self.elder_key)
    }
}

impl Samples for CodePage {
    fn samples() -> Vec<Self> {
        vec![Self {
            elder: "陈秀云".into(),
            elder_key: "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into(),
            holder: "王强".into(),
            code: "123 456 7890".into(),
            until: said(Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default()),
            address: "sangyu.example/portal/enter".into(),
        }]
    }
}

/// 11-24 09:00.
fn said(at: Instant) -> String {
    kernel::local(at).format("%Y-%m-%d %H:%M").to_string()
}

pub(in crate::portal) async fn issue(
    State(state): State<AppState>,
    session: Session,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, ErrorPage> {
    let (elder, sent) = (elder(&state, &session, &key).await?, Sent(sent));
    match issued(&state, &session, &elder, &sent).await {
        Ok((holder, issued)) => {
            let (code, until) = (issued.code, said(issued.ends_at));
            let (elder_key, address) = (elder.key().map_err(ErrorPage)?.to_string(), address(&state, &headers));
            let page = CodePage { elder: elder.name, elder_key, holder, code, until, address };
            Ok(Page(page).into_response())
        }
        Err(Failure::Refused(refused)) if refused.verdict == Verdict::Invalid => {
            let page = asking(&elder, &session)?;
            Ok(Page(AskPage { form: page.form.filled(&sent.0).refused(&refused), ..page }).refused().into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn issued(state: &AppState, session: &Session, elder: &Elder, sent: &Sent) -> Result<(String, Issued)> {
    let name = sent.one("name").unwrap_or_default().trim().to_owned();
    let (kind, holder) = match sent.one("who") {
        Some("family") if !name.is_empty() && name.chars().count() <= NAME => (accounts::Kind::Family, name),
        Some("family") => {
            let text: Text = Refused::from(Refusal::HolderWanted).text;
            return Err(Refused::invalid(vec![FieldRefusal { field: "name", text }]).into());
        }
        _ => (accounts::Kind::Elder, elder.name.clone()),
    };
    let (key, place) = (elder.key()?, elder.place()?);
    let write = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        let rules: PortalRules = store::rulebooks::get_or_default(&tx, place, tx.today()).await?;
        let (home, elder, valid) = (key.home, key.id, TimeDelta::hours(rules.code_hours));
        let new = PortalCode { home, elder, place, kind, holder: holder.clone(), valid };
        accounts::issue_code(&tx, &state.blinder, new).await
    });
    let issued = write.await?;
    Ok((holder, issued))
}

/// Where the holder goes with the code, as people type it.
fn address(state: &AppState, headers: &HeaderMap) -> String {
    let origin = state.config.origin.as_deref().map(|origin| origin.trim_end_matches('/').to_owned());
    let host = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    format!("{}/portal/enter", origin.unwrap_or_else(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_codes_are_sound_in_both_languages() {
        web::page::check_all::<AskPage>();
        web::page::check_all::<CodePage>();
    }
}
