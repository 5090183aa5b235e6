//! The reference environments in Rust, as an adapter program.

mod acrobot;
mod cartpole;
mod control;
mod highcard;
mod mountaincar;

use equivcheck_sdk::{offer, serve};

fn main() {
    serve(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        &[
            offer::<control::Control<cartpole::CartPole, 4, 4>>("cartpole"),
            offer::<control::Control<mountaincar::MountainCar, 2, 2>>("mountaincar"),
            offer::<control::Control<acrobot::Acrobot, 4, 6>>("acrobot"),
            offer::<highcard::HighCard>("highcard"),
        ],
    )
}
