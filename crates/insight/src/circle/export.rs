//! The circle as a sheet: the place, the places inside, and every community of which nobody is reached.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use kernel::{Result, Text, text};
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
};
use crate::dashboards::{Share, existing};

/// `GET /circle/{place}/export`.
pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, ErrorPage> {
    let board = board::read((&state.db, &Circle::of(&state)), &session.scope(), existing(&place)?, &asked).await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let day = board.day.map(|day| day.format("%Y%m%d").to_string()).unwrap_or_default();
    let name = format!("{}{}{day}", board.name, say(text!("十五分钟服务圈")));
    // A few thousand rows at most: no work worth a thread of its own.
    Ok(as_download(&name, sheet(&board, say)?))
}

fn sheet(board: &Board, say: impl Fn(Text) -> String) -> Result<Vec<u8>> {
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
    let mut sheet = Sheet::new(&board.name, heads.into_iter().map(&say).collect())?;
    let own = (board.place.short(), board.name.clone());
    let inside = board.children.iter().map(|child| {
        let code = child.place.map(kernel::Region::short).unwrap_or_default();
        ((code, child.name.clone()), &child.now, child.then.as_ref())
    });
    for (place, now, then) in std::iter::once((own, &board.now, board.then.as_ref())).chain(inside) {
        for group in Group::ALL {
            sheet.row(&row(board, &place, (now, then), (group, &say)))?;
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
    sheet.finish()
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
