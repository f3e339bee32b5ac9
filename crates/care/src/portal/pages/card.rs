//! A visit as the portal shows it.

use kernel::{Instant, Result, Text, text};

use web::filters;

use crate::{
    orders::Stage,
    portal::{
        queries::{Told, Went},
        wording,
    },
};

/// A visit in plain words.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) key: String,
    /// What is done; a name out of the price book.
    pub(super) item: String,
    /// 明天的服务.
    pub(super) title: Text,
    /// 明天.
    pub(super) day: Text,
    /// 上午 10:45.
    pub(super) clock: Text,
    /// When the worker comes at the latest.
    pub(super) until: Text,
    pub(super) stage: Stage,
    pub(super) state: Text,
    pub(super) icon: &'static str,
    /// Name of the one who comes or came.
    pub(super) worker: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) call: Option<Call>,
    /// From when to when somebody was there, and how many minutes.
    pub(super) stay: Option<(Text, Text, i64)>,
    pub(super) photos: usize,
    pub(super) disputed: bool,
    pub(super) score: Option<i16>,
    /// What the elder pays, in yuan: 15.00.
    pub(super) own: String,
}

/// A number to dial.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) href: String,
    pub(super) number: String,
    pub(super) words: Text,
}

impl Call {
    /// A button that dials; none without a number.
    pub(super) fn to(number: &str, words: Text) -> Option<Self> {
        wording::tel(number).map(|href| Self { href, number: number.to_owned(), words })
    }
}

impl Card {
    pub(super) fn of(told: &Told, now: Instant) -> Result<Self> {
        let (order, stage) = (&told.order, told.order.stage()?);
        let at = order.started_at.unwrap_or(order.window_start);
        let settled = !matches!(stage, Stage::Placed | Stage::Accepted | Stage::Offered);
        let worker = told.worker.as_ref().filter(|_| settled);
        let call = worker
            .filter(|_| stage.is_open())
            .and_then(|worker| {
                Call::to(&worker.phone, text!("给{name}师傅打电话", name = wording::surname(&worker.name)))
            })
            .or_else(|| told.provider.as_ref().and_then(|of| Call::to(&of.phone, text!("给服务商打电话"))));
        Ok(Self {
            key: order.key()?.to_string(),
            item: order.item_name.clone(),
            title: wording::next_title(at, now),
            day: wording::day(at, now),
            clock: wording::clock(at),
            until: wording::clock(order.window_end),
            stage,
            state: if told.disputed { text!("正在核实") } else { wording::state(stage) },
            icon: stage.sign().0,
            worker: worker.map(|worker| worker.name.clone()),
            provider: told.provider.as_ref().map(|provider| provider.name.clone()),
            call,
            stay: order
                .started_at
                .zip(order.ended_at)
                .map(|(from, to)| (wording::clock(from), wording::clock(to), wording::minutes(from, to))),
            photos: 0,
            disputed: told.disputed,
            score: order.score,
            own: filters::yuan(order.own_fen),
        })
    }

    pub(super) fn with(self, went: Went) -> Self {
        Self { photos: went.photos, ..self }
    }

    pub(super) fn waits_for_confirmation(&self) -> bool {
        self.stage == Stage::Served
    }

    pub(super) fn waits_for_their_yes(&self) -> bool {
        self.waits_for_confirmation() && !self.disputed
    }

    pub(super) fn waits_for_rating(&self) -> bool {
        self.stage == Stage::Confirmed
    }

    pub(super) fn is_to_come(&self) -> bool {
        self.stage.is_before_start()
    }
}

/// An invented visit at a stage, for samples.
pub(super) fn sample(stage: Stage) -> Card {
    let now = Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default();
    let past = !stage.is_before_start();
    Card {
        key: "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into(),
        item: "助浴".into(),
        title: wording::next_title(now, now),
        day: wording::day(now, now),
        clock: wording::clock(now),
        until: wording::clock(now),
        stage,
        state: wording::state(stage),
        icon: stage.sign().0,
        worker: Some("孙丽萍".into()),
        provider: Some("安颐居家养老服务有限公司".into()),
        call: Call::to("13800000000", text!("给{name}师傅打电话", name = "孙")),
        stay: past.then(|| (wording::clock(now), wording::clock(now), 62)),
        photos: 2,
        disputed: false,
        score: (stage == Stage::Completed).then_some(5),
        own: filters::yuan(1_500),
    }
}
