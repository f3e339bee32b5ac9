//! How organisations say no.

kernel::refusals! {
    /// How organisations say no.
    pub enum Refusal {
        /// No name, or one that is too long.
        NameWanted => (Invalid, "organisation.name_wanted", "请填写单位名称，最多 80 字"),
        /// Not 18 characters of the alphabet.
        CodeShape => (Invalid, "organisation.code_shape", "统一社会信用代码是 18 位数字和大写字母，不用 I O S V Z"),
        /// A check character is wrong.
        CodeCheck => (Invalid, "organisation.code_check", "统一社会信用代码的校验位不对，请照执照再核对一遍"),
        /// The code stands already.
        CodeTaken { name: String } => (Conflict, "organisation.code_taken", "这个信用代码已经登记给“{name}”"),
        /// No such kind.
        KindWanted => (Invalid, "organisation.kind_wanted", "请选择单位类型"),
        /// The seat lies outside the scope, or is no place.
        PlaceOutside => (Invalid, "organisation.place_outside", "登记地要在您管理的范围之内"),
        /// Not a telephone number.
        PhoneWrong => (Invalid, "organisation.phone_wrong", "请填写电话，例如 0374-2331234 或手机号"),
        /// It does not stand where this step starts from.
        Moved { status: String } => (Conflict, "organisation.moved", "单位现在是“{status}”，不能这样做，请刷新后再看"),
        /// No point of China.
        PointOutside => (Invalid, "organisation.point_outside", "经度要在 73 到 136 之间，纬度要在 3 到 54 之间，填十进制的度数（国家大地坐标），例如 113.8261 和 34.0225"),
        /// It does not work, so nobody is employed there.
        NotActive { status: String } => (Conflict, "organisation.not_active", "单位现在是“{status}”，不能录用人员"),
    }
}
