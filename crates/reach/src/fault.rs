//! Every way in which an input can be wrong, each with its place in the input. English through `Display`, Chinese
//! through [`Fault::chinese`].

use std::fmt;

/// The result of everything that reads foreign data.
pub type Result<T> = std::result::Result<T, Fault>;

/// What is wrong with one value of a table or of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The cell is empty or the row is too short.
    Missing,
    /// Not a number; the text as it stands (at most 40 characters).
    NotANumber(String),
    /// NaN or infinite.
    NotFinite(String),
    /// A longitude beyond ±180° or a latitude beyond ±90°.
    OutOfRange(String),
    /// Not a whole number of people from 0 to 4,294,967,295.
    NotAWeight(String),
}

/// Which table a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The elders' homes.
    Points,
    /// The facilities.
    Facilities,
    /// The candidates of a siting.
    Candidates,
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Neither OSM PBF nor GeoJSON nor a packed street file.
    #[error("streets: neither an OSM PBF, nor GeoJSON, nor a packed street file (its first bytes are {0})")]
    UnknownFormat(String),
    /// The file ends in the middle of something.
    #[error("streets: the file is truncated: it ends at byte {length}, inside the part that starts at byte {at}")]
    Truncated {
        /// Where the broken part starts, in bytes.
        at: u64,
        /// The length of the file, in bytes.
        length: u64,
    },
    /// A part of the file contradicts its format.
    #[error("streets: the part at byte {at} is damaged: {cause}")]
    Damaged {
        /// Where the part starts, in bytes.
        at: u64,
        /// What the reader says.
        cause: String,
    },
    /// Not JSON, or not GeoJSON; the reader's words hold line and column.
    #[error("streets: not GeoJSON: {0}")]
    NotGeoJson(String),
    /// A coordinate of a GeoJSON feature is not one.
    #[error("streets: feature {feature}, coordinate {vertex}: {flaw}")]
    Vertex {
        /// The number of the feature, from 1.
        feature: usize,
        /// The number of the coordinate within it, from 1.
        vertex: usize,
        /// What is wrong.
        flaw: Flaw,
    },
    /// A straight piece longer than 200 km, or across the date line.
    #[error("streets: line {line} has a straight piece of {metres} m; nothing over 200,000 m is a street")]
    TooLong {
        /// The number of the line in the file, from 1.
        line: usize,
        /// The length of the piece, in metres.
        metres: u64,
    },
    /// More than 2³² − 2 nodes or pieces.
    #[error("streets: more than 4 billion nodes or pieces of streets")]
    TooMany,
    /// No way in the file may be walked.
    #[error("streets: no walkable way among {0} lines")]
    NoWalkableWay(usize),
    /// The file says that it is in another coordinate system than the one it is read as.
    #[error("{what}: two datums mixed: {found} where {stated} was stated or found before")]
    MixedDatums {
        /// Which input, with its row where there is one.
        what: String,
        /// The datum found.
        found: String,
        /// The datum stated, or found before.
        stated: String,
    },
    /// The points fit the streets only after a conversion that nobody asked for.
    #[error(
        "{table}: two datums mixed: half of the rows stand {as_is} m or more from a street as WGS84, but {converted} m \
         when read as {datum}; say which it is (--datum, or the table's own: --points-datum and so on)"
    )]
    LooksLike {
        /// Which table.
        table: Table,
        /// Median distance to the nearest street as they stand, in metres.
        as_is: u64,
        /// The same after the conversion.
        converted: u64,
        /// The datum that fits.
        datum: &'static str,
    },
    /// A table lacks a column.
    #[error("{table}: no column {column:?} in the header")]
    NoColumn {
        /// Which table.
        table: Table,
        /// The column looked for.
        column: String,
    },
    /// A cell of a table is wrong. The header is row 1.
    #[error("{table}: row {row}, column {column:?}: {flaw}")]
    Cell {
        /// Which table.
        table: Table,
        /// The row; the header is row 1.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        flaw: Flaw,
    },
    /// A quoted cell is never closed.
    #[error("{table}: row {row}: a quotation mark is never closed")]
    OpenQuote {
        /// Which table.
        table: Table,
        /// The row; the header is row 1.
        row: u64,
    },
    /// A table without even a header.
    #[error("{0}: the file is empty")]
    Empty(Table),
    /// Bytes that are no text.
    #[error("{0}: neither UTF-8 nor UTF-16 nor GBK")]
    Encoding(Table),
    /// A table without rows.
    #[error("{0}: no row below the header")]
    NoRows(Table),
    /// A facility or candidate that nobody can reach, because the nearest street is too far.
    #[error("{table}: row {row} ({id}) is off the map: no street within {limit} m")]
    OffTheMap {
        /// Which table.
        table: Table,
        /// The row; the header is row 1.
        row: u64,
        /// Its id.
        id: String,
        /// How far was looked, in metres.
        limit: u64,
    },
    /// A limit that is not a distance.
    #[error("--within must be more than 0 and at most 200,000 m, not {0}")]
    Limit(String),
    /// A file could not be read or written.
    #[error("{file}: {cause}")]
    File {
        /// Its path.
        file: String,
        /// The system's words.
        cause: String,
    },
}

impl Flaw {
    /// The sentence in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Missing => "是空的".to_owned(),
            Self::NotANumber(text) => format!("“{text}”不是数字"),
            Self::NotFinite(text) => format!("“{text}”不是有限的数"),
            Self::OutOfRange(text) => format!("“{text}”超出经纬度范围（经度 ±180，纬度 ±90）"),
            Self::NotAWeight(text) => format!("“{text}”不是 0 到 4294967295 的整数"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(to, "empty"),
            Self::NotANumber(text) => write!(to, "{text:?} is not a number"),
            Self::NotFinite(text) => write!(to, "{text:?} is not a finite number"),
            Self::OutOfRange(text) => write!(to, "{text:?} is out of range (longitude ±180, latitude ±90)"),
            Self::NotAWeight(text) => write!(to, "{text:?} is not a whole number from 0 to 4294967295"),
        }
    }
}

impl Table {
    const fn chinese(self) -> &'static str {
        match self {
            Self::Points => "人口点",
            Self::Facilities => "设施表",
            Self::Candidates => "候选点",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Points => "points",
            Self::Facilities => "facilities",
            Self::Candidates => "candidates",
        })
    }
}

impl Fault {
    /// The sentence in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::UnknownFormat(bytes) => {
                format!("路网：既不是 OSM PBF，也不是 GeoJSON 或打包路网（开头是 {bytes}）")
            }
            Self::Truncated { at, length } => {
                format!("路网：文件不完整，止于第 {length} 字节，从第 {at} 字节开始的一段没有读完")
            }
            Self::Damaged { at, cause } => format!("路网：第 {at} 字节开始的一段已损坏（{cause}）"),
            Self::NotGeoJson(cause) => format!("路网：不是 GeoJSON（{cause}）"),
            Self::Vertex { feature, vertex, flaw } => {
                format!("路网：第 {feature} 个要素第 {vertex} 个坐标{}", flaw.chinese())
            }
            Self::TooLong { line, metres } => format!("路网：第 {line} 条线有一段长 {metres} 米，超过 20 万米"),
            Self::TooMany => "路网：节点或路段超过 40 亿".to_owned(),
            Self::NoWalkableWay(lines) => format!("路网：{lines} 条线中没有一条可以步行"),
            _ => self.chinese_of_tables(),
        }
    }

    fn chinese_of_tables(&self) -> String {
        match self {
            Self::MixedDatums { what, found, stated } => {
                format!("{what}：坐标系混用：这里是 {found}，之前说的是 {stated}")
            }
            Self::LooksLike { table, as_is, converted, datum } => format!(
                "{}：坐标系混用：按 WGS84 有一半离路 {as_is} 米以上，按 {datum} 只有 {converted} 米；请用 \
                 --datum 或各表自己的 --points-datum 等说明",
                table.chinese()
            ),
            Self::NoColumn { table, column } => format!("{}：表头里没有“{column}”列", table.chinese()),
            Self::Cell { table, row, column, flaw } => {
                format!("{}：第 {row} 行“{column}”{}", table.chinese(), flaw.chinese())
            }
            Self::OpenQuote { table, row } => format!("{}：第 {row} 行的引号没有闭合", table.chinese()),
            Self::Empty(table) => format!("{}：文件是空的", table.chinese()),
            Self::Encoding(table) => format!("{}：既不是 UTF-8，也不是 UTF-16 或 GBK", table.chinese()),
            Self::NoRows(table) => format!("{}：表头下面没有数据", table.chinese()),
            Self::OffTheMap { table, row, id, limit } => {
                format!("{}：第 {row} 行（{id}）不在地图上：{limit} 米内没有路", table.chinese())
            }
            Self::Limit(text) => format!("--within 要大于 0、不超过 20 万米，不能是 {text}"),
            Self::File { file, cause } => format!("{file}：{cause}"),
            other => other.to_string(),
        }
    }
}
