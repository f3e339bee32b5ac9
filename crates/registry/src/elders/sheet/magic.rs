//! What a file is, by its first bytes and never by its name.

use super::Refusal;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A zip or OLE file; whether it is a workbook shows inside.
    Book,
    /// Text of rows.
    Text(Encoding),
}

/// Encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, which includes GBK and GB2312.
    Gb18030,
}

/// Decides by the first bytes of a file (64 KiB are plenty).
pub(super) fn format(head: &[u8]) -> Result<Format, Refusal> {
    let first = head.trim_ascii_start();
    if first.is_empty() {
        return Err(Refusal::Empty);
    }
    if [&b"PK\x03\x04"[..], b"PK\x05\x06", &[0xd0, 0xcf, 0x11, 0xe0]].iter().any(|magic| head.starts_with(magic)) {
        return Ok(Format::Book);
    }
    if head.starts_with(&[0x09, 0x08]) {
        return Err(Refusal::OldFormat);
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(Refusal::Utf16);
    }
    let bare = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    if bare.is_empty() {
        return Err(Refusal::Empty);
    }
    if bare.starts_with(b"<") {
        return Err(Refusal::WebPage);
    }
    if bare.iter().any(|b| *b < 0x20 && !b.is_ascii_whitespace() && *b != 0x1a) || bare.starts_with(b"%PDF") {
        return Err(Refusal::NotASheet);
    }
    Ok(Format::Text(encoding(head)))
}

/// UTF-8 if the bytes are, else whichever of the two has fewer bytes out of place.
fn encoding(head: &[u8]) -> Encoding {
    let cut = |e: &std::str::Utf8Error| e.error_len().is_none() && head.len() - e.valid_up_to() < 4;
    if std::str::from_utf8(head).map_or_else(|e| cut(&e), |_| true) {
        return Encoding::Utf8;
    }
    let odd = |encoding: &'static encoding_rs::Encoding| {
        let (text, _) = encoding.decode_without_bom_handling(head);
        text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
    };
    if odd(encoding_rs::UTF_8) < odd(encoding_rs::GB18030) { Encoding::Utf8 } else { Encoding::Gb18030 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_are() {
        let text = "姓名,证件号码\n张三,1\n";
        assert_eq!(format(text.as_bytes()), Ok(Format::Text(Encoding::Utf8)));
        assert_eq!(format(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), Ok(Format::Text(Encoding::Utf8)));
        assert_eq!(format(&encoding_rs::GB18030.encode(text).0), Ok(Format::Text(Encoding::Gb18030)));
        assert_eq!(format(b"PK\x03\x04 ..."), Ok(Format::Book));
        for (bytes, refusal) in [
            (&b"\x09\x08\x10\x00"[..], Refusal::OldFormat),
            (b"\xff\xfe\x59\x00", Refusal::Utf16),
            (b"\xef\xbb\xbf \r\n<html><table>", Refusal::WebPage),
            (b"<?xml version=\"1.0\"?><Workbook>", Refusal::WebPage),
            (b"%PDF-1.7", Refusal::NotASheet),
            (b"\x7fELF\x02\x01\x01\x00", Refusal::NotASheet),
            (b"", Refusal::Empty),
            (b"\xef\xbb\xbf\r\n", Refusal::Empty),
        ] {
            assert_eq!(format(bytes), Err(refusal));
        }
    }

    #[test]
    fn a_head_cut_inside_a_character_keeps_its_encoding() {
        let text = "姓名,证件号码".repeat(10);
        for cut in 1..4 {
            assert_eq!(format(&text.as_bytes()[..text.len() - cut]), Ok(Format::Text(Encoding::Utf8)));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = format(&bytes);
        }
    }
}
