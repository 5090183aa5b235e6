//! Noughts and crosses: two agents in turn, masks of legal actions, arrays of two dimensions, a state that can be loaded,
//! a component.

use equivcheck_sdk::{Array, Declaration, Environment, Field, Refusal, Space, Step, Value, offer, serve};

const AGENTS: [&str; 2] = ["crosses", "noughts"];
const LINES: [[usize; 3]; 8] = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];

/// A clone is a snapshot: it holds all that later steps depend on.
#[derive(Clone)]
struct Noughts {
    /// Row by row: 0 for an empty cell, else 1 or 2, the agent's number and one more.
    board: [i8; 9],
    mover: usize,
}

/// Returns the number of the agent that has a line, if one has.
fn winner(board: &[i8]) -> Option<usize> {
    let line =
        LINES.iter().find(|line| board[line[0]] != 0 && line.iter().all(|&cell| board[cell] == board[line[0]]))?;
    Some(board[line[0]] as usize - 1)
}

impl Noughts {
    fn is_over(&self) -> bool {
        winner(&self.board).is_some() || !self.board.contains(&0)
    }

    /// Shows what reset, step and load have in common.
    fn show(&self, step: &mut Step) {
        // Each agent sees its own counters and the other's: an array float32[2, 3, 3].
        step.map("obs", |obs| {
            for (own, agent) in AGENTS.iter().enumerate() {
                let planes =
                    [own, 1 - own].into_iter().flat_map(|player| self.board.map(|cell| cell == player as i8 + 1));
                let planes: Vec<f32> = planes.map(|is_there| if is_there { 1.0 } else { 0.0 }).collect();
                obs.put(agent, &Array::new(&[2, 3, 3], &planes));
            }
        });
        step.put("terminated", self.is_over());
        // The agents that `legal` names are asked to act: here one, and at the end none.
        step.map("legal", |legal| {
            if !self.is_over() {
                legal.put(AGENTS[self.mover], self.board.map(|cell| cell == 0));
            }
        });
        step.map("state", |state| {
            state.put("board", &Array::new(&[3, 3], &self.board));
            state.put("mover", AGENTS[self.mover]);
        });
    }
}

impl Environment for Noughts {
    fn declaration() -> Declaration {
        Declaration::for_agents(&AGENTS.map(|agent| (agent, Space::discrete(9))))
            .field("obs", Field::array::<f32>(&[2, 3, 3])) // of every agent
            .field("reward", Field::float())
            .field("terminated", Field::bool())
            .field("legal", Field::array::<bool>(&[9]).optional()) // not of every agent in every Step
            .field("state.board", Field::array::<i8>(&[3, 3]))
            .field("state.mover", Field::text())
            .loads()
            .component("winner", |arguments| match arguments {
                [Value::Array(board)] if board.shape() == [3, 3] => {
                    let board: Vec<i8> = board.elements().ok_or("the board is an array of int8")?;
                    Ok(winner(&board).map_or(Value::Nil, |agent| Value::Text(AGENTS[agent].into())))
                }
                _ => Err("`winner` takes a board".into()),
            })
    }

    fn new() -> Self {
        Noughts { board: [0; 9], mover: 0 }
    }

    /// The seed says who begins.
    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal> {
        if *options != Value::Map(vec![]) {
            return Err("there are no options".into());
        }
        *self = Noughts { board: [0; 9], mover: (seed % 2) as usize };
        self.show(step);
        Ok(())
    }

    /// With agents an action is a map of those asked to act; the SDK has found each legal.
    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let cell: usize = action.int(AGENTS[self.mover])?;
        self.board[cell] = self.mover as i8 + 1;
        self.mover = 1 - self.mover;
        self.show(step);
        step.map("reward", |reward| {
            for (agent, name) in AGENTS.iter().enumerate() {
                reward.put(name, winner(&self.board).map_or(0.0, |winner| if winner == agent { 1.0 } else { -1.0 }));
            }
        });
        Ok(())
    }

    /// All is read before anything is changed, so that a state which is refused leaves the game as it was.
    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        let cells: Vec<i8> = state.array("board", &[3, 3])?;
        let mover = AGENTS.iter().position(|agent| state.text("mover") == Ok(agent)).ok_or("`mover` is no agent")?;
        if cells.iter().any(|cell| !(0..=2).contains(cell)) {
            return Err("a cell of `board` is 0, 1 or 2".into());
        }
        *self = Noughts { board: cells.try_into().expect("nine cells"), mover };
        self.show(step);
        Ok(())
    }
}

fn main() {
    serve("noughts", env!("CARGO_PKG_VERSION"), &[offer::<Noughts>("noughts")])
}
