//! The ways a sheet as a whole is refused; each sentence says how to mend it.

kernel::refusals! {
    /// Why a file is not read as a sheet of elders.
    pub enum Refusal {
        /// A spreadsheet of before 1997.
        OldFormat => (Invalid, "sheet.old_format", "这是很旧的表格格式，读不了。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传"),
        /// A workbook with a password.
        Locked => (Invalid, "sheet.locked", "表格加了密码，读不了。请用 Excel 或 WPS 打开，去掉密码再上传"),
        /// HTML or XML that carries the name of a spreadsheet.
        WebPage => (Invalid, "sheet.web_page", "这个文件是网页改名成的表格，读不了。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传"),
        /// Neither a workbook nor a text of rows.
        NotASheet => (Invalid, "sheet.not_a_sheet", "这不是表格文件。请上传 .xlsx、.xls 或 .csv，别的格式请另存为 .xlsx"),
        /// Text in UTF-16.
        Utf16 => (Invalid, "sheet.utf16", "这个文本文件是 UTF-16 编码，读不了。请另存为“CSV UTF-8”或 .xlsx 再上传"),
        /// Nothing in it.
        Empty => (Invalid, "sheet.empty", "表里没有内容"),
        /// No row among the first ones names known columns.
        NoHeader { rows: usize } => (Invalid, "sheet.no_header", "前 {rows} 行里没有找到表头。请下载模板对照，把列名写在一行里"),
        /// Columns that every sheet needs.
        MissingColumns { columns: String } => (Invalid, "sheet.missing_columns", "缺少这些列：{columns}。请补上列名和内容再上传"),
        /// Columns that mean the same.
        DuplicateColumns { columns: String } => (Invalid, "sheet.duplicate_columns", "有的列重复了：{columns}。同一内容请只留一列"),
        /// Cut off or broken.
        Damaged => (Invalid, "sheet.damaged", "文件不完整或已损坏。请重新保存或重新下载后再上传"),
        /// Unpacks to far more than it is.
        Bomb => (TooLarge, "sheet.bomb", "文件解压后大得不正常，没有读取。请另存为 CSV 再上传"),
        /// More bytes than allowed.
        FileTooLarge { max_mb: u64 } => (TooLarge, "sheet.file_too_large", "文件超过 {max_mb} MB。请拆成几个文件，或另存为 CSV"),
        /// More rows than allowed.
        TooManyRows { max: u32 } => (TooLarge, "sheet.too_many_rows", "表格超过 {max} 行。请拆成几个文件"),
        /// A cell further right than allowed.
        TooManyColumns { row: u32, max: u32 } => (TooLarge, "sheet.too_many_columns", "第 {row} 行在第 {max} 列以外还有内容。请删去多余的列"),
        /// A text that swallowed the rows after it.
        OpenQuote { row: u32 } => (Invalid, "sheet.open_quote", "第 {row} 行的内容长得不正常，可能是英文引号没有成对。请检查这一行"),
        /// The reader ran out of memory or time.
        TooHeavy => (TooLarge, "sheet.too_heavy", "表格太复杂，超出了读取的内存或时间限制。请删去多余的格式和空行，或另存为 CSV"),
    }
}
