//! Write an [equivcheck](https://pypi.org/project/equivcheck/) adapter in Rust.
//!
//! An adapter is a program that offers environments to the checker over its standard input and output, as
//! `docs/protocol.md` says. This crate speaks the protocol; you write an [`Environment`] and a `main`:
//!
//! ```no_run
//! use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, Step, Value, offer, serve};
//!
//! #[derive(Clone)]
//! struct Counter {
//!     count: i64,
//! }
//!
//! impl Counter {
//!     fn show(&self, step: &mut Step) {
//!         step.put("obs", self.count);
//!         step.put("terminated", self.count >= 10);
//!     }
//! }
//!
//! impl Environment for Counter {
//!     fn declaration() -> Declaration {
//!         Declaration::new(Space::discrete(3))
//!             .field("obs", Field::int())
//!             .field("reward", Field::float())
//!             .field("terminated", Field::bool())
//!     }
//!
//!     fn new() -> Self {
//!         Counter { count: 0 }
//!     }
//!
//!     fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
//!         self.count = (seed % 3) as i64;
//!         self.show(step);
//!         Ok(())
//!     }
//!
//!     fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
//!         let action = action.as_int().expect("actions are of the declared space");
//!         self.count += action as i64;
//!         self.show(step);
//!         step.put("reward", action as f64);
//!         Ok(())
//!     }
//! }
//!
//! fn main() {
//!     serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &[offer::<Counter>("counter")])
//! }
//! ```
//!
//! `equivcheck conform "stdio:target/release/mine"` then says whether the adapter is sound. `examples/counter.rs` is this
//! one with a state; `examples/noughts.rs` has agents, masks of legal actions, arrays of two dimensions and a component.
//!
//! # What a Step shows
//!
//! Each of `reset`, `step` and `load` puts what is then seen into its [`Step`], field by field. `obs`, `reward`,
//! `terminated`, `truncated`, `legal` and `state` have a meaning to the checker; any other name is compared as it stands.
//! Every leaf is declared, with its kind, dtype and shape:
//!
//! ```
//! # use equivcheck_sdk::{Array, Declaration, Field, Space, Step, Value};
//! # fn show(step: &mut Step) {
//! step.put("obs", [0.5_f32, -1.0]); // an array float32[2]
//! step.put("grid", &Array::new(&[2, 3], &[0_u8, 1, 2, 3, 4, 5])); // row by row
//! step.put("reward", 0.25_f32); // a scalar float travels as float64
//! step.put("legal", [true, false, true]); // which actions are allowed next
//! step.map("state", |state| {
//!     state.put("turn", 3);
//!     state.list("monsters", 2, |index, monster| monster.put("hp", 10 * index));
//! });
//! step.put("events", ["wind", "rain"]); // a list of texts; a `Vec<String>` is one as well
//! step.put("last", Value::List(vec![Value::Int(3)])); // any tree
//! # }
//! # fn declare() -> Declaration {
//! Declaration::new(Space::discrete(3))
//!     .field("obs", Field::array::<f32>(&[2]))
//!     .field("grid", Field::array::<u8>(&[2, 3]))
//!     .field("reward", Field::float())
//!     .field("legal", Field::array::<bool>(&[3]))
//!     .field("state.turn", Field::int())
//!     .field("state.monsters[*].hp", Field::int().optional()) // some Steps have no monster
//!     .field("events[*]", Field::text().optional()) // covers the empty list as well
//!     .field("last[0]", Field::int())
//! # }
//! ```
//!
//! With several agents ([`Declaration::for_agents`]) `obs`, `reward` and `legal` are maps of agent to value; the agents that
//! `legal` names are asked to act, and an action is a map of those.
//!
//! # State
//!
//! The more `state` holds, the sooner a difference is found. With `load` (say [`Declaration::loads`]) a check starts
//! anywhere, and shrinks what it finds: read the state with [`Value::int`], [`Value::array`] and their like, and change
//! nothing before all of it is read. A snapshot is a clone, and needs no code.
//!
//! # When something is wrong
//!
//! An `Err("why".into())` refuses: nothing has changed. A panic is reported as a crash with its place, and costs only its
//! lane; set `overflow-checks = true` in the release profile, so that an overflow is one. Prints go to standard error.
//!
//! Lanes, scripts, rolls, digests and blocks are the SDK's work; it refuses illegal actions and steps after the end, and
//! gathers Steps into columns without allocating for each.

mod array;
mod blocks;
mod column;
mod digest;
mod domain;
mod environment;
mod half;
mod lane;
mod limits;
mod path;
mod put;
mod request;
mod sampling;
mod session;
mod space;
mod step;
mod tape;
mod value;
mod wire;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

pub use array::{Array, Dtype, Element};
pub use domain::{Domain, Drawn};
pub use environment::{Component, Declaration, Environment, Field, Offer, offer};
pub use put::Put;
pub use sampling::SplitMix64;
pub use space::Space;
pub use step::{Place, Step};
pub use tape::Tape;
pub use value::{Refusal, Value};

use session::{Program, Session};
use wire::{Frame, Received};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod session_tests;

/// Answers requests from standard input on standard output until `close` or the end of the input, then ends the program.
///
/// From here on, whatever is printed goes to standard error. `name` and `version` are those of the program.
pub fn serve(name: &str, version: &str, offers: &[Offer]) -> ! {
    let served = take_output().and_then(|mut output| {
        lane::keep_panics();
        converse(Program { name, version, offers }, &mut io::stdin().lock(), &mut output)
    });
    match served {
        Ok(()) => std::process::exit(0),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("{name}: {error}");
            std::process::exit(1)
        }
    }
}

/// Returns a private duplicate of standard output, and points the public one at standard error.
fn take_output() -> io::Result<File> {
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(output))
}

fn converse(program: Program, input: &mut impl io::Read, output: &mut impl Write) -> io::Result<()> {
    let mut session = Session::new(program);
    let mut frame = Vec::new();
    while !session.closed {
        let mut sent = Ok(());
        let mut send = |answer: Frame| {
            if sent.is_ok() {
                sent = output.write_all(&answer.finish());
            }
        };
        match wire::read_frame(input, &mut frame)? {
            Received::End => return Ok(()),
            Received::Frame => match wire::decode_frame(&frame) {
                Ok(request) => session.answer(&request, &mut send),
                Err(words) => send(Frame::of_words("refused", &words)),
            },
            Received::Lost(words) => {
                send(Frame::of_words("refused", &words));
                session.closed = true;
            }
        }
        sent?;
    }
    Ok(())
}
