//! How administrators' work on accounts says no.

kernel::refusals! {
    /// How administrators' work on accounts says no.
    pub enum Refusal {
        /// No name, or one that is too long.
        NameWanted => (Invalid, "account.name_wanted", "请填写姓名，最多 40 字"),
        /// Not a login name.
        LoginShape => (Invalid, "account.login_shape", "登录名是 3 到 32 位字母、数字、点、短横线或下划线"),
        /// Not a role that the administrator may give there.
        RoleWanted => (Invalid, "account.role_wanted", "请选择岗位；这个岗位不由您来开"),
        /// No county within the scope.
        CountyWanted => (Invalid, "account.county_wanted", "这个岗位设在县区，请填管理范围之内的县区"),
        /// No town within the scope.
        TownWanted => (Invalid, "account.town_wanted", "请写明管理范围之内的街道（乡镇），填名称或区划代码"),
        /// No village within the scope.
        VillageWanted => (Invalid, "account.village_wanted", "请写明管理范围之内的社区（村），填名称或区划代码"),
        /// The caregiver's phone account without a worker.
        WorkerWanted => (Invalid, "account.worker_wanted", "护理员账号要从在职人员那里开"),
        /// No reason.
        ReasonWanted => (Invalid, "account.reason_wanted", "请选择原因"),
        /// Nobody administers themselves.
        Own => (Forbidden, "account.own", "不能改自己的账号，请找另一位管理员"),
        /// Another unit's people depend on the account, too.
        Shared => (Forbidden, "account.shared", "这个账号在别的单位也有岗位，这里只能结束本单位的岗位"),
        /// An administrator's account.
        Admins => (Forbidden, "account.admins", "管理员的账号不由您来管，请找上级管理员"),
        /// Duties that are never one person's.
        DutiesUnited => (Conflict, "account.duties_united", "管理员和业务岗位不能是同一个账号"),
        /// A phone account and a desk account are two.
        KindsUnited => (Conflict, "account.kinds_united", "手机账号和办公账号要分开开户"),
        /// The grant stands already.
        AlreadyGiven => (Conflict, "account.already_given", "这个账号已经有这个岗位"),
    }
}
