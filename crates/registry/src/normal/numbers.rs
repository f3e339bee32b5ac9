//! Numbers of certificates and codes of places, as people and their programs write them.

use super::text::fold;

/// The number of a certificate: no blanks, dashes and quotes, full-width digits as plain ones, letters as capitals, and
/// whatever looks like it for the X at the end of an identity number.
#[must_use]
pub fn certificate(text: &str) -> String {
    let written = whole(&fold(text));
    let mut number: String = written
        .chars()
        .filter(|c| !c.is_whitespace() && !"-_.·'\"`’‘“”".contains(*c))
        .flat_map(char::to_uppercase)
        .collect();
    if number.chars().count() == 18
        && let Some('×' | '✕' | '✖' | 'Χ' | 'Х' | '*') = number.chars().last()
    {
        number.pop();
        number.push('X');
    }
    number
}

/// A code of digits: no blanks, dashes, thousands' marks and `.0` behind; what else stands there stays.
#[must_use]
pub fn code(text: &str) -> String {
    let written = whole(&fold(text));
    if written.chars().any(|c| !c.is_ascii_digit() && !c.is_whitespace() && !"-,'\"".contains(c)) {
        return written;
    }
    written.chars().filter(char::is_ascii_digit).collect()
}

/// The digits of a whole number that a program wrote as `13800001234.0` or, with no digit lost, as `1.3800001234E10`.
pub(super) fn whole(text: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((number, zeros)) = text.split_once('.')
        && digits(number)
        && digits(zeros)
        && zeros.bytes().all(|b| b == b'0')
    {
        return number.to_owned();
    }
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E'])
        && let Some((first, rest)) = mantissa.split_once('.')
        && let Ok(exponent) = exponent.trim_start_matches('+').parse::<usize>()
        && digits(first)
        && digits(rest)
        && first.len() == 1
        && rest.len() == exponent
        && exponent < 15
    {
        return format!("{first}{rest}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_set() {
        for (text, number) in [
            ("４１１００２194305120029", "411002194305120029"),
            ("411002 19430512 0029", "411002194305120029"),
            ("411002-19430512-0029", "411002194305120029"),
            ("\u{202d}411002194305120029\u{202c}", "411002194305120029"),
            ("41100219440101009×", "41100219440101009X"),
            ("41100219440101009х", "41100219440101009X"),
            ("e1234 5678", "E12345678"),
            ("‘411002194305120029’", "411002194305120029"),
        ] {
            assert_eq!(certificate(text), number, "{text}");
        }
    }

    #[test]
    fn a_code_is_read_however_a_program_wrote_it() {
        for (text, number) in [
            ("411002001001.0", "411002001001"),
            ("411,002,001,001", "411002001001"),
            ("4.11002001001E11", "411002001001"),
            ("411002 001 001", "411002001001"),
            ("槐荫社区", "槐荫社区"),
            ("4.11e+11", "4.11e+11"),
        ] {
            assert_eq!(code(text), number, "{text}");
        }
    }
}
