//! Tapes: the Steps of an answer, gathered into blocks.

use std::collections::HashMap;

use crate::column::Column;
use crate::digest;
use crate::step::Step;
use crate::value::{Leaf, Value};
use crate::wire::Frame;

const ROWS_MIN: usize = 256;
const ROWS_MAX: usize = 4_096;
const BLOCK_BYTES: usize = 768 << 10;
const BLOCK_BYTES_MAX: usize = 24 << 20;
const PATHS_MAX: usize = 32_768;

/// How much of each Step is wanted.
#[derive(Debug)]
pub(crate) enum Ask {
    Full,
    Bare,
    /// The leaves at these paths are replaced by a digest; the number of a path is its place among them, sorted.
    Digest(HashMap<String, usize>),
}

impl Ask {
    /// Asks for all, with the leaves at these paths digested.
    pub(crate) fn digest(mut paths: Vec<String>) -> Ask {
        paths.sort_unstable();
        paths.dedup();
        Ask::Digest(paths.into_iter().enumerate().map(|(rank, path)| (path, rank)).collect())
    }
}

/// Why a lane gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) kind: &'static str,
    pub(crate) words: String,
}

/// What is answered so far; a block that is full goes out as soon as there is more to say.
pub(crate) struct Tape<'a> {
    ask: &'a Ask,
    send: &'a mut dyn FnMut(Frame),
    block: Block,
}

struct Block {
    step: Step,
    /// By the number of their path; a container's path has none.
    columns: Vec<Option<Column>>,
    digests: Column,
    rows: usize,
    bytes: usize,
    runs: Vec<[usize; 4]>,
    ends: Vec<([usize; 3], End)>,
    /// The number of each path among those digested; filled as paths appear.
    ranks: Vec<Option<usize>>,
    picked: Vec<(usize, usize)>,
    input: Vec<u8>,
}

impl Block {
    fn new(ask: &Ask) -> Block {
        Block {
            step: Step::new(matches!(ask, Ask::Bare)),
            columns: Vec::new(),
            digests: Column::for_digests(),
            rows: 0,
            bytes: 0,
            runs: Vec::new(),
            ends: Vec::new(),
            ranks: Vec::new(),
            picked: Vec::new(),
            input: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        let handy = self.rows >= ROWS_MIN && (self.bytes >= BLOCK_BYTES || self.rows >= ROWS_MAX);
        handy || self.bytes >= BLOCK_BYTES_MAX || self.step.paths.len() >= PATHS_MAX
    }

    /// Moves what the Step holds into the columns.
    fn take_step(&mut self, ask: &Ask) {
        self.columns.resize_with(self.step.paths.len(), || None);
        self.picked.clear();
        for (index, (path, cell)) in self.step.cells.iter().enumerate() {
            if let Ask::Digest(digested) = ask {
                let text = |path: usize| self.step.paths[path].text.as_str();
                self.ranks.extend((self.ranks.len()..=*path).map(|path| digested.get(text(path)).copied()));
                if let Some(rank) = self.ranks[*path] {
                    self.picked.push((rank, index));
                    continue;
                }
            }
            let leaf = self.step.leaf(cell);
            self.columns[*path].get_or_insert_with(|| Column::for_leaf(leaf)).push(self.rows, leaf);
        }
        if matches!(ask, Ask::Digest(_)) {
            self.take_digest();
        }
        self.bytes += self.step.size();
        self.rows += 1;
    }

    fn take_digest(&mut self) {
        self.picked.sort_unstable();
        self.input.clear();
        let mut is_nan = false;
        for &(_, index) in &self.picked {
            let (path, cell) = &self.step.cells[index];
            is_nan |= digest::extend(&mut self.input, &self.step.paths[*path].text, self.step.leaf(cell));
        }
        let digest = digest::finish(&self.input, is_nan);
        self.digests.push(self.rows, Leaf::Int(digest.into()));
    }

    fn write(mut self, ask: &Ask, more: bool) -> Frame {
        let mut frame = Frame::new("steps", 4);
        frame.text("more");
        frame.bool(more);
        frame.text("runs");
        frame.list(self.runs.len());
        for run in &self.runs {
            frame.list(4);
            run.iter().for_each(|&number| frame.int(number as i128));
        }
        let mut columns: Vec<(&str, &mut Column)> = self
            .columns
            .iter_mut()
            .zip(&self.step.paths)
            .filter_map(|(column, path)| Some((path.text.as_str(), column.as_mut()?)))
            .collect();
        if matches!(ask, Ask::Digest(_)) && self.rows > 0 {
            columns.push(("digest", &mut self.digests));
        }
        frame.text("columns");
        frame.map(columns.len() as u32);
        for (path, column) in columns {
            frame.text(path);
            column.write(&mut frame, self.rows);
        }
        frame.text("ends");
        frame.list(self.ends.len());
        for (numbers, end) in &self.ends {
            frame.list(5);
            numbers.iter().for_each(|&number| frame.int(number as i128));
            frame.text(end.kind);
            frame.text(crate::limits::cut_words(&end.words));
        }
        frame
    }
}

impl<'a> Tape<'a> {
    pub(crate) fn new(ask: &'a Ask, send: &'a mut dyn FnMut(Frame)) -> Tape<'a> {
        Tape { ask, send, block: Block::new(ask) }
    }

    /// Returns an empty Step to be filled; `first` says that it is one without a reward.
    pub(crate) fn begin(&mut self, first: bool) -> &mut Step {
        if self.block.is_full() {
            let block = std::mem::replace(&mut self.block, Block::new(self.ask));
            (self.send)(block.write(self.ask, true));
        }
        self.block.step.begin(first);
        &mut self.block.step
    }

    /// Takes the Step as number `step` of an episode, with the action that led there where that is wanted.
    pub(crate) fn take(&mut self, script: usize, episode: usize, step: usize, action: Option<&Value>) {
        if let Some(action) = action {
            self.block.step.put_action(action);
        }
        self.block.take_step(self.ask);
        match self.block.runs.last_mut() {
            Some(run) if run[..2] == [script, episode] && run[2] + run[3] == step => run[3] += 1,
            _ => self.block.runs.push([script, episode, step, 1]),
        }
    }

    /// Notes that Step number `step` was not given, and why.
    pub(crate) fn end(&mut self, script: usize, episode: usize, step: usize, end: End) {
        self.block.ends.push(([script, episode, step], end));
    }

    /// Sends what is left as the last block.
    pub(crate) fn finish(self) {
        (self.send)(self.block.write(self.ask, false));
    }
}
