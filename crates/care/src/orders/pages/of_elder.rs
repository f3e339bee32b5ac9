//! `/orders/of-elder/{key}`: the latest orders of one elder, as a piece of the elder's page.

use askama::Template;
use axum::extract::State;
use kernel::{Text, business_day};
use registry::elders::Elder;
use web::{
    filters,
    page::{Fragment, FragmentResult},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::{card::Sign, names::Names, wording};
use crate::orders::queries;

/// Orders shown.
const SHOWN: u64 = 5;

/// The piece.
#[derive(Debug, Template)]
#[template(path = "orders/_of_elder.html")]
pub(crate) struct OfElder {
    orders: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    key: String,
    item: String,
    sign: Sign,
    window: Text,
    who: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
) -> FragmentResult<OfElder> {
    let (scope, today) = (session.scope(), business_day(state.clock().now()));
    let orders = queries::of_elder(&state.db, &scope, elder.key()?, None, SHOWN).await?;
    let names = Names::of(&state.db, &scope, &orders.iter().collect::<Vec<_>>()).await?;
    let line = |order: &crate::orders::Order| {
        Ok::<_, kernel::Failure>(Line {
            key: order.key()?.to_string(),
            item: order.item_name.clone(),
            sign: Sign(order.stage()?),
            window: wording::window(order.window_start, order.window_end, today),
            who: names.crew(order).or_else(|| names.provider(order)),
        })
    };
    Ok(Fragment(OfElder { orders: orders.iter().map(line).collect::<Result<_, _>>()? }))
}
