//! The ways elders' files say no.

use kernel::refusals;

refusals! {
    /// How elders' files say no.
    pub enum Refusal {
        /// Another county has this person already.
        Elsewhere { county: String } => (Conflict, "elder.elsewhere", "这位老人已在{county}建档，请先办理迁移"),
        /// The file was opened or changed by somebody else meanwhile.
        Changed => (Conflict, "elder.changed", "这份档案刚刚被别人改过，请刷新后再试"),
        /// A bulk load has not entered this person's phones yet.
        Loading => (Conflict, "elder.loading", "这份档案正随名册导入，请一分钟后再试"),
        /// A form was read before somebody else changed the file.
        Stale => (Conflict, "elder.stale", "这份档案刚刚被别人改过，您填的内容还在；请对照档案核对，再保存一次"),
        /// Nobody said on whose order a person is erased.
        NoOrder { most: usize } => (Invalid, "elder.no_order", "请写明删除的依据，最多 {most} 字"),
        /// The person's data were erased.
        Erased => (NotFound, "elder.erased", "这位老人的个人信息已按规定删除"),
        /// Somebody else is registered under this identity.
        Known => (Conflict, "elder.known", "这个人已有档案，不能再登记一次"),
        /// The person is not in this county's register any more.
        NotHere { status: String } => (Conflict, "elder.not_here", "这位老人的状态是“{status}”，不能这样办理"),
        /// No place of the tree of places, or one wider than a county.
        NoSuchPlace => (Invalid, "elder.no_such_place", "没有这个地方，请写县区、乡镇街道或村社区的名称或区划代码"),
        /// Nothing would change.
        SamePlace => (Invalid, "elder.same_place", "新的居住地和现在登记的一样"),
        /// A move on a day before the file or after today.
        MoveDay { first: String } => (Invalid, "elder.move_day", "迁居日期要在 {first} 到今天之间"),
        /// Unmasking needs a reason.
        NoReason => (Invalid, "elder.no_reason", "请写明查看原因"),
        /// The day's searches by certificate number are used up.
        SearchedEnough { most: i64 } => (TooMany, "elder.searched_enough", "今天按证件号查找已满 {most} 次，请改用姓名或电话，或明天再查"),
        /// The sheet that was uploaded is no longer kept.
        SheetGone => (Conflict, "import.sheet_gone", "上传的表格已经清理，请重新上传"),
        /// An upload without a file.
        NoSheet => (Invalid, "import.no_sheet", "请选择一个 .xlsx 或 .csv 表格"),
        /// The import began already, or its trial is not over.
        NotReady => (Conflict, "import.not_ready", "这份表格还没试完，或者已经开始导入，请刷新后再看"),
        /// A row was to open a file of its own with a number that another person has.
        NumberTaken => (Conflict, "import.number_taken", "这个证件号码已属于档案里的另一位老人；请改正表里的号码再导入"),
        /// The same sheet was given again and that import goes on in this one's place.
        TakenOver => (Conflict, "import.taken_over", "同一份表格又导入了一次，由后一次接着做"),
    }
}
