/* mark.h -- bytes that stand in a page's text between the scanner and the last pass (tidy.c).
 *
 * XML forbids them and entity.c does not make them, so they cannot come from a page.  They say what
 * the text alone no longer shows: that something was taken out here (so that a comma or a
 * parenthesis left over may go), or what can be decided only when the whole line is known. */
#ifndef TOOLS_WIKIEXTRACT_MARK_H
#define TOOLS_WIKIEXTRACT_MARK_H

enum mark {
    MARK_HOLE = 0x01,   /* something that bears no text was here: a note, a picture, a map */
    MARK_LOST = 0x02,   /* a template was here whose text is not known */
    MARK_HEAD = 0x03,   /* begins a heading; the next byte is '0' + its level */
    MARK_ITALIC = 0x04, /* two apostrophes */
    MARK_BOLD = 0x05,   /* three */
    MARK_BOTH = 0x06,   /* five */
    MARK_LINE = 0x0e,   /* a line ends here, the paragraph does not */
    MARK_BREAK = 0x0f   /* <br> */
};

#endif
