//! Episodes of a classic-control task: seeds, the step limit and loading, around the equations of one task.
//!
//! The start is drawn by SplitMix64 with state = seed; `rng` in the state is the generator's state after that.
//! `terminated` and `truncated` are functions of the state, so that a loaded state may have ended already.

use std::marker::PhantomData;

use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, SplitMix64, Step, Value};

const COMPONENT_MAX: f64 = 1e6;

/// The equations of one task over a vector of N named components, seen as M numbers.
pub trait Task<const N: usize, const M: usize>: Clone + 'static {
    const COMPONENTS: [&'static str; N];
    const ACTION_COUNT: u32;
    const STEPS_MAX: u32;
    const REWARD: f64;
    const REWARD_TERMINAL: f64;

    fn start(rng: &mut SplitMix64) -> [f64; N];
    fn advance(vector: [f64; N], action: u32) -> [f64; N];
    fn observe(vector: [f64; N]) -> [f64; M];
    fn is_terminal(vector: [f64; N]) -> bool;
}

/// One instance of a task.
#[derive(Clone)]
pub struct Control<T, const N: usize, const M: usize> {
    vector: [f64; N],
    elapsed: u32,
    rng: u64,
    task: PhantomData<T>,
}

impl<T: Task<N, M>, const N: usize, const M: usize> Control<T, N, M> {
    fn show(&self, step: &mut Step) {
        step.put("obs", T::observe(self.vector).map(|number| number as f32));
        step.put("terminated", T::is_terminal(self.vector));
        step.put("truncated", self.elapsed >= T::STEPS_MAX);
        step.map("state", |state| {
            for (name, component) in T::COMPONENTS.into_iter().zip(self.vector) {
                state.put(name, component);
            }
            state.put("elapsed", self.elapsed);
            state.put("rng", self.rng);
        });
    }
}

impl<T: Task<N, M>, const N: usize, const M: usize> Environment for Control<T, N, M> {
    fn declaration() -> Declaration {
        let components = T::COMPONENTS.into_iter();
        let declaration = Declaration::new(Space::discrete(T::ACTION_COUNT))
            .loads()
            .field("obs", Field::array::<f32>(&[M as u32]))
            .field("reward", Field::float())
            .field("terminated", Field::bool())
            .field("truncated", Field::bool())
            .field("state.elapsed", Field::int())
            .field("state.rng", Field::int());
        components.fold(declaration, |known, name| known.field(&format!("state.{name}"), Field::float()))
    }

    fn new() -> Self {
        Control { vector: [0.0; N], elapsed: 0, rng: 0, task: PhantomData }
    }

    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal> {
        refuse_options(options)?;
        let mut rng = SplitMix64::new(seed);
        self.vector = T::start(&mut rng);
        (self.elapsed, self.rng) = (0, rng.state);
        self.show(step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let action = action.as_int().expect("the action is in the space");
        self.vector = T::advance(self.vector, action as u32);
        self.elapsed += 1;
        self.show(step);
        step.put("reward", if T::is_terminal(self.vector) { T::REWARD_TERMINAL } else { T::REWARD });
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        refuse_other_keys("state", state, &[T::COMPONENTS.as_slice(), &["elapsed", "rng"]].concat())?;
        let mut vector = [0.0; N];
        for (name, component) in T::COMPONENTS.into_iter().zip(&mut vector) {
            *component = read_component(name, state.get(name)?)?;
        }
        let elapsed = read_count(state, "elapsed", T::STEPS_MAX.into())? as u32;
        let rng = read_count(state, "rng", u64::MAX)?;
        (self.vector, self.elapsed, self.rng) = (vector, elapsed, rng);
        self.show(step);
        Ok(())
    }
}

/// Returns one draw from [low, high).
pub fn uniform(rng: &mut SplitMix64, low: f64, high: f64) -> f64 {
    low + rng.unit() * (high - low)
}

/// Refuses options, which no environment here has.
pub fn refuse_options(options: &Value) -> Result<(), Refusal> {
    let none = *options == Value::Map(Vec::new());
    if none { Ok(()) } else { Err(format!("there are no options, not even {options}").into()) }
}

/// Refuses what is no map of exactly these keys.
pub fn refuse_other_keys(name: &str, value: &Value, keys: &[&str]) -> Result<(), Refusal> {
    let fits = match value {
        Value::Map(pairs) => pairs.len() == keys.len() && keys.iter().all(|key| value.find(key).is_some()),
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("{name} has exactly the keys {}", keys.join(", ")).into()) }
}

/// Returns the int from 0 to `most` under `key`.
pub fn read_count(map: &Value, key: &str, most: u64) -> Result<u64, Refusal> {
    let count = map.get(key)?.as_int().and_then(|count| u64::try_from(count).ok());
    count.filter(|&count| count <= most).ok_or_else(|| {
        let found = map.find(key).map(Value::to_string).unwrap_or_default();
        format!("{key} is an int from 0 to {most}, not {found}").into()
    })
}

fn read_component(name: &str, value: &Value) -> Result<f64, Refusal> {
    let number = match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    };
    let number = number.filter(|number| number.abs() <= COMPONENT_MAX);
    number.ok_or_else(|| format!("state.{name} is a number of at most {COMPONENT_MAX:e} in size, not {value}").into())
}
