//! Where a plan stands and every move it may make; where it came from; how firmly a visit stands in it.

use kernel::words;

use super::Refusal;

words! {
    /// Where a plan stands.
    #[derive(utoipa::ToSchema)]
    #[schema(as = PlanStatus)]
    pub enum Status {
        /// Being looked at and changed; nobody else is told.
        Draft = 10, "draft", "草稿";
        /// In force: its orders are assigned, phones show its times.
        Published = 20, "published", "已发布";
        /// Another plan of the same day took its place.
        Superseded = 80, "superseded", "已被替换";
        /// Put aside.
        Withdrawn = 90, "withdrawn", "已弃用";
    }
}

words! {
    /// Where a plan came from.
    #[derive(utoipa::ToSchema)]
    #[schema(as = PlanOrigin)]
    pub enum Origin {
        /// Asked for by a dispatcher.
        Computed = 1, "computed", "计算";
        /// Made at night for the next day.
        Nightly = 2, "nightly", "夜间计算";
        /// Drawn up by hand from what was assigned.
        ByHand = 3, "by_hand", "手工";
        /// The published plan, taken up again to change it.
        Revised = 4, "revised", "改版";
        /// After somebody fell ill.
        Sick = 5, "sick", "病假重排";
    }
}

words! {
    /// How firmly a visit stands in a plan.
    #[derive(utoipa::ToSchema)]
    #[schema(as = VisitHold)]
    pub enum Hold {
        /// The next computation may move it.
        Free = 0, "free", "可调整";
        /// The caregiver has said yes: it stays with the caregiver.
        Taken = 1, "taken", "已接单";
        /// A dispatcher pinned it: caregiver and time stay.
        Pinned = 2, "pinned", "已锁定";
        /// Set by hand against the engine's advice: not checked.
        ByHand = 3, "by_hand", "手排未核";
        /// It has begun or is done.
        Begun = 4, "begun", "已开始";
    }
}

words! {
    /// What a dispatcher did to a draft.
    #[derive(utoipa::ToSchema)]
    pub enum What {
        /// Gave a visit to somebody, or another time.
        Move = 1, "move", "改派";
        /// Let two visits change their caregivers.
        Swap = 2, "swap", "对调";
        /// Pinned a visit.
        Pin = 3, "pin", "锁定";
        /// Let a pinned visit go.
        Unpin = 4, "unpin", "解锁";
        /// Took an order out.
        Lift = 5, "lift", "拿下";
        /// Put an order in.
        Insert = 6, "insert", "插入";
        /// Set a visit against the engine's advice.
        Force = 7, "force", "手排";
    }
}

/// A move of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 发布.
    Publish,
    /// 替换, by another plan of the same day.
    Supersede,
    /// 弃用.
    Withdraw,
}

impl Status {
    /// The plan after a move.
    ///
    /// # Errors
    /// [`Refusal::Moved`] when the move does not start here.
    pub fn step(self, step: Step) -> Result<Self, Refusal> {
        match (self, step) {
            (Self::Draft, Step::Publish) => Ok(Self::Published),
            (Self::Draft | Self::Published, Step::Supersede) => Ok(Self::Superseded),
            (Self::Draft | Self::Published, Step::Withdraw) => Ok(Self::Withdrawn),
            (from, _) => Err(Refusal::Moved { from: from.word().to_owned() }),
        }
    }

    /// Passes for a draft: only a draft is changed.
    ///
    /// # Errors
    /// [`Refusal::Moved`].
    pub fn changeable(self) -> Result<(), Refusal> {
        if self == Self::Draft { Ok(()) } else { Err(Refusal::Moved { from: self.word().to_owned() }) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEPS: [Step; 3] = [Step::Publish, Step::Supersede, Step::Withdraw];

    #[test]
    fn every_move_allowed_and_refused() {
        let table: Vec<_> =
            Status::ALL.iter().map(|from| STEPS.map(|step| from.step(step).map_or("-", Status::name))).collect();
        assert_eq!(
            table,
            [
                ["published", "superseded", "withdrawn"],
                ["-", "superseded", "withdrawn"],
                ["-", "-", "-"],
                ["-", "-", "-"],
            ]
        );
    }

    proptest! {
        #[test]
        fn no_sequence_of_moves_leads_a_closed_plan_back(steps in prop::collection::vec(0_usize..3, 0..12)) {
            let mut status = Status::Draft;
            for step in steps {
                let was = status;
                status = status.step(STEPS[step]).unwrap_or(status);
                prop_assert!(status >= was, "{was:?} → {status:?}");
            }
        }
    }
}
