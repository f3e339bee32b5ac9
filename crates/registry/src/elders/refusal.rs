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
        /// The same sheet was given again and that import goes on in this one's place.
        TakenOver => (Conflict, "import.taken_over", "同一份表格又导入了一次，由后一次接着做"),
    }
}
