//! A game of dice and cards that draws by a tape: another side can draw the same, and tells what it could have drawn.

use equivcheck_sdk::{
    Array, Declaration, Domain, Environment, Field, Refusal, Space, SplitMix64, Step, Tape, Value, offer, serve,
};

const LUCK: [f64; 2] = [0.75, 0.25];
const ROLL: i128 = 0;

/// Roll two dice as often as you dare, a one takes all; or put what you have into the bank, with what a card says.
#[derive(Clone)]
struct Pig {
    bank: i64,
    total: i64,
    turn: i64,
    left: usize,
    deck: [i64; 4],
    rng: SplitMix64,
    tape: Tape,
}

impl Pig {
    fn roll(&mut self) {
        let dice = [0, 1].map(|die| -> i64 {
            self.tape.draw("Pig.roll", die, Domain::integers(1, 7), || 1 + self.rng.below(6) as i64)
        });
        self.total = if dice.contains(&1) { 0 } else { self.total + dice[0] + dice[1] };
    }

    fn keep(&mut self) {
        if self.left == 0 {
            self.deck = self.tape.draw("Pig.keep", "deck", Domain::permutation(4), || shuffled(&mut self.rng));
            self.left = 4;
        }
        self.left -= 1;
        let card = self.deck[self.left];
        let luck: i64 = self.tape.draw("Pig.keep", card, Domain::choice(&LUCK), || (self.rng.unit() >= LUCK[0]) as i64);
        self.bank += self.total + card * luck;
        self.total = 0;
    }

    fn show(&self, step: &mut Step) {
        step.put("obs", [self.bank as i32, self.total as i32]);
        step.put("terminated", self.bank >= 40);
        step.put("truncated", self.turn >= 40);
        step.map("state", |state| {
            state.put("bank", self.bank);
            state.put("total", self.total);
            state.put("turn", self.turn);
            state.put("left", self.left);
            state.put("deck", &Array::new(&[4], &self.deck));
        });
    }
}

fn shuffled(rng: &mut SplitMix64) -> [i64; 4] {
    let mut deck = [0, 1, 2, 3];
    for at in (1..4).rev() {
        deck.swap(at, rng.below(at as u64 + 1) as usize);
    }
    deck
}

impl Environment for Pig {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(2))
            .field("obs", Field::array::<i32>(&[2]))
            .field("reward", Field::float())
            .field("terminated", Field::bool())
            .field("truncated", Field::bool())
            .field("state", Field::int())
            .field("state.deck", Field::array::<i64>(&[4]))
            .loads()
    }

    fn new() -> Self {
        let (rng, tape) = (SplitMix64::new(0), Tape::default());
        Pig { bank: 0, total: 0, turn: 0, left: 0, deck: [0, 1, 2, 3], rng, tape }
    }

    fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
        // Not what the same game in JavaScript draws from: the two agree by what is drawn alone.
        *self = Pig { rng: SplitMix64::new(!seed), ..Pig::new() };
        self.show(step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.turn += 1;
        if action.as_int() == Some(ROLL) {
            self.roll();
        } else {
            self.keep();
        }
        let high = (self.bank + 1) as f64;
        let within = [("low", Value::Float(0.0)), ("high", Value::Float(high))];
        let tip: f64 =
            self.tape.draw("Pig.step", "", Domain::distribution("uniform", &within), || self.rng.unit() * high);
        step.put("reward", tip);
        self.show(step);
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        let deck: Vec<i64> = state.array("deck", &[4])?;
        let (bank, total) = (state.int("bank")?, state.int("total")?);
        let (turn, left) = (state.int("turn")?, state.int("left")?);
        if left > 4 || deck.iter().any(|card| !(0..4).contains(card)) {
            return Err("a deck has at most four cards, 0 to 3".into());
        }
        let deck = deck.try_into().expect("four cards");
        (self.bank, self.total, self.turn, self.left, self.deck) = (bank, total, turn, left, deck);
        self.show(step);
        Ok(())
    }

    fn tape(&mut self) -> Option<&mut Tape> {
        Some(&mut self.tape)
    }
}

fn main() {
    serve("pig", env!("CARGO_PKG_VERSION"), &[offer::<Pig>("pig")])
}
