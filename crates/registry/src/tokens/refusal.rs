//! How tokens say no.

kernel::refusals! {
    /// How tokens say no.
    pub enum Refusal {
        /// No name, or one that is too long.
        NameWanted => (Invalid, "token.name_wanted", "请写明令牌给什么系统用，最多 40 字"),
        /// Not one of the lengths.
        DaysWanted => (Invalid, "token.days_wanted", "请选择有效期"),
    }
}
