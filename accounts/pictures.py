"""Turns an uploaded picture into a small square one, of which every byte was written by us."""

from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps, UnidentifiedImageError

SIZE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000

# A few kilobytes can unfold into gigabytes of pixels; Pillow refuses twice this before it reads any of them.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

TOO_LARGE = "That picture is too large. Choose one under 10 MB and 40 megapixels."
UNREADABLE = "That file could not be read as a picture. Choose a JPEG, PNG, WebP, GIF or AVIF."


def portrait(upload: IO[bytes]) -> bytes:
    """The middle of the picture as a square WebP: upright, first frame only, without EXIF. Else a `ValidationError`."""
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            return _webp(_square(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(TOO_LARGE, code="too_large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise ValidationError(UNREADABLE, code="unreadable") from error


def _square(picture: Image.Image) -> Image.Image:
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    # A JPEG can be decoded small at once; other formats ignore this.
    picture.draft("RGB", (SIZE * 2, SIZE * 2))
    upright = ImageOps.exif_transpose(picture)
    return ImageOps.fit(upright.convert("RGBA" if upright.has_transparency_data else "RGB"), (SIZE, SIZE))


def _webp(picture: Image.Image) -> bytes:
    # A picture made anew carries none of the old one's metadata: `info` would be written out again.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    out = BytesIO()
    bare.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()
