//! The smallest adapter: a counter that ends at ten, or beyond it in a panic.

use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, Step, Value, offer, serve};

#[derive(Clone)]
struct Counter {
    count: i64,
}

impl Environment for Counter {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(3)).field("obs", Field::int()).field("reward", Field::float())
    }

    fn new() -> Self {
        Counter { count: 0 }
    }

    fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
        println!("this print goes to standard error and breaks no frame");
        self.count = i64::try_from(seed).map_err(|_| "a count is below 2^63")?;
        step.put("obs", self.count);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let action = action.as_int().expect("actions are of the declared space");
        assert!(self.count <= 10, "a count of {}", self.count);
        self.count += action as i64;
        step.put("obs", self.count);
        step.put("reward", action as f64);
        step.put("terminated", self.count == 10);
        Ok(())
    }
}

fn main() {
    serve("counter", env!("CARGO_PKG_VERSION"), &[offer::<Counter>("counter")])
}
