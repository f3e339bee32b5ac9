//! `/orders/new?elder=…`: menu → item → window → price. A member of staff orders on an elder's behalf.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use kernel::{Failure, FieldRefusal, Instant, Key, Refused, Result, Text, start_of_day, text};
use registry::{
    elders::{self, Elder},
    organisations,
};
use store::Lane;
use web::{
    filters,
    form::{Choice, Field, Form, Kind, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use crate::{
    catalogue::{self, Menu},
    orders::{
        Channel, Order, Words,
        actions::{self, Placing},
    },
};

/// The channels by which staff order for somebody.
const CHANNELS: [Channel; 4] = [Channel::Phone, Channel::Counter, Channel::Community, Channel::OfflineEntry];

/// The order form beside the priced menu.
#[derive(Debug, Template)]
#[template(path = "orders/form.html")]
pub(crate) struct FormPage {
    elder_key: String,
    elder: String,
    form: Form,
    classes: Vec<(&'static str, Vec<Priced>)>,
}

/// A line of the menu with what it costs this elder.
#[derive(Clone, Debug)]
struct Priced {
    code: String,
    name: String,
    minutes: i32,
    parts: catalogue::Parts,
}

impl View for FormPage {
    fn head(&self) -> Head {
        Head::new(text!("代老人下单"))
            .menu("orders")
            .soft(Label::data(self.elder.clone()))
            .crumb(text!("派单台"), "/orders")
            .crumb(Label::data(self.elder.clone()), format!("/elders/{}", self.elder_key))
            .here(text!("代老人下单"))
            .with_persons()
            .faulty(self.form.is_faulty())
    }
}

pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<FormPage> {
    let asked = ["elder", "item", "provider", "day"];
    let sent: Sent = asked.into_iter().filter_map(|name| Some((name, query.get(name)?))).collect();
    let elder = elder(&state, &session, &sent).await?;
    let mut page = page(&state, &session, &elder).await?;
    for field in &mut page.form.fields {
        if let Some((_, value)) = sent.iter().find(|(name, _)| name == field.name) {
            field.values = vec![value.clone()];
        }
    }
    Ok(Page(page))
}

pub(super) async fn place(
    State(state): State<AppState>,
    session: Session,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let elder = elder(&state, &session, &sent).await?;
    match placed(&state, &session, &elder, &sent).await {
        Ok(order) => Ok(Redirect::to(&format!("/orders/{}", order.key()?)).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let mut page = page(&state, &session, &elder).await?;
            page.form = page.form.filled(&sent).refused(&refused);
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn elder(state: &AppState, session: &Session, sent: &Sent) -> Result<Elder> {
    let key: Key<Elder> = sent.value("elder").parse().map_err(|_| kernel::Common::NotFound)?;
    elders::queries::get(&state.db, &session.scope(), key).await
}

async fn placed(state: &AppState, session: &Session, elder: &Elder, sent: &Sent) -> Result<Order> {
    let provider = match sent.value("provider") {
        "" => None,
        text => Some(text.parse().map_err(|_| crate::orders::Refusal::NotServed)?),
    };
    let placing = Placing {
        elder: elder.key()?,
        item: sent.value("item").to_owned(),
        window: window(sent)?,
        channel: Channel::named(sent.value("channel")).unwrap_or(Channel::Phone),
        provider,
        note: Words::of(&state.keys, elder.key()?, sent.value("note")).await?,
    };
    state.db.write(Lane::Interactive, &session.actor, async |tx| actions::place(&tx, &placing).await).await
}

/// Minutes after midnight of a time of day; 24:00 is the midnight that ends the day.
fn minutes(text: &str) -> Option<i64> {
    let text = text.trim().replace('：', ":");
    if text == "24:00" {
        return Some(24 * 60);
    }
    NaiveTime::parse_from_str(&text, "%H:%M").ok().map(|time| (time - NaiveTime::MIN).num_minutes())
}

/// Day and two times of day, in Shanghai; an end before the start is one of the next day.
fn window(sent: &Sent) -> Result<(Instant, Instant), Refused> {
    let wrong = |field, text: Text| Refused::invalid(vec![FieldRefusal { field, text }]);
    let day: NaiveDate = sent.value("day").parse().map_err(|_| wrong("day", text!("请选择日期")))?;
    let time = |name: &'static str, text: Text| minutes(sent.value(name)).ok_or_else(|| wrong(name, text));
    let (from, to) = (time("from", text!("请填写最早到达的时间"))?, time("to", text!("请填写最晚到达的时间"))?);
    let to = if to < from { to + 24 * 60 } else { to };
    let at = |minutes: i64| start_of_day(day) + TimeDelta::minutes(minutes);
    Ok((at(from), at(to)))
}

async fn page(state: &AppState, session: &Session, elder: &Elder) -> Result<FormPage> {
    let (place, today) = (elder.place()?, state.clock().today());
    let menu = catalogue::menu(&state.db, place, today).await?;
    let providers = organisations::queries::providers_for(&state.db, place).await?;
    let providers = providers.into_iter().map(|found| Choice::new(found.id.to_string(), Label::data(found.name)));
    let key = elder.key()?.to_string();
    let classes = priced(&menu, elder.tags);
    let form = form(&key, &classes, providers.collect(), today).guarded(session.guard());
    Ok(FormPage { elder_key: key, elder: elder.name.clone(), form, classes })
}

fn priced(menu: &Menu, tags: i64) -> Vec<(&'static str, Vec<Priced>)> {
    let line = |item: &&catalogue::Item| Priced {
        code: item.code.clone(),
        name: item.name.clone(),
        minutes: item.minutes,
        parts: item.parts(tags),
    };
    menu.classes().map(|(class, items)| (class.word(), items.iter().map(line).collect())).collect()
}

fn form(key: &str, classes: &[(&'static str, Vec<Priced>)], providers: Vec<Choice>, today: NaiveDate) -> Form {
    let lines = classes.iter().flat_map(|(_, lines)| lines);
    let item = |line: &Priced| {
        let label = format!("{} · {}′ · ¥{} → ¥{}", line.name, line.minutes, line.parts.price, line.parts.own);
        Choice::new(line.code.clone(), Label::data(label))
    };
    let channel = |channel: Channel| Choice::new(channel.name(), Text::new(channel.word()));
    let tomorrow = today + TimeDelta::days(1);
    let fields = vec![
        Field::hidden("elder", key),
        Field::new("item", text!("服务项目"), Kind::Select(lines.map(item).collect()))
            .mends(&["order.not_on_menu"])
            .hint(text!("箭头后是老人自付的金额")),
        Field::new("day", text!("日期"), Kind::Line("date"))
            .mends(&["order.window_past", "order.window_far"])
            .value(tomorrow.to_string())
            .short(),
        Field::new("from", text!("最早到达"), Kind::Line("time")).value("09:00").short(),
        Field::new("to", text!("最晚到达"), Kind::Line("time"))
            .mends(&["order.window_wrong"])
            .value("11:00")
            .hint(text!("比最早到达还早，就是第二天"))
            .short()
            .beside(),
        Field::new("provider", text!("服务商"), Kind::Select(providers))
            .mends(&["order.not_served"])
            .hint(text!("不选就由县区派单员选定"))
            .optional(),
        Field::new("channel", text!("来源"), Kind::Radios(CHANNELS.map(channel).into())).value(Channel::Phone.name()),
        Field::new("note", text!("给护理员的备注"), Kind::Lines).mends(&["order.too_long"]).optional(),
    ];
    Form::new("order-form", "/orders", fields, text!("下单")).cancel(format!("/elders/{key}"))
}

impl Samples for FormPage {
    fn samples() -> Vec<Self> {
        let menu = Menu {
            rulebook: uuid::Uuid::nil(),
            made_at: None,
            valid_from: NaiveDate::default(),
            book: catalogue::national(),
        };
        let key = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let page = |refused: Option<Refused>| {
            let classes = priced(&menu, 1 << 2);
            let providers = vec![Choice::new("1", Label::data("安颐居家"))];
            let form = form(key, &classes, providers, NaiveDate::default());
            let form = match refused {
                Some(refused) => form.refused(&refused),
                None => form,
            };
            Self { elder_key: key.into(), elder: "陈秀云".into(), form, classes }
        };
        let refused = |refusal: crate::orders::Refusal| Some(Refused::from(refusal));
        vec![
            page(None),
            page(refused(crate::orders::Refusal::WindowPast)),
            page(refused(crate::orders::Refusal::Duplicate { number: "20261121-411002-00001".into() })),
        ]
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Instant, local};

    fn window(from: &str, to: &str) -> Option<String> {
        let sent = [("day", "2026-12-01"), ("from", from), ("to", to)];
        let sent: web::form::Sent = sent.map(|(name, value)| (name, value.to_owned())).into_iter().collect();
        let said = |at: Instant| local(at).format("%m-%d %H:%M").to_string();
        super::window(&sent).ok().map(|(from, to)| format!("{} {}", said(from), said(to)))
    }

    #[test]
    fn a_window_may_pass_midnight() {
        assert_eq!(window("22:00", "06:00").as_deref(), Some("12-01 22:00 12-02 06:00"));
        assert_eq!(window("23:30", "24:00").as_deref(), Some("12-01 23:30 12-02 00:00"));
        assert_eq!(window("23:30", "00:00").as_deref(), Some("12-01 23:30 12-02 00:00"));
        assert_eq!(window("24:00", "01:00").as_deref(), Some("12-02 00:00 12-02 01:00"));
        assert_eq!(window("09:00", "11:00").as_deref(), Some("12-01 09:00 12-01 11:00"));
        assert_eq!(window("22：00", "6:00").as_deref(), Some("12-01 22:00 12-02 06:00"));
        assert_eq!((window("25:00", "06:00"), window("22:00", "24:01"), window("", "06:00")), (None, None, None));
    }

    #[test]
    fn the_form_holds_in_both_languages() {
        web::check::all::<super::FormPage>();
    }
}
