//! The limits of the protocol (docs/protocol.md, section 1), checked before anything is allocated.

pub(crate) const FRAME_BYTES_MAX: usize = 64 << 20;
pub(crate) const DEPTH_MAX: usize = 64;
pub(crate) const MAP_ENTRIES_MAX: usize = 65_536;
pub(crate) const LIST_ENTRIES_MAX: usize = 4_194_304;
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
pub(crate) const DIMENSIONS_MAX: usize = 8;
pub(crate) const WORDS_BYTES_MAX: usize = 4_096;

/// Returns what is wrong with a text, `None` where nothing is; `strict` allows no control character.
pub(crate) fn complain_of_text(text: &str, strict: bool) -> Option<&'static str> {
    if text.len() > TEXT_BYTES_MAX {
        return Some("a text is longer than 1 MiB");
    }
    let control = strict && text.bytes().any(|byte| byte < 0x20 || byte == 0x7f);
    control.then_some("a text holds a control character")
}

/// Returns the words cut to what a receiver keeps, at a character's end.
pub(crate) fn cut_words(words: &str) -> &str {
    &words[..words.floor_char_boundary(WORDS_BYTES_MAX)]
}
