//! The smallest adapter: a counter that begins at 0 to 2 and ends at ten.

use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, Step, Value, offer, serve};

#[derive(Clone)]
struct Counter {
    count: i64,
}

impl Counter {
    fn show(&self, step: &mut Step) {
        step.put("obs", self.count);
        step.put("terminated", self.count >= 10);
        step.map("state", |state| state.put("count", self.count));
    }
}

impl Environment for Counter {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(3))
            .field("obs", Field::int())
            .field("reward", Field::float())
            .field("terminated", Field::bool())
            .field("state.count", Field::int())
            .loads()
    }

    fn new() -> Self {
        Counter { count: 0 }
    }

    fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
        println!("this print goes to standard error and breaks no frame");
        self.count = (seed % 3) as i64;
        self.show(step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let action = action.as_int().expect("actions are of the declared space");
        self.count += action as i64;
        self.show(step);
        step.put("reward", action as f64);
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.count = state.int("count")?;
        self.show(step);
        Ok(())
    }
}

fn main() {
    serve("counter", env!("CARGO_PKG_VERSION"), &[offer::<Counter>("counter")])
}
