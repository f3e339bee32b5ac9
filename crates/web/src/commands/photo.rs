//! Whether a file is a photo, whole, and not too many pixels; looked at without unpacking it.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use kernel::Result;

use super::Refusal;

/// The media type of a photo.
///
/// # Errors
/// [`Refusal::NotAPhoto`], also for one that was cut short; [`Refusal::TooManyPixels`].
pub(super) fn checked(content: &[u8], most_pixels: u64) -> Result<&'static str> {
    let format = image::guess_format(content).map_err(|_| Refusal::NotAPhoto)?;
    if !is_whole(format, content) {
        return Err(Refusal::NotAPhoto.into());
    }
    let size = ImageReader::with_format(Cursor::new(content), format).into_dimensions();
    let (width, height) = size.map_err(|_| Refusal::NotAPhoto)?;
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(Refusal::TooManyPixels { most: most_pixels / 1_000_000 }.into());
    }
    Ok(format.to_mime_type())
}

/// Whether the content ends where its format says.
fn is_whole(format: ImageFormat, content: &[u8]) -> bool {
    match format {
        ImageFormat::Jpeg => {
            let padding = content.iter().rev().take_while(|byte| **byte == 0).count();
            content[..content.len() - padding].ends_with(&[0xff, 0xd9])
        }
        ImageFormat::Png => content.ends_with(b"IEND\xae\x42\x60\x82"),
        ImageFormat::WebP => {
            let told = content.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
            told.is_some_and(|told| u64::from(told) + 8 <= content.len() as u64)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    fn photo(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(RgbImage::new(40, 30)).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn whole_photos_pass_with_their_media_type() {
        for (format, media) in
            [(ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::Png, "image/png"), (ImageFormat::WebP, "image/webp")]
        {
            assert_eq!(checked(&photo(format), 1_200).unwrap(), media);
        }
    }

    #[test]
    fn a_photo_cut_short_is_none() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = photo(format);
            let failure = checked(&whole[..whole.len() - 3], 1_200).unwrap_err();
            assert_eq!(failure.code(), Some("file.not_a_photo"), "{format:?}");
        }
    }

    #[test]
    fn other_files_and_too_many_pixels_are_refused() {
        for other in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"MZ", b"", b"\xff\xd8\xff\xd9"] {
            assert_eq!(checked(other, 1_200).unwrap_err().code(), Some("file.not_a_photo"));
        }
        let failure = checked(&photo(ImageFormat::Jpeg), 1_199).unwrap_err();
        assert_eq!(failure.code(), Some("file.too_many_pixels"));
    }
}
