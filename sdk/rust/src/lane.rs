//! Lanes: one instance each, and what may be done with it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};

use crate::blocks::End;
use crate::environment::{Declaration, Instance};
use crate::request::{Draws, Episode};
use crate::step::Step;
use crate::value::{Refusal, Value};

const SNAPSHOTS_MAX: usize = 4_096;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fresh,
    Running,
    Ended,
}

/// One instance, where its episode stands, and what is legal next.
pub(crate) struct Lane {
    instance: Box<dyn Instance>,
    phase: Phase,
    legal: Option<Value>,
    /// What is drawn before each Step of the episode, `None` where the environment draws by itself.
    draws: Option<Draws>,
    step_number: usize,
}

impl Lane {
    pub(crate) fn new(instance: Box<dyn Instance>) -> Lane {
        Lane { instance, phase: Phase::Fresh, legal: None, draws: None, step_number: 0 }
    }

    /// Returns another lane that stands where this one does.
    pub(crate) fn copy(&self) -> Lane {
        let (legal, draws) = (self.legal.clone(), self.draws.clone());
        Lane { instance: self.instance.copy(), phase: self.phase, legal, draws, step_number: self.step_number }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    pub(crate) fn legal(&self) -> Option<&Value> {
        self.legal.as_ref()
    }

    /// Resets, and loads the start state if there is one; a start that is refused leaves the lane as it was.
    pub(crate) fn begin(&mut self, episode: &Episode, step: &mut Step) -> Result<(), Refusal> {
        if episode.draws.is_some() && self.instance.tape().is_none() {
            return Err("no tape: the environment cannot be told what to draw".into());
        }
        match &episode.start {
            None => {
                feed(&mut *self.instance, &episode.draws, 0);
                self.instance.reset(episode.seed, &episode.options, step)?;
            }
            Some(state) => {
                let mut trial = self.instance.copy();
                feed(&mut *trial, &episode.draws, 0);
                trial.reset(episode.seed, &episode.options, step)?;
                step.begin(true);
                trial.load(state, step)?;
                self.instance = trial;
            }
        }
        (self.draws, self.step_number) = (episode.draws.clone(), 0);
        self.look_at(step);
        Ok(())
    }

    pub(crate) fn step(&mut self, of: &Declaration, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        match self.phase {
            Phase::Running => {}
            Phase::Fresh => return Err("no step: the lane was not reset".into()),
            Phase::Ended => return Err("no step: the episode has ended".into()),
        }
        let legal = self.legal.as_ref();
        let single = of.agents.is_empty();
        let allowed = if single { of.actions.allows(action, legal) } else { of.actions.allows_agents(action, legal) };
        if !allowed {
            return Err(format!("{action} is not in the action space, or not legal now").into());
        }
        feed(&mut *self.instance, &self.draws, self.step_number + 1);
        self.instance.step(action, step)?;
        self.step_number += 1;
        self.look_at(step);
        Ok(())
    }

    pub(crate) fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        if self.phase == Phase::Fresh {
            return Err("no load: the lane was not reset".into());
        }
        self.instance.load(state, step)?;
        self.look_at(step);
        Ok(())
    }

    fn look_at(&mut self, step: &mut Step) {
        if let Some(tape) = self.instance.tape() {
            tape.show(step);
        }
        self.phase = if step.ends_episode() { Phase::Ended } else { Phase::Running };
        self.legal = step.field("legal");
    }
}

/// Tells an environment that has a tape what it draws before a Step; after the end of a tape, nothing.
fn feed(instance: &mut dyn Instance, draws: &Option<Draws>, step_number: usize) {
    if let Some(tape) = instance.tape() {
        tape.feed(draws.as_ref().map(|draws| draws.get(step_number).map_or(&[][..], Vec::as_slice)));
    }
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the words of every panic for `guard`, beside what is printed.
pub(crate) fn keep_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
        LAST_PANIC.with_borrow_mut(|last| *last = format!("{words}{place}"));
        print(panic);
    }));
}

/// Does something with a stranger's code: its refusal is an End of kind `refused`, its panic one of kind `failed`.
pub(crate) fn guard<T>(action: impl FnOnce() -> Result<T, Refusal>) -> Result<T, End> {
    match panic::catch_unwind(AssertUnwindSafe(action)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Refusal(words))) => Err(End { kind: "refused", words }),
        Err(_) => Err(End { kind: "failed", words: LAST_PANIC.take() }),
    }
}

/// The snapshots that tokens name; the oldest are forgotten.
#[derive(Default)]
pub(crate) struct Snapshots {
    kept: VecDeque<Lane>,
    forgotten: u64,
}

impl Snapshots {
    /// Keeps a copy of each lane and returns their tokens.
    pub(crate) fn keep(&mut self, lanes: &[&Lane]) -> Result<Vec<Vec<u8>>, Refusal> {
        if lanes.len() > SNAPSHOTS_MAX {
            return Err(format!("at most {SNAPSHOTS_MAX} snapshots are kept").into());
        }
        if lanes.iter().any(|lane| lane.phase == Phase::Fresh) {
            return Err("no snapshot: a lane was not reset".into());
        }
        for lane in lanes {
            self.kept.push_back(lane.copy());
        }
        while self.kept.len() > SNAPSHOTS_MAX {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        let end = self.forgotten + self.kept.len() as u64;
        Ok((end - lanes.len() as u64..end).map(|token| token.to_le_bytes().to_vec()).collect())
    }

    /// Returns a lane that stands where the token was made.
    pub(crate) fn find(&self, token: &[u8]) -> Result<Lane, Refusal> {
        let number = token.try_into().map(u64::from_le_bytes);
        let place = number.ok().and_then(|number| number.checked_sub(self.forgotten));
        let lane = place.and_then(|place| self.kept.get(place as usize));
        lane.map(Lane::copy).ok_or_else(|| format!("no such snapshot: the last {SNAPSHOTS_MAX} are kept").into())
    }
}
