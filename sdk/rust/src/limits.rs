//! The limits of the protocol (docs/protocol.md, section 1), checked before anything is allocated.

pub(crate) const FRAME_BYTES_MAX: usize = 64 << 20;
pub(crate) const DEPTH_MAX: usize = 64;
pub(crate) const MAP_ENTRIES_MAX: usize = 65_536;
/// Of one list, and of all lists and maps of a frame together.
pub(crate) const ENTRIES_MAX: usize = 4_194_304;
pub(crate) const CONTAINERS_MAX: usize = 262_144;
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
pub(crate) const DIMENSIONS_MAX: usize = 8;
pub(crate) const WORDS_BYTES_MAX: usize = 4_096;
pub(crate) const PATH_CHARACTERS_MAX: usize = 4_096;

/// What a frame holds so far: many small things take far more memory than the bytes they come in.
#[derive(Default)]
pub(crate) struct Tally {
    containers: usize,
    entries: usize,
}

impl Tally {
    /// Counts a list or map of so many entries; an array has none.
    pub(crate) fn add(&mut self, entries: usize) -> Result<(), String> {
        self.containers += 1;
        self.entries += entries;
        if self.containers > CONTAINERS_MAX {
            return Err(format!("more than {CONTAINERS_MAX} maps, lists and arrays"));
        }
        if self.entries > ENTRIES_MAX {
            return Err(format!("maps and lists of more than {ENTRIES_MAX} entries together"));
        }
        Ok(())
    }
}

/// Checks a path that has so many keys and indices.
pub(crate) fn check_path(text: &str, segments: usize) -> Result<(), String> {
    let characters = text.chars().count();
    if characters > PATH_CHARACTERS_MAX {
        return Err(format!("a path of {characters} characters; at most {PATH_CHARACTERS_MAX}"));
    }
    if segments >= DEPTH_MAX {
        return Err(format!("a path of {segments} keys and indices; at most {}", DEPTH_MAX - 1));
    }
    Ok(())
}

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
