//! Acrobot: swing a two-link pendulum's tip above a line, with a torque of -1 (0), 0 (1) or +1 (2) on the middle joint.
//!
//! Source: Sutton 1996, "Generalization in Reinforcement Learning", with the equations of Sutton and Barto 1998,
//! "Reinforcement Learning", section 11.3 ("book" in gymnasium, not "nips"); the Runge-Kutta step and limits as in
//! gymnasium's Acrobot-v1, with its order of operations, which decides the last bit.

use std::f64::consts::PI;
use std::hint::black_box;

use equivcheck_sdk::SplitMix64;

use crate::control::{Task, uniform};

const GRAVITY: f64 = 9.8; // m/s^2. Source: Sutton and Barto 1998, section 11.3
const MASS_1: f64 = 1.0; // kg. Source: Sutton and Barto 1998, section 11.3
const MASS_2: f64 = 1.0; // kg. Source: Sutton and Barto 1998, section 11.3
const LENGTH_1: f64 = 1.0; // m. Source: Sutton and Barto 1998, section 11.3
const CENTRE_1: f64 = 0.5; // m, from joint to centre of mass. Source: Sutton and Barto 1998, section 11.3
const CENTRE_2: f64 = 0.5; // m, from joint to centre of mass. Source: Sutton and Barto 1998, section 11.3
const INERTIA_1: f64 = 1.0; // kg m^2. Source: Sutton and Barto 1998, section 11.3
const INERTIA_2: f64 = 1.0; // kg m^2. Source: Sutton and Barto 1998, section 11.3
const SPEED_1_MAX: f64 = 4.0 * PI; // rad/s. Source: Sutton and Barto 1998, section 11.3
const SPEED_2_MAX: f64 = 9.0 * PI; // rad/s. Source: Sutton and Barto 1998, section 11.3
const TORQUES: [f64; 3] = [-1.0, 0.0, 1.0]; // N m. Source: Sutton and Barto 1998, section 11.3
const STEP_S: f64 = 0.2; // Source: gymnasium, Acrobot-v1
const START_MAX: f64 = 0.1; // Source: gymnasium, Acrobot-v1, reset

#[derive(Clone)]
pub struct Acrobot;

impl Task<4, 6> for Acrobot {
    const COMPONENTS: [&'static str; 4] = ["theta1", "theta2", "dtheta1", "dtheta2"];
    const ACTION_COUNT: u32 = 3;
    const STEPS_MAX: u32 = 500; // Source: gymnasium, registration of Acrobot-v1
    const REWARD: f64 = -1.0; // Source: Sutton and Barto 1998, section 11.3
    const REWARD_TERMINAL: f64 = 0.0; // Source: gymnasium, Acrobot-v1

    fn start(rng: &mut SplitMix64) -> [f64; 4] {
        [(); 4].map(|()| uniform(rng, -START_MAX, START_MAX))
    }

    /// One classical Runge-Kutta step, then angles wrapped and speeds bounded.
    fn advance(vector: [f64; 4], action: u32) -> [f64; 4] {
        let torque = TORQUES[action as usize];
        let half_s = STEP_S / 2.0;
        let k1 = derivative(vector, torque);
        let k2 = derivative(along(vector, half_s, k1), torque);
        let k3 = derivative(along(vector, half_s, k2), torque);
        let k4 = derivative(along(vector, STEP_S, k3), torque);
        let mean = |i: usize| vector[i] + STEP_S / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        [
            wrap(mean(0)),
            wrap(mean(1)),
            mean(2).clamp(-SPEED_1_MAX, SPEED_1_MAX),
            mean(3).clamp(-SPEED_2_MAX, SPEED_2_MAX),
        ]
    }

    /// Cosine and sine of both angles, then both speeds.
    fn observe([theta1, theta2, dtheta1, dtheta2]: [f64; 4]) -> [f64; 6] {
        [theta1.cos(), theta1.sin(), theta2.cos(), theta2.sin(), dtheta1, dtheta2]
    }

    /// Whether the tip is above the line, one link's length over the upper joint.
    fn is_terminal([theta1, theta2, ..]: [f64; 4]) -> bool {
        -theta1.cos() - (theta2 + theta1).cos() > 1.0
    }
}

fn derivative([theta1, theta2, dtheta1, dtheta2]: [f64; 4], torque: f64) -> [f64; 4] {
    let d1 = MASS_1 * square(CENTRE_1)
        + MASS_2 * (square(LENGTH_1) + square(CENTRE_2) + 2.0 * LENGTH_1 * CENTRE_2 * theta2.cos())
        + INERTIA_1
        + INERTIA_2;
    let d2 = MASS_2 * (square(CENTRE_2) + LENGTH_1 * CENTRE_2 * theta2.cos()) + INERTIA_2;
    let phi2 = MASS_2 * CENTRE_2 * GRAVITY * (theta1 + theta2 - PI / 2.0).cos();
    let phi1 = -MASS_2 * LENGTH_1 * CENTRE_2 * square(dtheta2) * theta2.sin()
        - 2.0 * MASS_2 * LENGTH_1 * CENTRE_2 * dtheta2 * dtheta1 * theta2.sin()
        + (MASS_1 * CENTRE_1 + MASS_2 * LENGTH_1) * GRAVITY * (theta1 - PI / 2.0).cos()
        + phi2;
    let ddtheta2 = (torque + d2 / d1 * phi1 - MASS_2 * LENGTH_1 * CENTRE_2 * square(dtheta1) * theta2.sin() - phi2)
        / (MASS_2 * square(CENTRE_2) + INERTIA_2 - square(d2) / d1);
    let ddtheta1 = -(d2 * ddtheta2 + phi1) / d1;
    [dtheta1, dtheta2, ddtheta1, ddtheta2]
}

/// The square as C's `pow` rounds it, which in 1 of 1,200 cases is not as `x * x` is rounded.
///
/// The reference squares with `pow`; the compiler would replace it by a product if it could see the exponent.
fn square(x: f64) -> f64 {
    x.powf(black_box(2.0))
}

fn along(vector: [f64; 4], time_s: f64, slope: [f64; 4]) -> [f64; 4] {
    std::array::from_fn(|i| vector[i] + time_s * slope[i])
}

/// The angle turned by whole circles into [-pi, pi].
fn wrap(mut angle: f64) -> f64 {
    while angle > PI {
        angle -= 2.0 * PI;
    }
    while angle < -PI {
        angle += 2.0 * PI;
    }
    angle
}
