//! Names of leaves: `state.sides[0].team["Mr. Mime"].hp`.

use crate::limits::check_path;
use crate::value::{Leaf, Value};

/// One step down a tree: a map's key or a list's index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

impl Segment {
    /// Appends this segment to a path's text.
    pub(crate) fn extend(&self, text: &mut String) {
        match self {
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
            Segment::Key(key) if !key.is_empty() && key.chars().all(is_plain) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Segment::Key(key) => {
                text.push('[');
                quote(key, text);
                text.push(']');
            }
        }
    }
}

fn is_plain(letter: char) -> bool {
    !matches!(letter, '.' | '[' | ']' | '"' | '*' | '\0'..='\x1f' | '\x7f') && !letter.is_whitespace()
}

/// Appends `key` as a JSON string in ASCII: what is not printable ASCII is escaped, in UTF-16 units.
fn quote(key: &str, text: &mut String) {
    text.push('"');
    for letter in key.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            ' '..='~' => text.push(letter),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\x08' => text.push_str("\\b"),
            '\x0c' => text.push_str("\\f"),
            _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    text.push('"');
}

/// Returns the segments of a path that was sent, or what is wrong with it.
pub(crate) fn read_path(text: &str) -> Result<Vec<Segment>, String> {
    check_path(text, 0)?;
    let segments = parse_path(text).ok_or_else(|| format!("{text:?} is no path"))?;
    check_path(text, segments.len())?;
    Ok(segments)
}

/// Returns the segments of a path's text, `None` where it is no path.
fn parse_path(text: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, after) = unquote(inner)?;
            segments.push(Segment::Key(key));
            rest = after.strip_prefix(']')?;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (digits, after) = inner.split_once(']')?;
            let short = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            segments.push(Segment::Index(digits.parse().ok().filter(|_| short)?));
            rest = after;
        } else {
            let name = if segments.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = name.find(|letter| !is_plain(letter)).unwrap_or(name.len());
            let (key, after) = name.split_at_checked(end).filter(|(key, _)| !key.is_empty())?;
            segments.push(Segment::Key(key.to_owned()));
            rest = after;
        }
    }
    Some(segments)
}

/// Reads a JSON string from behind its opening quote; returns it with what follows the closing one.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut units: Vec<u16> = Vec::new();
    let mut letters = text.chars();
    loop {
        match letters.next()? {
            '"' => return Some((String::from_utf16(&units).ok()?, letters.as_str())),
            '\\' => match letters.next()? {
                'u' => {
                    let (digits, after) = letters.as_str().split_at_checked(4)?;
                    units.push(u16::from_str_radix(digits, 16).ok()?);
                    letters = after.chars();
                }
                escaped => units.push(match escaped {
                    'n' => 0x0a,
                    'r' => 0x0d,
                    't' => 0x09,
                    'b' => 0x08,
                    'f' => 0x0c,
                    '"' | '\\' | '/' => escaped as u16,
                    _ => return None,
                }),
            },
            letter => units.extend_from_slice(letter.encode_utf16(&mut [0; 2])),
        }
    }
}

/// A leaf and the path to it.
pub(crate) type Twig<'a> = (&'a [Segment], Leaf<'a>);

/// Returns the tree that has these leaves; `None` where they make none.
pub(crate) fn unflatten(leaves: &[Twig]) -> Option<Value> {
    let (first, leaf) = leaves.first()?;
    if first.is_empty() {
        return Some(leaf.to_value());
    }
    let mut parts: Vec<(&Segment, Vec<Twig>)> = Vec::new();
    for (segments, leaf) in leaves {
        let (head, tail) = segments.split_first()?;
        match parts.iter_mut().find(|(segment, _)| *segment == head) {
            Some((_, below)) => below.push((tail, *leaf)),
            None => parts.push((head, vec![(tail, *leaf)])),
        }
    }
    if matches!(parts[0].0, Segment::Index(_)) {
        parts.sort_by_key(|(segment, _)| *segment);
        return parts.iter().map(|(_, below)| unflatten(below)).collect::<Option<_>>().map(Value::List);
    }
    let pairs = parts.iter().map(|(segment, below)| match segment {
        Segment::Key(key) => Some((key.clone(), unflatten(below)?)),
        Segment::Index(_) => None,
    });
    pairs.collect::<Option<_>>().map(Value::Map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(segments: &[Segment]) -> String {
        segments.iter().fold(String::new(), |mut text, segment| {
            segment.extend(&mut text);
            text
        })
    }

    #[test]
    fn paths_come_back_from_their_text() {
        let key = |key: &str| Segment::Key(key.into());
        let path = [key("state"), key("sides"), Segment::Index(0), key("Mr. Mime"), key("hp")];
        assert_eq!(text_of(&path), "state.sides[0][\"Mr. Mime\"].hp");
        for odd in ["", "a\"b", "é", "é .", "\u{1f600}*", "\\", "\u{85}", "tab\t"] {
            let path = [key(odd), Segment::Index(12), key(odd)];
            assert_eq!(parse_path(&text_of(&path)), Some(path.to_vec()), "{odd:?}");
        }
        assert_eq!(text_of(&[key("é \u{1f600}")]), "[\"\\u00e9 \\ud83d\\ude00\"]");
    }

    #[test]
    fn what_is_no_path_is_told() {
        for broken in [".a", "a.", "a..b", "[1", "[x]", "a[\"b]", "a b", "[1]b", "[\"\\ud83d\"]"] {
            assert_eq!(parse_path(broken), None, "{broken:?}");
        }
    }
}
