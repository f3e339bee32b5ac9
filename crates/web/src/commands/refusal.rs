//! How commands and files say no.

kernel::refusals! {
    /// How commands and files say no.
    pub enum Refusal {
        /// No room has this verb.
        UnknownVerb { verb: String } => (Invalid, "command.unknown_verb", "平台不认识指令“{verb}”，请更新手机端"),
        /// The device was not registered by this account.
        ForeignDevice => (Forbidden, "command.foreign_device", "这部手机不是您登记的，请重新登录"),
        /// The device was revoked.
        RevokedDevice => (Forbidden, "command.revoked_device", "这部手机已被停用，请联系您的单位"),
        /// Made after the offline grant had ended.
        GrantOver => (Forbidden, "command.grant_over", "离线使用已超过期限，这一步要联网重做"),
        /// Another command has the same number in its case.
        NumberTaken => (Conflict, "command.number_taken", "同一工单已有相同序号的指令，请更新手机端"),
        /// Made at a time in which the phone had a network, ahead of now, or before the last contact.
        TimeDoubtful => (Conflict, "command.time_doubtful", "手机上的时间对不上，这一步要由派单员核对后补录"),
        /// A person settled it while it waited.
        Settled => (Conflict, "command.settled", "派单员已经处理过这一步，不用再传"),
        /// The body is not what the verb needs.
        Unreadable => (Invalid, "command.unreadable", "指令的内容读不懂，请更新手机端"),
        /// Too many commands at once.
        TooMany { most: usize } => (Invalid, "command.too_many", "一次最多上传 {most} 条指令"),
        /// A file larger than allowed.
        FileTooLarge { most: u64 } => (TooLarge, "file.too_large", "照片太大，最多 {most} 兆字节，请重新拍摄"),
        /// The pieces do not make the announced file.
        WrongSum => (Invalid, "file.wrong_sum", "照片在路上损坏了，请重新上传"),
        /// A piece does not continue what is here.
        Gap { received: u64 } => (Conflict, "file.gap", "照片已收到 {received} 字节，请从那里继续"),
        /// Not a photo, or cut short.
        NotAPhoto => (Invalid, "file.not_a_photo", "这不是完整的照片，只收 JPEG、PNG 和 WebP"),
        /// More pixels than allowed.
        TooManyPixels { most: u64 } => (Invalid, "file.too_many_pixels", "照片超过 {most} 百万像素，请缩小后上传"),
        /// The address names no sum or no sensible piece.
        WrongAddress => (Invalid, "file.wrong_address", "上传地址不对，请更新手机端"),
    }
}
