//! CartPole: balance a pole that is hinged to a cart, by pushing the cart left (0) or right (1).
//!
//! Source: Barto, Sutton and Anderson 1983, doi:10.1109/TSMC.1983.6313077, section IV; the equations without friction
//! as corrected in Florian 2007, "Correct equations for the dynamics of the cart-pole system"; limits and the Euler
//! step as in gymnasium's CartPole-v1, with its order of operations, which decides the last bit.

use std::f64::consts::PI;

use equivcheck_sdk::SplitMix64;

use crate::control::{Task, uniform};

const GRAVITY: f64 = 9.8; // m/s^2. Source: Barto 1983, appendix
const CART_MASS: f64 = 1.0; // kg. Source: Barto 1983, appendix
const POLE_MASS: f64 = 0.1; // kg. Source: Barto 1983, appendix
const TOTAL_MASS: f64 = POLE_MASS + CART_MASS;
const HALF_LENGTH: f64 = 0.5; // m, from the hinge to the pole's centre. Source: Barto 1983, appendix
const POLE_MASS_LENGTH: f64 = POLE_MASS * HALF_LENGTH;
const FORCE: f64 = 10.0; // N. Source: Barto 1983, appendix
const STEP_S: f64 = 0.02; // Source: Barto 1983, appendix
const X_MAX: f64 = 2.4; // m. Source: Barto 1983, section IV
const THETA_MAX: f64 = 12.0 * 2.0 * PI / 360.0; // rad: 12 degrees. Source: Barto 1983, section IV
const START_MAX: f64 = 0.05; // Source: gymnasium, CartPole-v1, reset

#[derive(Clone)]
pub struct CartPole;

impl Task<4, 4> for CartPole {
    const COMPONENTS: [&'static str; 4] = ["x", "x_dot", "theta", "theta_dot"];
    const ACTION_COUNT: u32 = 2;
    const STEPS_MAX: u32 = 500; // Source: gymnasium, registration of CartPole-v1
    const REWARD: f64 = 1.0; // Source: gymnasium, CartPole-v1
    const REWARD_TERMINAL: f64 = 1.0; // Source: gymnasium, CartPole-v1

    fn start(rng: &mut SplitMix64) -> [f64; 4] {
        [(); 4].map(|()| uniform(rng, -START_MAX, START_MAX))
    }

    /// One explicit Euler step.
    fn advance([x, x_dot, theta, theta_dot]: [f64; 4], action: u32) -> [f64; 4] {
        let force = if action == 1 { FORCE } else { -FORCE };
        let (cos_theta, sin_theta) = (theta.cos(), theta.sin());
        let push = (force + POLE_MASS_LENGTH * (theta_dot * theta_dot) * sin_theta) / TOTAL_MASS;
        let theta_acc = (GRAVITY * sin_theta - cos_theta * push)
            / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos_theta * cos_theta) / TOTAL_MASS));
        let x_acc = push - POLE_MASS_LENGTH * theta_acc * cos_theta / TOTAL_MASS;
        [x + STEP_S * x_dot, x_dot + STEP_S * x_acc, theta + STEP_S * theta_dot, theta_dot + STEP_S * theta_acc]
    }

    fn observe(vector: [f64; 4]) -> [f64; 4] {
        vector
    }

    /// Whether the cart left the track or the pole fell.
    fn is_terminal([x, _, theta, _]: [f64; 4]) -> bool {
        !(-X_MAX..=X_MAX).contains(&x) || !(-THETA_MAX..=THETA_MAX).contains(&theta)
    }
}
