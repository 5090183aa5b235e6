//! Steps: what an environment shows of one moment, written leaf by leaf.

use std::ops::Range;

use crate::limits::{check_path, complain_of_text};
use crate::path::{Segment, unflatten};
use crate::put::Put;
use crate::value::{Leaf, Value};

const BARE_FIELDS: [&str; 5] = ["obs", "reward", "terminated", "truncated", "legal"];
const RESERVED_FIELDS: [&str; 2] = ["action", "digest"];
const STEP_BYTES_MAX: usize = 16 << 20;

/// The Step that an environment is about to show: `put` its leaves, `map` and `list` what holds more.
///
/// Fields that were not asked for are not looked at; a `map` that nobody wants is not even made.
#[derive(Default)]
pub struct Step {
    pub(crate) paths: Vec<Path>,
    roots: Vec<usize>,
    pub(crate) cells: Vec<(usize, Cell)>,
    pub(crate) arena: Vec<u8>,
    parent: Option<usize>,
    last: usize,
    row: u64,
    bare: bool,
    first: bool,
}

/// A path that has been put; its number is its place in `paths`, where a Step finds it without making its text.
pub(crate) struct Path {
    segments: Vec<Segment>,
    pub(crate) text: String,
    children: Vec<usize>,
    ends_episode: bool,
    row: u64,
}

/// A leaf whose bytes lie in the arena: for an array its header's and its data's.
pub(crate) enum Cell {
    Nil,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Range<usize>),
    Bytes(Range<usize>),
    Array(Range<usize>, Range<usize>),
    EmptyMap,
    EmptyList,
}

/// Where in a Step a leaf goes.
#[derive(Clone, Copy)]
pub struct Place(pub(crate) usize);

impl Step {
    pub(crate) fn new(bare: bool) -> Step {
        Step { bare, ..Step::default() }
    }

    /// Empties the Step for the next row; `first` says that it is to be one without a reward.
    pub(crate) fn begin(&mut self, first: bool) {
        self.cells.clear();
        self.arena.clear();
        self.parent = None;
        self.first = first;
        self.row += 1;
    }

    /// Puts a leaf, an array or a whole [`Value`] under `key`.
    ///
    /// # Panics
    /// Where the key was put before, is reserved, or holds what cannot travel; a panic becomes `failed`.
    pub fn put(&mut self, key: &str, value: impl Put) {
        if self.wants(key) {
            let place = self.find(Key::Name(key));
            value.put(self, Place(place));
        }
    }

    /// Puts a map under `key`, which `fill` fills.
    pub fn map(&mut self, key: &str, fill: impl FnOnce(&mut Step)) {
        if self.wants(key) {
            let place = self.find(Key::Name(key));
            self.nest(place, Cell::EmptyMap, fill);
        }
    }

    /// Puts a list of `count` maps under `key`; `fill` is called with each index.
    pub fn list(&mut self, key: &str, count: usize, mut fill: impl FnMut(usize, &mut Step)) {
        if self.wants(key) {
            let place = self.find(Key::Name(key));
            self.nest(place, Cell::EmptyList, |step| {
                for index in 0..count {
                    let place = step.find(Key::Index(index));
                    step.nest(place, Cell::EmptyMap, |step| fill(index, step));
                }
            });
        }
    }

    /// Puts the action that led here.
    pub(crate) fn put_action(&mut self, action: &Value) {
        let place = self.find(Key::Name("action"));
        action.put(self, Place(place));
    }

    fn wants(&self, key: &str) -> bool {
        if self.parent.is_some() {
            return true;
        }
        assert!(!RESERVED_FIELDS.contains(&key), "the field `{key}` is reserved");
        !(self.first && key == "reward" || self.bare && !BARE_FIELDS.contains(&key))
    }

    /// Fills a container; one that nothing was put in is a leaf, `empty`.
    pub(crate) fn nest(&mut self, place: usize, empty: Cell, fill: impl FnOnce(&mut Step)) {
        let (parent, before) = (self.parent.replace(place), self.cells.len());
        fill(self);
        self.parent = parent;
        if self.cells.len() == before {
            self.push(Place(place), empty);
        }
    }

    /// Returns the number of a child of the present parent; mostly it is the one that came next in the row before.
    pub(crate) fn find(&mut self, key: Key) -> usize {
        let siblings = match self.parent {
            None => &self.roots,
            Some(parent) => &self.paths[parent].children,
        };
        let guess = self.last + 1;
        let level = self.parent.map_or(1, |parent| self.paths[parent].segments.len() + 1);
        let likely = self.paths.get(guess).is_some_and(|path| {
            path.segments.len() == level && key.is(&path.segments[level - 1]) && siblings.contains(&guess)
        });
        let known = if likely {
            Some(guess)
        } else {
            siblings.iter().copied().find(|&child| key.is(&self.paths[child].segments[level - 1]))
        };
        self.last = known.unwrap_or_else(|| self.add(key));
        self.last
    }

    fn add(&mut self, key: Key) -> usize {
        let place = self.paths.len();
        let segment = key.owned();
        let (mut segments, mut text) = match self.parent {
            None => (Vec::new(), String::new()),
            Some(parent) => (self.paths[parent].segments.clone(), self.paths[parent].text.clone()),
        };
        segment.extend(&mut text);
        check_text(&text);
        segments.push(segment);
        if let Err(complaint) = check_path(&text, segments.len()) {
            panic!("{complaint}: {:?}...", &text[..text.floor_char_boundary(80)]);
        }
        let ends_episode = text == "terminated" || text == "truncated";
        self.paths.push(Path { segments, text, children: Vec::new(), ends_episode, row: 0 });
        match self.parent {
            None => self.roots.push(place),
            Some(parent) => self.paths[parent].children.push(place),
        }
        place
    }

    pub(crate) fn push(&mut self, place: Place, cell: Cell) {
        let path = &mut self.paths[place.0];
        assert!(path.row != self.row, "`{}` was put twice in one Step", path.text);
        assert!(self.arena.len() <= STEP_BYTES_MAX, "one Step holds more than 16 MiB");
        path.row = self.row;
        self.cells.push((place.0, cell));
    }

    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(bytes);
        start..self.arena.len()
    }

    pub(crate) fn leaf(&self, cell: &Cell) -> Leaf<'_> {
        match cell {
            Cell::Nil => Leaf::Nil,
            Cell::Bool(value) => Leaf::Bool(*value),
            Cell::Int(value) => Leaf::Int(*value),
            Cell::Float(value) => Leaf::Float(*value),
            Cell::Text(at) => Leaf::Text(str::from_utf8(&self.arena[at.clone()]).expect("it was a text")),
            Cell::Bytes(at) => Leaf::Bytes(&self.arena[at.clone()]),
            Cell::Array(header, data) => Leaf::Array(&self.arena[header.clone()], &self.arena[data.clone()]),
            Cell::EmptyMap => Leaf::EmptyMap,
            Cell::EmptyList => Leaf::EmptyList,
        }
    }

    /// Returns how many bytes the variable leaves take.
    pub(crate) fn size(&self) -> usize {
        self.arena.len() + 8 * self.cells.len()
    }

    /// Returns whether the episode ends here.
    pub(crate) fn ends_episode(&self) -> bool {
        self.cells.iter().any(|(path, cell)| matches!(cell, Cell::Bool(true)) && self.paths[*path].ends_episode)
    }

    /// Returns what was put under a name, `None` where nothing was.
    pub(crate) fn field(&self, name: &str) -> Option<Value> {
        let root = self.roots.iter().copied().find(|&root| self.paths[root].text == name)?;
        let name = &self.paths[root].segments[0];
        let below = self.cells.iter().filter(|(path, _)| self.paths[*path].segments[0] == *name);
        let leaves = below.map(|(path, cell)| (&self.paths[*path].segments[1..], self.leaf(cell)));
        unflatten(&leaves.collect::<Vec<_>>())
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    Name(&'a str),
    Index(usize),
}

impl Key<'_> {
    fn is(self, segment: &Segment) -> bool {
        match (self, segment) {
            (Key::Name(name), Segment::Key(key)) => name == key,
            (Key::Index(index), Segment::Index(other)) => index == *other,
            _ => false,
        }
    }

    fn owned(self) -> Segment {
        match self {
            Key::Name(name) => Segment::Key(name.to_owned()),
            Key::Index(index) => Segment::Index(index),
        }
    }
}

pub(crate) fn check_text(text: &str) {
    if let Some(complaint) = complain_of_text(text, true) {
        panic!("{complaint}: {:?}", &text[..text.floor_char_boundary(80)]);
    }
}
