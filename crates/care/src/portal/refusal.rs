//! How the portal says no.

kernel::refusals! {
    /// How the portal says no.
    pub enum Refusal {
        /// The elder is dead: nobody enters in their name.
        ElderGone { status: String } => (Conflict, "portal.elder_gone", "老人当前为“{status}”，不能发验证码"),
        /// A family member's code needs a name.
        HolderWanted => (Invalid, "portal.holder_wanted", "请填写家属的姓名，最多 40 字"),
    }
}
