//! `/accounts/{account}`: posts and sessions of one account, and what an administrator may do to it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, FieldRefusal, Instant, Principal, Refused, Result, Role, Text, text};
use store::{Lane, Tx};
use uuid::Uuid;
use web::{
    accounts::{Kind, first_password},
    filters,
    form::{Choice, Field, Form as FormView, FormGuard, Kind as Input, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::{self, Session},
    state::AppState,
};

use super::{
    Sign,
    form::{PasswordPage, at_place, post, role, roles},
};
use crate::accounts::{self, REASONS, Refusal, queries, queries::Listed};

/// The page of an account.
#[derive(Debug, Template)]
#[template(path = "accounts/show.html")]
pub(crate) struct AccountPage {
    id: Uuid,
    name: String,
    sign: Sign,
    suspended: bool,
    posts: Vec<PostView>,
    sessions: Vec<SessionView>,
    may_manage: bool,
    /// Why not, otherwise.
    why_not: Text,
    suspend: FormView,
    reset: FormView,
    appoint: Option<FormView>,
    guard: FormGuard,
}

/// A grant.
#[derive(Debug)]
struct PostView {
    id: Uuid,
    role: &'static str,
    unit: String,
    extent: String,
    since: Instant,
    until: Option<Instant>,
    may_end: bool,
}

/// A session.
#[derive(Debug)]
struct SessionView {
    id: Uuid,
    agent: String,
    seen_at: Instant,
}

impl View for AccountPage {
    fn head(&self) -> Head {
        let appoint = self.appoint.as_ref().is_some_and(FormView::is_faulty);
        Head::named(self.name.clone())
            .menu("accounts")
            .crumb(text!("账号"), "/accounts")
            .here(Label::data(self.name.clone()))
            .faulty(self.suspend.is_faulty() || self.reset.is_faulty() || appoint)
    }
}

fn suspend_form(id: Uuid) -> FormView {
    let reasons = REASONS.iter().map(|(code, word)| Choice::new(*code, Text::new(word))).collect();
    let fields = vec![Field::new("reason", text!("原因"), Input::Radios(reasons))];
    FormView::new("suspend", format!("/accounts/{id}/suspend"), fields, text!("停用账号"))
}

fn reset_form(id: Uuid, has_factor: bool) -> FormView {
    let too = vec![Choice::new("yes", text!("动态码也重设（手机丢了）"))];
    let factor = Field::new("factor", text!("动态码"), Input::Checks(too)).optional();
    let fields = if has_factor { vec![factor] } else { Vec::new() };
    FormView::new("reset", format!("/accounts/{id}/reset"), fields, text!("重设密码"))
}

fn appoint_form(id: Uuid, session: &Session, listed: &Listed) -> Option<FormView> {
    let is_admin = listed.grants.iter().any(|grant| grant.role().is_ok_and(Role::is_admin) && grant.until.is_none());
    if listed.account.kind == Kind::Worker.code() || is_admin {
        return None;
    }
    let actor = &session.actor;
    let fields = match actor.acting.organisation {
        Some(own) => vec![Field::hidden("organisation", own.to_string()), role(roles(actor, true))],
        None => at_place(roles(actor, false)),
    };
    let form = FormView::new("appoint", format!("/accounts/{id}/appoint"), fields, text!("加岗位"));
    Some(form.guarded(session.guard()))
}

/// Whether the account is not the administrator's to keep, in words; the actions decide.
fn why_not(session: &Session, listed: &Listed) -> Option<Text> {
    let own = session.actor.acting.organisation;
    let mut running = listed.grants.iter().filter(|grant| grant.until.is_none());
    let said = |refusal: Refusal| Some(Refused::from(refusal).text);
    if session.actor.principal == Principal::Account(listed.account.id) {
        return said(Refusal::Own);
    }
    let below = |role: Role| role == Role::ProviderAdmin && own.is_none();
    running.find_map(|grant| match grant.role() {
        _ if own.is_some() && grant.organisation != own => said(Refusal::Shared),
        Ok(role) if role.is_admin() && !below(role) => said(Refusal::Admins),
        _ => None,
    })
}

async fn page(state: &AppState, session: &Session, id: Uuid) -> Result<AccountPage> {
    let listed = queries::get(&state.db, &session.scope(), id).await?;
    let (why, own) = (why_not(session, &listed), session.actor.acting.organisation);
    let others = session.actor.principal != Principal::Account(id);
    let posts = listed.grants.iter().filter(|grant| own.is_none() || grant.organisation == own);
    let posts = posts.map(|grant| {
        let role = grant.role()?;
        let ends = !role.is_admin() || (role == Role::ProviderAdmin && own.is_none());
        Ok(PostView {
            id: grant.id,
            role: role.word(),
            unit: grant.label.clone(),
            extent: grant.extent.clone(),
            since: grant.since,
            until: grant.until,
            may_end: grant.until.is_none() && others && ends,
        })
    });
    let posts = posts.collect::<Result<Vec<_>>>()?;
    let sessions = session::of_account(&state.db, id).await?.into_iter();
    let sessions = sessions.map(|row| SessionView { id: row.id, agent: row.agent, seen_at: row.seen_at }).collect();
    Ok(AccountPage {
        id,
        name: listed.account.name.clone(),
        sign: Sign::of(&listed),
        suspended: listed.account.disabled_at.is_some(),
        posts,
        sessions,
        may_manage: why.is_none(),
        why_not: why.unwrap_or_else(|| text!("没有岗位")),
        suspend: suspend_form(id).guarded(session.guard()),
        reset: reset_form(id, listed.account.totp_sealed.is_some()).guarded(session.guard()),
        appoint: if others { appoint_form(id, session, &listed) } else { None },
        guard: session.guard(),
    })
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(account): Path<Uuid>,
) -> PageResult<AccountPage> {
    Ok(Page(page(&state, &session, account).await?))
}

type In = (State<AppState>, Session, Path<Uuid>, Form<Sent>);
type Answer = Result<Response, ErrorPage>;

/// Writes, and leads back to the account; a refusal stands in its form, or alone when it has none.
async fn done<F>((state, session, id): (&AppState, &Session, Uuid), act: F, form: Option<(Pick, &Sent)>) -> Answer
where
    F: AsyncFnOnce(Tx) -> Result<()>,
{
    let written = state.db.write(Lane::Interactive, &session.actor, act).await;
    let refused = match (written, form) {
        (Ok(()), _) => return Ok(Redirect::to(&format!("/accounts/{id}")).into_response()),
        (Err(Failure::Refused(refused)), Some(form)) if refused.is_mendable() => (*refused, form),
        (Err(failure), _) => return Err(failure.into()),
    };
    let (refused, (pick, sent)) = refused;
    let mut page = page(state, session, id).await?;
    if let Some(form) = pick(&mut page) {
        *form = form.clone().filled(sent).refused(&refused);
        return Ok(Page(page).refused_as(&refused).into_response());
    }
    Err(refused.into())
}

/// Which form of the page.
type Pick = fn(&mut AccountPage) -> Option<&mut FormView>;

pub(super) async fn appoint((State(state), session, Path(id), Form(sent)): In) -> Answer {
    let post = post(&sent);
    let act = async |tx: Tx| accounts::appoint(&tx, id, &post).await;
    done((&state, &session, id), act, Some((|page| page.appoint.as_mut(), &sent))).await
}

pub(super) async fn release((State(state), session, Path(id), Form(sent)): In) -> Answer {
    let grant = sent.value("grant").parse().unwrap_or_default();
    done((&state, &session, id), async |tx: Tx| accounts::release(&tx, id, grant).await, None).await
}

pub(super) async fn suspend((State(state), session, Path(id), Form(sent)): In) -> Answer {
    let reason = sent.value("reason");
    let act = async |tx: Tx| {
        accounts::suspend(&tx, id, reason).await.map_err(|failure| match failure {
            Failure::Refused(mut refused) if refused.code == "account.reason_wanted" => {
                refused.fields.push(FieldRefusal { field: "reason", text: refused.text.clone() });
                Failure::Refused(refused)
            }
            other => other,
        })
    };
    done((&state, &session, id), act, Some((|page| Some(&mut page.suspend), &sent))).await
}

pub(super) async fn reactivate((State(state), session, Path(id), Form(_)): In) -> Answer {
    done((&state, &session, id), async |tx: Tx| accounts::reactivate(&tx, id).await, None).await
}

pub(super) async fn end_session((State(state), session, Path(id), Form(sent)): In) -> Answer {
    let which = sent.value("session").parse().unwrap_or_default();
    done((&state, &session, id), async |tx: Tx| accounts::end_session(&tx, id, which).await, None).await
}

pub(super) async fn reset((State(state), session, Path(id), Form(sent)): In) -> Answer {
    // Seen first, so that nothing is hashed for an account outside the scope.
    let listed = queries::get(&state.db, &session.scope(), id).await?;
    let password = first_password(state.ids());
    let hash = state.hashing().hash(&password, state.ids()).await?;
    let factor = sent.value("factor") == "yes";
    let write = async |tx| accounts::reset(&tx, id, hash, factor).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(PasswordPage { id, name: listed.account.name, login: None, password }.told())
}

impl Samples for AccountPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let post = |until| PostView {
            id: Uuid::nil(),
            role: Role::Dispatcher.word(),
            unit: "安颐居家".into(),
            extent: "河南省许昌市魏都区".into(),
            since: at,
            until,
            may_end: until.is_none(),
        };
        let page = |sign, full: bool, appoint| Self {
            id: Uuid::nil(),
            name: "高晓".into(),
            sign,
            suspended: sign == Sign::Suspended,
            posts: if full { vec![post(None), post(Some(at))] } else { Vec::new() },
            sessions: if full {
                vec![SessionView { id: Uuid::nil(), agent: "Mozilla/5.0".into(), seen_at: at }]
            } else {
                Vec::new()
            },
            may_manage: full,
            why_not: Refused::from(Refusal::Shared).text,
            suspend: suspend_form(Uuid::nil()),
            reset: reset_form(Uuid::nil(), full),
            appoint,
            guard: FormGuard::default(),
        };
        let roles = vec![Choice::new("dispatcher", Text::new(Role::Dispatcher.word()))];
        let appoint = FormView::new("appoint", "/x", at_place(roles), text!("加岗位"));
        let mut faulty = page(Sign::InUse, true, Some(appoint));
        faulty.suspend = faulty.suspend.refused(&Refusal::ReasonWanted.into());
        vec![faulty, page(Sign::Suspended, true, None), page(Sign::Fresh, false, None)]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_of_an_account_holds_in_both_languages() {
        web::check::all::<super::AccountPage>();
    }
}
