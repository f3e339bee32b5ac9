//! How the key store says no; mostly to the one who runs the platform.

use kernel::refusals;

refusals! {
    /// The key store's refusals.
    pub enum Refusal {
        /// The URL names an engine that this program does not know.
        UnknownEngine { scheme: String } => (Invalid, "keys.unknown_engine", "不认识的密钥库地址“{scheme}”，要以 sqlite: 或 postgres: 开头"),
        /// No root key file where the configuration points.
        RootMissing { path: String } => (Unavailable, "keys.root_missing", "没有找到根密钥文件 {path}；第一次使用请先运行 sangyu keys init"),
        /// A root key file is there already.
        RootThere { path: String } => (Conflict, "keys.root_there", "根密钥文件 {path} 已经存在，不会覆盖它"),
        /// Others than the owner may read the root key file.
        RootOpen { path: String } => (Forbidden, "keys.root_open", "根密钥文件 {path} 能被其他用户读取，请先运行 chmod 600"),
        /// The root key file has a line that cannot be read.
        RootDamaged { path: String, line: usize } => (Unavailable, "keys.root_damaged", "根密钥文件 {path} 的第 {line} 行无法识别"),
        /// The key store was made with another root key.
        WrongRoot => (Unavailable, "keys.wrong_root", "这个密钥库不是用现在的根密钥建立的，请核对根密钥文件"),
        /// The subject was erased; its key is gone for ever.
        Erased => (Conflict, "keys.erased", "此人的资料已按要求删除，不能再读取，也不能再添加"),
        /// Another blind-index key is in use.
        IndexKeyInUse => (Conflict, "keys.index_key_in_use", "密钥库里已有另一个检索密钥；换掉它，已登记的人就查不到了"),
        /// The passphrase is wrong or the file was changed.
        NotOpened => (Invalid, "keys.not_opened", "口令不对，或者密钥备份文件已损坏"),
        /// The passphrase is too short to protect keys.
        ShortPassphrase { least: usize } => (Invalid, "keys.short_passphrase", "保护密钥的口令至少要 {least} 个字符"),
        /// The backup belongs to another platform's key store.
        ForeignBackup { home: i32 } => (Conflict, "keys.foreign_backup", "这份密钥备份与现有密钥库不是同一套：{home} 的县级密钥不同"),
    }
}
