//! The table of a dashboard as a sheet.

use axum::{
    extract::{Path, State},
    response::Response,
};
use kernel::Result;
use web::{
    export::{Cell, Sheet, download as as_download},
    page::ErrorPage,
    session::Session,
    state::AppState,
};

use super::{
    board::{self, Board, Counts},
    pages::existing,
};

const HEADS: [&str; 13] = [
    "区划代码",
    "地方",
    "在册老人",
    "今日工单",
    "服务中",
    "今日完成",
    "近30天上门",
    "其中按时",
    "按时率%",
    "近30天有效评价",
    "其中满意",
    "满意率%",
    "数据截至",
];

/// `GET /dashboard/{place}/export`.
pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
) -> Result<Response, ErrorPage> {
    let board = board::read(&state.db, &session.scope(), existing(&place)?, state.clock().today()).await?;
    let name = format!("{}养老服务总览{}", board.name, board.days.to.format("%Y%m%d"));
    // A few hundred rows: no work worth a thread of its own.
    Ok(as_download(&name, sheet(&board)?))
}

fn sheet(board: &Board) -> Result<Vec<u8>> {
    let mut sheet = Sheet::new(&board.name, HEADS.map(str::to_owned).to_vec())?;
    let code = |place: kernel::Region| place.short();
    sheet.row(&row(board, code(board.place), board.name.clone(), &board.counts))?;
    for child in &board.children {
        let name = if child.place.is_none() { "未细分到下级".to_owned() } else { child.name.clone() };
        sheet.row(&row(board, child.place.map(code).unwrap_or_default(), name, &child.counts))?;
    }
    sheet.finish()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn row(board: &Board, code: String, name: String, counts: &Counts) -> [Cell; 13] {
    let number = |number: i64| Cell::Number(number as f64);
    let percent = |percent: Option<f64>| percent.map_or(Cell::Empty, |p| Cell::Number((p * 10.0).round() / 10.0));
    [
        Cell::Text(code),
        Cell::Text(name),
        number(counts.elders),
        number(counts.placed),
        number(counts.in_service),
        number(counts.completed),
        number(counts.on_time.of),
        number(counts.on_time.part),
        percent(counts.on_time.percent()),
        number(counts.satisfied.of),
        number(counts.satisfied.part),
        percent(counts.satisfied.percent()),
        Cell::Time(board.fresh.as_of),
    ]
}
