//! Blocks: the Steps of an answer, gathered.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::column::Column;
use crate::digest;
use crate::limits::CONTAINERS_MAX;
use crate::step::{Cell, Step};
use crate::value::{Leaf, Value};
use crate::wire::Frame;

const ROWS_MIN: usize = 256;
const ROWS_MAX: usize = 4_096;
const BLOCK_BYTES: usize = 768 << 10;
const BLOCK_BYTES_MAX: usize = 24 << 20;
const PATHS_MAX: usize = 32_768;
/// What has been played goes out well before the checker's deadline.
const HELD_MAX: Duration = Duration::from_millis(500);

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

/// What is answered so far; where an answer may come in several blocks, one that is full or old goes out as soon as there
/// is more to say.
pub(crate) struct Blocks<'a> {
    ask: &'a Ask,
    several: bool,
    send: &'a mut dyn FnMut(Frame),
    sent_at: Instant,
    block: Block,
}

struct Block {
    step: Step,
    /// By the number of their path; a container's path has none.
    columns: Vec<Option<Column>>,
    digests: Column,
    rows: usize,
    bytes: usize,
    /// Leaves that may travel as containers of their own.
    containers: usize,
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
            containers: 0,
            runs: Vec::new(),
            ends: Vec::new(),
            ranks: Vec::new(),
            picked: Vec::new(),
            input: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        let paths = self.step.paths.len();
        let bytes = self.bytes.max(8 * self.rows * paths); // a row that lacks a leaf holds its place
        let handy = self.rows >= ROWS_MIN && (self.bytes >= BLOCK_BYTES || self.rows >= ROWS_MAX);
        let containers = self.containers + self.runs.len() + 3 * paths;
        handy || bytes >= BLOCK_BYTES_MAX || paths >= PATHS_MAX || containers >= CONTAINERS_MAX / 2
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
            self.containers += matches!(cell, Cell::Array(..) | Cell::EmptyMap | Cell::EmptyList) as usize;
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

impl<'a> Blocks<'a> {
    pub(crate) fn new(ask: &'a Ask, several: bool, send: &'a mut dyn FnMut(Frame)) -> Blocks<'a> {
        Blocks { ask, several, send, sent_at: Instant::now(), block: Block::new(ask) }
    }

    /// Returns an empty Step to be filled; `first` says that it is one without a reward.
    pub(crate) fn begin(&mut self, first: bool) -> &mut Step {
        if self.several && self.block.rows > 0 && (self.block.is_full() || self.sent_at.elapsed() > HELD_MAX) {
            self.sent_at = Instant::now();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode_frame;
    use std::thread::sleep;

    /// Returns how many rows each block has of so many Steps; every one must be within the limits.
    fn rows_of_blocks(several: bool, steps: usize, mut show: impl FnMut(usize, &mut Step)) -> Vec<i128> {
        let mut rows = Vec::new();
        let mut send = |frame: Frame| {
            let frame = frame.checked().unwrap_or_else(|_| panic!("a block is beyond a limit")).finish();
            let message = decode_frame(&frame[4..]).expect("a frame");
            let runs = message.list("runs").expect("runs");
            rows.push(
                runs.iter().map(|run| if let Value::List(run) = run { run[3].as_int().unwrap() } else { 0 }).sum(),
            );
        };
        let mut blocks = Blocks::new(&Ask::Full, several, &mut send);
        for number in 0..steps {
            show(number, blocks.begin(number == 0));
            blocks.take(0, 0, number, None);
        }
        blocks.finish();
        rows
    }

    #[test]
    fn what_is_slow_goes_out_before_it_is_late() {
        let slow = |_, step: &mut Step| {
            sleep(Duration::from_millis(200));
            step.put("obs", 1);
        };
        assert_eq!(rows_of_blocks(true, 7, slow), [3, 3, 1]);
        assert_eq!(rows_of_blocks(false, 4, slow), [4]);
    }

    #[test]
    fn blocks_stay_within_the_limits_whatever_the_steps_hold() {
        let arrays = |number: usize, step: &mut Step| {
            (0..60).for_each(|group| {
                step.map(&format!("{group}"), |inner| {
                    (0..50).for_each(|key| inner.put(&format!("{key}"), vec![0u8; number % 2 + 1].as_slice()));
                })
            });
        };
        let blocks = rows_of_blocks(true, 100, arrays);
        assert!(blocks.len() > 2 && blocks.iter().sum::<i128>() == 100, "{blocks:?}");
        let new_names = |number: usize, step: &mut Step| step.put(&format!("turn {number}"), "text");
        let blocks = rows_of_blocks(true, 1_900, new_names);
        assert!(blocks.len() > 1 && blocks.iter().sum::<i128>() == 1_900, "{blocks:?}");
    }
}
