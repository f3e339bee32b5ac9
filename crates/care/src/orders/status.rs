//! Where an order stands and every move it may make: total, pure, and the only way a stored stage changes.

use kernel::Instant;
use uuid::Uuid;

use super::{Confirmation, Refusal, Stage};

/// Who serves: one worker, or two where the item wants a pair. The lead takes the order, checks in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crew {
    /// The worker who answers for the visit.
    pub lead: Uuid,
    /// The second of a pair.
    pub second: Option<Uuid>,
}

/// From check-in to check-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Check-in.
    pub from: Instant,
    /// Check-out.
    pub to: Instant,
}

/// One to five; three is passable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(i16);

/// Where an order stands, with what is known there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 待受理.
    Placed,
    /// 待派单.
    Accepted,
    /// 待接单.
    Offered(Crew),
    /// 已接单.
    Taken(Crew),
    /// 服务中, since the check-in.
    Serving(Crew, Instant),
    /// 待确认.
    Served(Crew, Span),
    /// 待评价.
    Confirmed(Crew, Span, Confirmation),
    /// 已完成; no score when nobody rated in time.
    Completed(Crew, Span, Confirmation, Option<Score>),
    /// 已取消.
    Cancelled,
    /// 中止, with the check-in that it followed.
    Aborted(Crew, Instant),
}

/// A move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 受理.
    Accept,
    /// 选定服务商.
    Dispatch,
    /// 服务商退回.
    Return,
    /// 派单.
    Assign(Crew),
    /// 接单.
    Take,
    /// 退回, by the worker or for want of an answer.
    Decline,
    /// 收回, by the dispatcher.
    Withdraw,
    /// 签到.
    CheckIn(Instant),
    /// 签退.
    CheckOut(Instant),
    /// 更正, by the dispatcher: other times, or the end that nobody told.
    Correct(Span),
    /// 确认.
    Confirm(Confirmation),
    /// 评价, or its time has passed.
    Rate(Option<Score>),
    /// 取消.
    Cancel,
    /// 中止.
    Abort,
}

impl Score {
    /// The worst score that still needs no reason.
    pub const PASSABLE: Self = Self(3);

    /// A score of one to five.
    ///
    /// # Errors
    /// [`Refusal::NoSuchScore`] for any other number.
    pub fn new(score: i16) -> Result<Self, Refusal> {
        if (1..=5).contains(&score) { Ok(Self(score)) } else { Err(Refusal::NoSuchScore) }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i16 {
        self.0
    }
}

impl Status {
    /// The stage it is.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::Placed => Stage::Placed,
            Self::Accepted => Stage::Accepted,
            Self::Offered(_) => Stage::Offered,
            Self::Taken(_) => Stage::Taken,
            Self::Serving(..) => Stage::Serving,
            Self::Served(..) => Stage::Served,
            Self::Confirmed(..) => Stage::Confirmed,
            Self::Completed(..) => Stage::Completed,
            Self::Cancelled => Stage::Cancelled,
            Self::Aborted(..) => Stage::Aborted,
        }
    }

    /// Who serves, once that is settled.
    #[must_use]
    pub const fn crew(self) -> Option<Crew> {
        match self {
            Self::Placed | Self::Accepted | Self::Cancelled => None,
            Self::Offered(crew)
            | Self::Taken(crew)
            | Self::Serving(crew, _)
            | Self::Served(crew, _)
            | Self::Confirmed(crew, ..)
            | Self::Completed(crew, ..)
            | Self::Aborted(crew, _) => Some(crew),
        }
    }

    /// The order after a move.
    ///
    /// # Errors
    /// [`Refusal::Moved`] when the move does not start here; [`Refusal::EndsBeforeStart`].
    pub fn step(self, step: Step) -> Result<Self, Refusal> {
        match (self, step) {
            (Self::Placed, Step::Accept) => Ok(Self::Accepted),
            (Self::Accepted, Step::Dispatch | Step::Return) => Ok(Self::Accepted),
            (Self::Accepted, Step::Assign(crew)) => Ok(Self::Offered(crew)),
            (Self::Offered(crew), Step::Take) => Ok(Self::Taken(crew)),
            (Self::Offered(_), Step::Decline) => Ok(Self::Accepted),
            (Self::Offered(_) | Self::Taken(_), Step::Withdraw) => Ok(Self::Accepted),
            (Self::Taken(crew), Step::CheckIn(at)) => Ok(Self::Serving(crew, at)),
            (Self::Serving(_, from), Step::CheckOut(to)) if to <= from => Err(Refusal::EndsBeforeStart),
            (Self::Serving(crew, from), Step::CheckOut(to)) => Ok(Self::Served(crew, Span { from, to })),
            (Self::Serving(..) | Self::Served(..), Step::Correct(span)) if span.to <= span.from => {
                Err(Refusal::EndsBeforeStart)
            }
            (Self::Serving(crew, _) | Self::Served(crew, _), Step::Correct(span)) => Ok(Self::Served(crew, span)),
            (Self::Serving(crew, from), Step::Abort) => Ok(Self::Aborted(crew, from)),
            (Self::Served(crew, span), Step::Confirm(how)) => Ok(Self::Confirmed(crew, span, how)),
            (Self::Confirmed(crew, span, how), Step::Rate(score)) => Ok(Self::Completed(crew, span, how, score)),
            (Self::Placed | Self::Accepted | Self::Offered(_) | Self::Taken(_), Step::Cancel) => Ok(Self::Cancelled),
            (from, _) => Err(Refusal::Moved { from: from.stage().word().to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Instant {
        Instant::default() + TimeDelta::minutes(minutes)
    }

    const CREW: Crew = Crew { lead: Uuid::from_u128(7), second: None };

    fn every_status() -> Vec<Status> {
        let (span, how) = (Span { from: at(0), to: at(60) }, Confirmation::Elder);
        vec![
            Status::Placed,
            Status::Accepted,
            Status::Offered(CREW),
            Status::Taken(CREW),
            Status::Serving(CREW, at(0)),
            Status::Served(CREW, span),
            Status::Confirmed(CREW, span, how),
            Status::Completed(CREW, span, how, Some(Score(5))),
            Status::Cancelled,
            Status::Aborted(CREW, at(0)),
        ]
    }

    fn every_step() -> Vec<Step> {
        vec![
            Step::Accept,
            Step::Dispatch,
            Step::Return,
            Step::Assign(CREW),
            Step::Take,
            Step::Decline,
            Step::Withdraw,
            Step::CheckIn(at(0)),
            Step::CheckOut(at(60)),
            Step::Correct(Span { from: at(5), to: at(50) }),
            Step::Confirm(Confirmation::Elder),
            Step::Rate(Some(Score(5))),
            Step::Cancel,
            Step::Abort,
        ]
    }

    /// Rows: where it stands. Columns: the moves in the order of `every_step`. A dot is refused.
    const MOVES: [(Stage, &str); 10] = [
        //              accept dispatch return assign take decline withdraw in out correct confirm rate cancel abort
        (Stage::Placed, "accepted . . . . . . . . . . . cancelled ."),
        (Stage::Accepted, ". accepted accepted offered . . . . . . . . cancelled ."),
        (Stage::Offered, ". . . . taken accepted accepted . . . . . cancelled ."),
        (Stage::Taken, ". . . . . . accepted serving . . . . cancelled ."),
        (Stage::Serving, ". . . . . . . . served served . . . aborted"),
        (Stage::Served, ". . . . . . . . . served confirmed . . ."),
        (Stage::Confirmed, ". . . . . . . . . . . completed . ."),
        (Stage::Completed, ". . . . . . . . . . . . . ."),
        (Stage::Cancelled, ". . . . . . . . . . . . . ."),
        (Stage::Aborted, ". . . . . . . . . . . . . ."),
    ];

    #[test]
    fn each_move_is_allowed_or_refused_as_the_table_says() {
        for (status, (stage, row)) in every_status().into_iter().zip(MOVES) {
            assert_eq!(status.stage(), stage);
            let row: Vec<_> = row.split(' ').collect();
            assert_eq!(row.len(), every_step().len());
            for (step, expected) in every_step().into_iter().zip(row) {
                match status.step(step) {
                    Ok(next) => assert_eq!(next.stage().name(), expected, "{stage:?} {step:?}"),
                    Err(refusal) => {
                        assert_eq!(expected, ".", "{stage:?} {step:?}");
                        assert_eq!(refusal, Refusal::Moved { from: stage.word().to_owned() });
                    }
                }
            }
        }
    }

    #[test]
    fn nobody_leaves_before_arriving() {
        assert_eq!(Status::Serving(CREW, at(5)).step(Step::CheckOut(at(5))), Err(Refusal::EndsBeforeStart));
        let backwards = Step::Correct(Span { from: at(5), to: at(5) });
        assert_eq!(
            Status::Served(CREW, Span { from: at(0), to: at(9) }).step(backwards),
            Err(Refusal::EndsBeforeStart)
        );
    }

    #[test]
    fn a_score_is_one_to_five() {
        assert_eq!((Score::new(0), Score::new(6)), (Err(Refusal::NoSuchScore), Err(Refusal::NoSuchScore)));
        assert_eq!(Score::new(5).map(Score::number), Ok(5));
    }

    fn step() -> impl Strategy<Value = Step> {
        (0..every_step().len(), 0_i64..500, any::<u128>()).prop_map(|(n, minutes, worker)| match every_step()[n] {
            Step::Assign(_) => Step::Assign(Crew { lead: Uuid::from_u128(worker), second: None }),
            Step::CheckIn(_) => Step::CheckIn(at(minutes)),
            Step::CheckOut(_) => Step::CheckOut(at(minutes)),
            Step::Correct(_) => Step::Correct(Span { from: at(minutes), to: at(minutes + 30) }),
            other => other,
        })
    }

    proptest! {
        #[test]
        fn no_sequence_of_moves_reaches_an_illegal_state(steps in prop::collection::vec(step(), 0..60)) {
            let (mut status, mut assigned, mut checked_in, mut over) = (Status::Placed, None, None, false);
            for step in steps {
                let Ok(next) = status.step(step) else { continue };
                prop_assert!(!over, "{:?} moved on by {:?}", status, step);
                match step {
                    Step::Assign(crew) => assigned = Some(crew),
                    Step::CheckIn(at) => checked_in = Some(at),
                    Step::Correct(span) => checked_in = Some(span.from),
                    _ => {}
                }
                if let Some(crew) = next.crew() {
                    prop_assert_eq!(Some(crew), assigned);
                }
                match next {
                    Status::Serving(_, from) | Status::Aborted(_, from) => prop_assert_eq!(Some(from), checked_in),
                    Status::Served(_, span) | Status::Confirmed(_, span, _) | Status::Completed(_, span, ..) => {
                        prop_assert!(Some(span.from) == checked_in && span.from < span.to);
                    }
                    _ => {}
                }
                over = !next.stage().is_open();
                status = next;
            }
        }
    }
}
