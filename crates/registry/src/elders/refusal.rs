//! The ways elders' files say no.

use kernel::refusals;

refusals! {
    /// How elders' files say no.
    pub enum Refusal {
        /// Another county has this person already.
        Elsewhere { county: String } => (Conflict, "elder.elsewhere", "这位老人已在{county}建档，请先办理迁移"),
        /// The file was opened or changed by somebody else meanwhile.
        Changed => (Conflict, "elder.changed", "这份档案刚刚被别人改过，请刷新后再试"),
        /// The person's data were erased.
        Erased => (NotFound, "elder.erased", "这位老人的个人信息已按规定删除"),
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
        /// The same sheet was given again and that import goes on in this one's place.
        TakenOver => (Conflict, "import.taken_over", "同一份表格又导入了一次，由后一次接着做"),
    }
}
