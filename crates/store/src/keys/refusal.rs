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
        /// No key store where the configuration points.
        NoStore { file: String } => (NotFound, "keys.no_store", "密钥库 {file} 不在：请检查磁盘是否挂上、keys_url 是否写对。没有它，个人信息谁也打不开，所以不会另建一个；全新的平台请先运行 sangyu keys init"),
        /// The key store is of a newer program.
        NewerStore => (Conflict, "keys.store_newer", "密钥库是更新版本的程序建立的，请升级程序"),
        /// The database was sealed under the keys of another store.
        OtherStore => (Conflict, "keys.other_store", "这个数据库不是用现在的密钥库封存的，里面的个人信息打不开；请核对 keys_url 和密钥备份"),
        /// People without a key.
        Missing { people: u64 } => (Conflict, "keys.missing", "有 {people} 位老人的密钥不在密钥库里，他们的个人信息打不开；请用更新的密钥备份"),
        /// The backup to be replaced holds keys that this store lacks.
        FewerThanKept { kept: u64, here: u64 } => (Conflict, "keys.fewer_than_kept", "现有的密钥备份有 {kept} 把密钥，现在的密钥库只有 {here} 把，没有覆盖它；请先查明少了什么"),
        /// The backup belongs to another platform's key store.
        ForeignBackup { home: i32 } => (Conflict, "keys.foreign_backup", "这份密钥备份与现有密钥库不是同一套：{home} 的县级密钥不同"),
    }
}
