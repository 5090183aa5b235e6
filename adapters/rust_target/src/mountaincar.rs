//! MountainCar: rock a weak car out of a valley, pushing left (0), not at all (1) or right (2).
//!
//! Source: Moore 1990, "Efficient Memory-based Learning for Robot Control", chapter 4; equations and bounds as in
//! Sutton and Barto 2018, "Reinforcement Learning", example 10.1; the goal's speed and the step limit as in gymnasium's
//! MountainCar-v0, with its order of operations, which decides the last bit.

use equivcheck_sdk::SplitMix64;

use crate::control::{Task, uniform};

const POSITION_MIN: f64 = -1.2; // Source: Sutton and Barto 2018, example 10.1
const POSITION_MAX: f64 = 0.6; // Source: gymnasium, MountainCar-v0
const SPEED_MAX: f64 = 0.07; // Source: Sutton and Barto 2018, example 10.1
const GOAL_POSITION: f64 = 0.5; // Source: Sutton and Barto 2018, example 10.1
const GOAL_VELOCITY: f64 = 0.0; // Source: gymnasium, MountainCar-v0
const FORCE: f64 = 0.001; // Source: Sutton and Barto 2018, example 10.1
const GRAVITY: f64 = 0.0025; // Source: Sutton and Barto 2018, example 10.1
const START_MIN: f64 = -0.6; // Source: Sutton and Barto 2018, example 10.1
const START_MAX: f64 = -0.4; // Source: Sutton and Barto 2018, example 10.1

#[derive(Clone)]
pub struct MountainCar;

impl Task<2, 2> for MountainCar {
    const COMPONENTS: [&'static str; 2] = ["position", "velocity"];
    const ACTION_COUNT: u32 = 3;
    const STEPS_MAX: u32 = 200; // Source: gymnasium, registration of MountainCar-v0
    const REWARD: f64 = -1.0; // Source: Sutton and Barto 2018, example 10.1
    const REWARD_TERMINAL: f64 = -1.0; // Source: gymnasium, MountainCar-v0

    /// A position drawn, and the velocity 0, which is not.
    fn start(rng: &mut SplitMix64) -> [f64; 2] {
        [uniform(rng, START_MIN, START_MAX), 0.0]
    }

    /// One step; the left wall stops the car.
    fn advance([position, velocity]: [f64; 2], action: u32) -> [f64; 2] {
        let push = (f64::from(action) - 1.0) * FORCE;
        let velocity = velocity + (push + (3.0 * position).cos() * -GRAVITY);
        let velocity = velocity.clamp(-SPEED_MAX, SPEED_MAX);
        let position = (position + velocity).clamp(POSITION_MIN, POSITION_MAX);
        let stopped = position == POSITION_MIN && velocity < 0.0;
        [position, if stopped { 0.0 } else { velocity }]
    }

    fn observe(vector: [f64; 2]) -> [f64; 2] {
        vector
    }

    /// Whether the car is at the goal and does not roll back.
    fn is_terminal([position, velocity]: [f64; 2]) -> bool {
        position >= GOAL_POSITION && velocity >= GOAL_VELOCITY
    }
}
