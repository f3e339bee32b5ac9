//! How workers say no.

kernel::refusals! {
    /// How workers say no.
    pub enum Refusal {
        /// No name, or one that is too long.
        NameWanted => (Invalid, "worker.name_wanted", "请填写姓名，最多 40 字"),
        /// No sex.
        SexWanted => (Invalid, "worker.sex_wanted", "请选择性别"),
        /// Not a telephone number.
        PhoneWrong => (Invalid, "worker.phone_wrong", "请填写工作电话，例如 13800006071"),
        /// No such level of a certificate.
        LevelWrong => (Invalid, "worker.level_wrong", "证书等级是 1 级（高级技师）到 5 级（初级工）"),
        /// Able to do nothing.
        SkillsWanted => (Invalid, "worker.skills_wanted", "请至少选一类会做的服务"),
        /// Not a place.
        PlaceWrong => (Invalid, "worker.place_wrong", "没有这个出发地，请填名称或区划代码"),
        /// The worker does not work there now.
        NotEmployed => (NotFound, "worker.not_employed", "这名人员现在不在这家单位"),
    }
}
