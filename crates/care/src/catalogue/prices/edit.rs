//! `/prices/edit`: a copy of a price book, line by line, with a few blank lines below. Nothing is kept until it is
//! enacted; faults stand at their line.

use askama::Template;
use axum::{Form, extract::State};
use chrono::{Days, NaiveDate};
use kernel::{Fen, Refused, Result, Text, text};
use uuid::Uuid;
use web::{
    filters,
    form::{FormGuard, Sent},
    head::Head,
    page::{Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{PriceBook, changes};
use crate::catalogue::{
    Item, SUB_ITEMS, SubItem, Unit, Wanted, actions,
    pages::{self, place},
};
use crate::versions;

/// Blank lines below the others.
const BLANK: usize = 3;
/// More lines than any menu has.
const MOST: usize = 300;

/// The form.
#[derive(Debug, Template)]
#[template(path = "catalogue/edit.html")]
pub(crate) struct EditPage {
    pub(super) from: String,
    pub(super) lines: Vec<Line>,
    /// What is wrong with the whole.
    pub(super) error: Option<Text>,
    pub(super) guard: FormGuard,
}

/// One line as it is typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) sub_item: String,
    pub(super) unit: String,
    pub(super) minutes: String,
    pub(super) least: String,
    pub(super) price: String,
    pub(super) subsidies: String,
    pub(super) proof: String,
    pub(super) pair: bool,
    pub(super) volunteer: bool,
    /// What is wrong with it.
    pub(super) error: Option<Text>,
}

impl View for EditPage {
    fn head(&self) -> Head {
        Head::new(text!("改价"))
            .menu("prices")
            .crumb(text!("价目"), "/prices")
            .here(text!("改价"))
            .faulty(self.faults() > 0)
    }
}

impl EditPage {
    fn faults(&self) -> usize {
        self.lines.iter().filter(|line| line.error.is_some()).count() + usize::from(self.error.is_some())
    }

    const fn sub_items() -> [SubItem; 26] {
        SUB_ITEMS
    }

    const fn units() -> [(&'static str, &'static str); 3] {
        [("visit", Unit::Visit.word()), ("hour", Unit::Hour.word()), ("portion", Unit::Portion.word())]
    }

    const fn proofs() -> [(&'static str, &'static str); 4] {
        [("", "不另要"), ("photos", "照片"), ("confirmation", "当场确认"), ("both", "照片和当场确认")]
    }
}

impl Line {
    fn of(item: &Item) -> Self {
        let wants = |proof| item.proofs.contains(&proof);
        let proof = match (wants(Wanted::Photos), wants(Wanted::Confirmation)) {
            (true, true) => "both",
            (true, false) => "photos",
            (false, true) => "confirmation",
            (false, false) => "",
        };
        let unit = match item.unit {
            Unit::Visit => "visit",
            Unit::Hour => "hour",
            Unit::Portion => "portion",
        };
        Self {
            code: item.code.clone(),
            name: item.name.clone(),
            sub_item: item.sub_item.to_string(),
            unit: unit.to_owned(),
            minutes: item.minutes.to_string(),
            least: item.least_minutes.to_string(),
            price: item.price_fen.to_string().replace(',', ""),
            subsidies: changes::subsidies(&item.subsidies),
            proof: proof.to_owned(),
            pair: item.pair,
            volunteer: item.volunteer,
            error: None,
        }
    }

    /// A line without a code and a name is none.
    fn is_blank(&self) -> bool {
        self.code.trim().is_empty() && self.name.trim().is_empty()
    }

    fn item(&self) -> Result<Item, Text> {
        let code = self.code.trim();
        let number = |text: &str, what: Text| text.trim().parse::<i32>().map_err(|_| what);
        let proofs = match self.proof.as_str() {
            "photos" => vec![Wanted::Photos],
            "confirmation" => vec![Wanted::Confirmation],
            "both" => vec![Wanted::Photos, Wanted::Confirmation],
            _ => Vec::new(),
        };
        Ok(Item {
            code: code.to_owned(),
            sub_item: self.sub_item.trim().parse().map_err(|_| text!("请选择国标小类"))?,
            name: self.name.trim().to_owned(),
            unit: match self.unit.as_str() {
                "hour" => Unit::Hour,
                "portion" => Unit::Portion,
                _ => Unit::Visit,
            },
            minutes: number(&self.minutes, text!("时长要填整数分钟"))?,
            least_minutes: number(&self.least, text!("最短时长要填整数分钟"))?,
            price_fen: self.price.parse::<Fen>().map_err(|_| text!("价格要填元，最多两位小数"))?,
            subsidies: changes::read_subsidies(&self.subsidies)
                .ok_or_else(|| text!("补贴写成“特困 100%；低保 80%”，或写金额“失独 ¥30”"))?,
            pair: self.pair,
            proofs,
            volunteer: self.volunteer,
        })
    }
}

/// What was typed: fields are named `code-0`, `name-0`, …
pub(super) struct Typed {
    pub(super) from: String,
    pub(super) lines: Vec<Line>,
}

impl Typed {
    pub(super) fn read(sent: &Sent) -> Self {
        let mut lines = Vec::new();
        let mut from = String::new();
        for (key, value) in sent.iter() {
            if key == "from" {
                from = value.trim().to_owned();
            }
            let Some((field, at)) = key.rsplit_once('-') else { continue };
            let Ok(at) = at.parse::<usize>() else { continue };
            if at >= MOST {
                continue;
            }
            if lines.len() <= at {
                lines.resize_with(at + 1, Line::default);
            }
            let line = &mut lines[at];
            let value = value.clone();
            match field {
                "code" => line.code = value,
                "name" => line.name = value,
                "sub_item" => line.sub_item = value,
                "unit" => line.unit = value,
                "minutes" => line.minutes = value,
                "least" => line.least = value,
                "price" => line.price = value,
                "subsidies" => line.subsidies = value,
                "proof" => line.proof = value,
                "pair" => line.pair = true,
                "volunteer" => line.volunteer = true,
                _ => {}
            }
        }
        Self { from, lines }
    }

    /// The book and its first day, or the page with what is wrong at each line.
    pub(super) fn checked(mut self, today: NaiveDate) -> Result<(PriceBook, NaiveDate), Box<EditPage>> {
        self.lines.retain(|line| !line.is_blank());
        let mut items = Vec::with_capacity(self.lines.len());
        for line in &mut self.lines {
            match line.item() {
                Ok(item) => {
                    let alone = PriceBook { items: vec![item.clone()] };
                    line.error =
                        alone.check().err().and_then(|refused| refused.fields.into_iter().next()).map(|f| f.text);
                    items.push(item);
                }
                Err(text) => line.error = Some(text),
            }
        }
        for at in 1..self.lines.len() {
            let code = self.lines[at].code.trim().to_owned();
            if self.lines[..at].iter().any(|other| other.code.trim() == code) {
                self.lines[at].error = Some(text!("项目代码“{code}”出现了两次", code = code));
            }
        }
        let day = self.from.parse::<NaiveDate>().ok();
        let error = match day {
            None => Some(text!("请选择生效日期")),
            Some(_) if self.lines.iter().any(|line| line.error.is_some()) => None,
            Some(day) => actions::check(today, day, &PriceBook { items: items.clone() }).err().map(said),
        };
        match day {
            Some(day) if error.is_none() && self.lines.iter().all(|line| line.error.is_none()) => {
                Ok((PriceBook { items }, day))
            }
            _ => Err(Box::new(EditPage {
                from: self.from,
                lines: padded(self.lines),
                error,
                guard: FormGuard::default(),
            })),
        }
    }
}

/// What a refusal says, its first fault if it has some.
fn said(refused: Refused) -> Text {
    refused.fields.into_iter().next().map_or(refused.text, |field| field.text)
}

fn padded(mut lines: Vec<Line>) -> Vec<Line> {
    lines.extend(std::iter::repeat_n(Line::default(), BLANK));
    lines
}

fn page(book: &PriceBook, from: NaiveDate, guard: FormGuard) -> EditPage {
    let lines = book.items.iter().map(Line::of).collect();
    EditPage { from: from.to_string(), lines: padded(lines), error: None, guard }
}

/// A copy of the version asked for, or of the one that holds today.
pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<EditPage> {
    let asked = query.get("of").and_then(|id| id.parse::<Uuid>().ok());
    let book = match asked {
        Some(id) => versions::get(&state, &session, id).await?.book.body,
        None => {
            let place = place(&state, &session, None).await?;
            pages::today(&state, place).await?.map_or(PriceBook { items: Vec::new() }, |menu| menu.book)
        }
    };
    Ok(Page(page(&book, state.clock().today() + Days::new(1), session.guard())))
}

/// Back from the preview, with what was typed.
pub(super) async fn again(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Sent>,
) -> PageResult<EditPage> {
    let book = actions::read(sent.value("book"))?;
    let from = sent.value("from").parse().unwrap_or_else(|_| state.clock().today() + Days::new(1));
    Ok(Page(page(&book, from, session.guard())))
}

impl Samples for EditPage {
    fn samples() -> Vec<Self> {
        let day = NaiveDate::default();
        let full = page(&crate::catalogue::national(), day, FormGuard::default());
        let mut faulty = full.clone_for_sample();
        faulty.lines[0].error = Some(text!("价格要填元，最多两位小数"));
        faulty.error = Some(text!("请选择生效日期"));
        vec![full, faulty, page(&PriceBook { items: Vec::new() }, day, FormGuard::default())]
    }
}

impl EditPage {
    fn clone_for_sample(&self) -> Self {
        Self { from: self.from.clone(), lines: self.lines.clone(), error: None, guard: FormGuard::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::national;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
    }

    fn typed(change: impl Fn(&mut Vec<Line>), from: &str) -> Result<(PriceBook, NaiveDate), Box<EditPage>> {
        let mut lines = padded(national().items.iter().map(Line::of).collect());
        change(&mut lines);
        Typed { from: from.to_owned(), lines }.checked(today())
    }

    #[test]
    fn editing_prices_holds_in_both_languages() {
        web::check::all::<EditPage>();
    }

    #[test]
    fn an_untouched_copy_is_the_book_it_was_made_of() {
        let (book, from) = typed(|_| (), "2026-12-01").unwrap();
        assert_eq!((book, from.to_string()), (national(), "2026-12-01".to_owned()));
    }

    #[test]
    fn each_fault_stands_at_its_line_and_nothing_typed_is_lost() {
        let page = typed(
            |lines| {
                lines[0].price = "十五".into();
                lines[1].subsidies = "贵宾 10%".into();
                lines[2].minutes = "2".into();
                lines[3].code = lines[4].code.clone();
            },
            "2026-12-01",
        )
        .unwrap_err();
        let at: Vec<_> =
            page.lines.iter().enumerate().filter(|(_, line)| line.error.is_some()).map(|(n, _)| n).collect();
        assert_eq!((at, page.lines[0].price.as_str(), page.lines.len()), (vec![0, 1, 2, 4], "十五", 32));
    }

    #[test]
    fn a_book_begins_tomorrow_at_the_earliest_and_has_a_line() {
        for (from, code) in [("2026-11-21", "2026-11-22"), ("2028-01-01", "一年之内"), ("x", "生效日期")] {
            let error = typed(|_| (), from).unwrap_err().error.unwrap().to_string();
            assert!(error.contains(code), "{from}: {error}");
        }
        assert!(typed(Vec::clear, "2026-12-01").unwrap_err().error.is_some());
    }

    #[test]
    fn fields_of_a_form_become_lines() {
        let sent =
            [("code-0", "bath"), ("pair-0", "yes"), ("name-1", "修脚"), ("price-99999", "1"), ("from", "2026-12-01")];
        let typed = Typed::read(&sent.into_iter().collect());
        assert_eq!((typed.lines.len(), typed.lines[0].pair, typed.lines[1].name.as_str()), (2, true, "修脚"));
    }
}
