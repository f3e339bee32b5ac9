//! The circle as a workbook: the place, the places inside and every community of which nobody is reached; the facilities;
//! the siting that is looked at; the plans that were kept.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use kernel::{Level, Result, Text, text};
use web::{
    export::{Cell, Sheet, download as as_download},
    frame::Frame,
    i18n::Translate as _,
    page::ErrorPage,
    session::Session,
    state::AppState,
};

use super::{
    Circle,
    board::{self, Asked, Board},
    figures::Reached,
    kinds::{Group, MINUTES},
    model::Facility,
    plans::{self, Plan},
    sitings::pages::SiteCard,
};
use crate::dashboards::{Share, existing};

/// What the tables are made of.
struct Tables {
    board: Board,
    /// Facilities of the place; none without streets.
    facilities: Vec<Facility>,
    site: SiteCard,
    plans: Vec<Plan>,
}

/// `GET /circle/{place}/export`.
pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, ErrorPage> {
    let (place, scope, circle) = (existing(&place)?, session.scope(), Circle::of(&state));
    let board = board::read((&state.db, &circle), &scope, place, &asked).await?;
    let facilities = match place.at(Level::City).filter(|city| circle.has_streets(*city)) {
        Some(city) => {
            let model = circle.model((&state.db, &state.keys), city).await?;
            model.facilities.iter().filter(|facility| place.contains(facility.place)).cloned().collect()
        }
        None => Vec::new(),
    };
    let site = SiteCard::of(&state.db, &scope, place, &asked).await?;
    let plans = plans::list(&state.db, &scope, place).await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let day = board.day.map(|day| day.format("%Y%m%d").to_string()).unwrap_or_default();
    let name = format!("{}{}{day}", board.name, say(text!("十五分钟服务圈")));
    // A few thousand rows at most: no work worth a thread of its own.
    Ok(as_download(&name, workbook(&Tables { board, facilities, site, plans }, &say)?))
}

/// A table each of the places, the facilities, the siting and the plans.
fn workbook(tables: &Tables, say: &impl Fn(Text) -> String) -> Result<Vec<u8>> {
    let mut sheet = places(&tables.board, say)?;
    if !tables.facilities.is_empty() {
        let heads = [text!("设施"), text!("类型"), text!("区划代码"), text!("经度"), text!("纬度"), text!("路网")];
        sheet.another(&say(text!("设施")), heads.map(say).into())?;
        for facility in &tables.facilities {
            let stands = if facility.stands { text!("走得到") } else { text!("附近没有路") };
            sheet.row(&[
                Cell::Text(facility.name.clone()),
                Cell::Text(say(Text::new(facility.kind.word()))),
                Cell::Text(facility.place.short()),
                Cell::Number(facility.at.lon),
                Cell::Number(facility.at.lat),
                Cell::Text(say(stands)),
            ])?;
        }
    }
    if let Some(sited) = tables.site.done() {
        sheet.another(&say(text!("选址")), picked_heads(say))?;
        let picks = sited.picks.iter().zip(1_i64..);
        for (pick, number) in picks {
            let gained = if pick.few { Cell::Text(say(text!("不足 5 人"))) } else { count(pick.gained) };
            let plan = say(text!("选址（最多再好 {better}%）", better = format!("{:.1}", sited.better)));
            sheet.row(&picked((plan, number), pick.title().unwrap_or_default(), pick.point, gained))?;
        }
    }
    if !tables.plans.is_empty() {
        sheet.another(&say(text!("存下的方案")), picked_heads(say))?;
        for plan in &tables.plans {
            for (place, number) in plan.body.picks.iter().zip(1_i64..) {
                sheet.row(&picked((plan.name.clone(), number), &place.name, place.point, count(place.gained)))?;
            }
        }
    }
    sheet.finish()
}

fn picked_heads(say: &impl Fn(Text) -> String) -> Vec<String> {
    let heads = [text!("方案"), text!("名次"), text!("地方"), text!("经度"), text!("纬度"), text!("多走得到（人）")];
    heads.map(say).into()
}

fn picked((plan, rank): (String, i64), name: &str, (lon, lat): (f64, f64), gained: Cell) -> Vec<Cell> {
    vec![Cell::Text(plan), number(rank), Cell::Text(name.to_owned()), Cell::Number(lon), Cell::Number(lat), gained]
}

fn count(people: u64) -> Cell {
    number(people.cast_signed())
}

fn places(board: &Board, say: &impl Fn(Text) -> String) -> Result<Sheet> {
    let mut heads = vec![
        text!("区划代码"),
        text!("地方"),
        text!("设施类型"),
        text!("老人群体"),
        text!("设施"),
        text!("老人"),
        text!("没有位置"),
        text!("附近没有路"),
        text!("路不通"),
    ];
    for minutes in MINUTES {
        heads.push(text!("{n} 分钟走得到（人）", n = minutes));
        heads.push(text!("{n} 分钟走得到（%）", n = minutes));
    }
    heads.push(text!("另一天（%）"));
    heads.push(text!("数据日期"));
    heads.push(text!("路网来源"));
    let mut sheet = Sheet::new(&board.name, heads.into_iter().map(say).collect())?;
    let own = (board.place.short(), board.name.clone());
    let inside = board.children.iter().map(|child| {
        let code = child.place.map(kernel::Region::short).unwrap_or_default();
        ((code, child.name.clone()), &child.now, child.then.as_ref())
    });
    for (place, now, then) in std::iter::once((own, &board.now, board.then.as_ref())).chain(inside) {
        for group in Group::ALL {
            sheet.row(&row(board, &place, (now, then), (group, say)))?;
        }
    }
    let gap = say(text!("一个人也走不到的社区（村）"));
    for place in &board.gaps {
        let mut cells = vec![Cell::Text(place.place.short()), Cell::Text(place.name.clone())];
        cells.push(Cell::Text(say(Text::new(board.look.walk.word()))));
        cells.push(Cell::Text(gap.clone()));
        cells.push(Cell::Empty);
        cells.push(number(place.elders));
        sheet.row(&cells)?;
    }
    Ok(sheet)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn number(number: i64) -> Cell {
    Cell::Number(number as f64)
}

fn percent(share: Share) -> Cell {
    share.percent().map_or(Cell::Empty, |percent| Cell::Number((percent * 10.0).round() / 10.0))
}

fn row(
    board: &Board,
    (code, name): &(String, String),
    (now, then): (&Reached, Option<&Reached>),
    (group, say): (Group, &impl Fn(Text) -> String),
) -> Vec<Cell> {
    let (look, counted) = (board.look.of(group), now.of(group));
    let mut cells = vec![
        Cell::Text(code.clone()),
        Cell::Text(name.clone()),
        Cell::Text(say(Text::new(look.walk.word()))),
        Cell::Text(say(group.title())),
        number(now.facilities(look.walk)),
        number(counted.elders),
        number(counted.unlocated),
        number(counted.far),
        number(counted.unconnected),
    ];
    for minutes in MINUTES {
        let share = look.in_minutes(minutes).share(now);
        cells.extend([number(share.part), percent(share)]);
    }
    cells.push(then.map_or(Cell::Empty, |then| percent(look.share(then))));
    cells.push(board.day.map_or(Cell::Empty, Cell::Date));
    cells.push(Cell::Text(board.attribution.clone()));
    cells
}
