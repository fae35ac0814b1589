"""Makes the two fonts beside this file from DejaVu 2.37 (Debian: fonts-dejavu-extra, python3-fonttools): python3 make_fonts.py

PDFsharp's subsets lose parts of a letter that is made of letters which are themselves made of others (such as the dots of a Cyrillic io or the
body of an Arabic qaf), so every letter is drawn whole here. What invoices don't use is left out: hints, layout tables, other scripts.
"""
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/truetype/dejavu/"
# Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian, signs, currencies, Arabic's joined forms, and the sign for what is missing.
RANGES = [(0x20, 0x6FF), (0x10A0, 0x10FF), (0x1E00, 0x22FF), (0x25A0, 0x25FF), (0x2C60, 0x2C7F), (0xFB00, 0xFEFC), (0xFFFD, 0xFFFD)]


def make(name: str) -> None:
    font = TTFont(SOURCE + name, recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], glyph_names=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], drop_tables=["GSUB", "GPOS", "GDEF", "kern", "FFTM", "MATH", "gasp"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    glyphs = font.getGlyphSet()
    for glyph in [g for g in font.getGlyphOrder() if font["glyf"][g].isComposite()]:
        drawn, whole = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
        glyphs[glyph].draw(drawn)
        drawn.replay(whole)
        font["glyf"][glyph] = whole.glyph()
    font.save(name)


make("DejaVuSansCondensed.ttf")
make("DejaVuSansCondensed-Bold.ttf")
