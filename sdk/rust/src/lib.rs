//! Write an [equivcheck](https://pypi.org/project/equivcheck/) adapter in Rust.
//!
//! An adapter is a program that offers environments to the checker over its standard input and output, as
//! `docs/protocol.md` says. This crate speaks the protocol; an author writes an [`Environment`] and a `main`:
//!
//! ```no_run
//! use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, Step, Value, offer, serve};
//!
//! #[derive(Clone)]
//! struct Counter {
//!     count: i64,
//! }
//!
//! impl Environment for Counter {
//!     fn declaration() -> Declaration {
//!         Declaration::new(Space::discrete(3)).field("obs", Field::int()).field("reward", Field::float())
//!     }
//!
//!     fn new() -> Self {
//!         Counter { count: 0 }
//!     }
//!
//!     fn reset(&mut self, _seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
//!         self.count = 0;
//!         step.put("obs", self.count);
//!         Ok(())
//!     }
//!
//!     fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
//!         let action = action.as_int().expect("actions are of the declared space");
//!         self.count += action as i64;
//!         step.put("obs", self.count);
//!         step.put("reward", action as f64);
//!         step.put("terminated", self.count >= 10);
//!         Ok(())
//!     }
//! }
//!
//! fn main() {
//!     serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &[offer::<Counter>("counter")])
//! }
//! ```
//!
//! The SDK keeps lanes and snapshots, refuses illegal actions, turns panics into `failed`, draws the actions of `roll`,
//! and gathers Steps into columns without allocating per Step.

mod array;
mod column;
mod digest;
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
pub use environment::{Component, Declaration, Environment, Field, Offer, offer};
pub use put::Put;
pub use sampling::SplitMix64;
pub use space::Space;
pub use step::{Place, Step};
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
