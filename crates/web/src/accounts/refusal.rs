//! How signing in and accounts say no.

kernel::refusals! {
    /// The refusals of accounts and sessions.
    pub enum Refusal {
        /// Unknown, wrong, disabled or used: the same answer for all.
        NotYou => (Invalid, "session.not_you", "账号、密码或动态码不对"),
        /// Too many attempts of this account or address.
        TooOften { minutes: i64 } => (TooMany, "session.too_often", "尝试次数太多，请 {minutes} 分钟后再试"),
        /// The account has no grant that holds now.
        NoGrant => (Forbidden, "session.no_grant", "您的账号现在没有可用的岗位，请联系本单位管理员"),
        /// The token of a program is unknown, revoked or over.
        TokenWrong => (Unauthenticated, "token.wrong", "令牌不对、已作废或者到期了"),
        /// A token asked too often.
        TokenTooOften { most: u32 } => (TooMany, "token.too_often", "这个令牌每分钟最多请求 {most} 次，请稍后再试"),
        /// Nobody is signed in, or the session ended.
        SignedOut => (Unauthenticated, "session.signed_out", "请先登录"),
        /// The grant is not one of this account's, or ended.
        NotYourGrant => (NotFound, "session.not_your_grant", "没有这个岗位，或者它已经结束"),
        /// The request did not come from a page of ours.
        Foreign => (Forbidden, "session.foreign", "这个请求不是从本系统的页面发出的，没有执行"),
        /// The CSRF token is missing or old.
        StaleForm => (Forbidden, "session.stale_form", "页面放得太久了，请刷新页面后再提交"),
        /// The form was posted already and its first result is not known.
        AlreadyPosted => (Conflict, "form.already_posted", "这张表已经提交过，请到列表里查看结果"),
        /// A JSON write came without its key.
        KeyMissing => (Invalid, "idempotency.missing", "请求要带 Idempotency-Key"),
        /// The key stands for another request.
        KeyReused => (Invalid, "idempotency.reused", "这个 Idempotency-Key 已经用于另一个请求"),
        /// The first request with this key is still running.
        StillRunning => (Conflict, "idempotency.running", "同一个请求正在处理，请稍后再试"),
        /// Shorter than the profile asks.
        TooShort { least: usize } => (Invalid, "password.too_short", "密码至少 {least} 位"),
        /// Longer than we hash.
        TooLong { most: usize } => (Invalid, "password.too_long", "密码最多 {most} 位"),
        /// Too few classes of characters for the profile.
        TooPlain { classes: usize } => (Invalid, "password.too_plain", "密码要有大写、小写、数字、符号中的 {classes} 类"),
        /// One that everybody tries first, or the login itself.
        Guessable => (Invalid, "password.guessable", "这个密码太容易猜到"),
        /// The same as before.
        Unchanged => (Invalid, "password.unchanged", "新密码不能和现在的一样"),
        /// The login is taken.
        LoginTaken => (Conflict, "account.login_taken", "这个登录名已经有人用了"),
        /// The one-use code is unknown, used or over.
        CodeWrong => (Invalid, "portal.code_wrong", "验证码不对、已经用过或者过期了，请找社区再要一个"),
        /// The password must be changed, or the second factor set up, before anything else.
        Unfinished => (Forbidden, "session.unfinished", "请先完成密码和动态码设置"),
    }
}
