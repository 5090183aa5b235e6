//! Highcard: a seeded card game for two players, p1 and p2; adapters/python_ref/highcard.py is its definition.

use equivcheck_sdk::{Declaration, Environment, Field, Refusal, Space, Step, Value};

use crate::control::{read_count, refuse_options, refuse_other_keys};

const AGENTS: [&str; 2] = ["p1", "p2"];
// Source of both: Knuth, The Art of Computer Programming 2, section 3.3.4, table 1, line 26; MMIX's increment.
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;
// Source of the rest: adapters/python_ref/highcard.py, which defines the game.
const RANKS: i8 = 8;
const DECK: usize = 16;
const HAND: usize = 4;
const PASS: usize = 4;
const PASSES: i64 = 2;
const SCORE_END: i64 = 12;
const TURNS_MAX: i64 = 40;
const SCORE_MAX: i64 = 127;
const NONE: i8 = -1;

/// One game.
#[derive(Clone)]
pub struct HighCard {
    rng: u64,
    deck: Vec<i8>,
    players: [Player; 2],
    turn: i64,
}

#[derive(Clone, Default)]
struct Player {
    hand: [i8; HAND],
    score: i64,
    passes: i64,
}

impl Player {
    fn mask(&self) -> [bool; HAND + 1] {
        std::array::from_fn(|slot| if slot == PASS { self.passes > 0 } else { self.hand[slot] != NONE })
    }

    fn may_act(&self) -> bool {
        self.mask().contains(&true)
    }
}

impl HighCard {
    fn advance(&mut self) -> u64 {
        self.rng = self.rng.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        self.rng >> 32
    }

    fn draw(&mut self) -> i8 {
        let index = (self.advance() * self.deck.len() as u64) >> 32;
        self.deck.remove(index as usize)
    }

    fn is_terminated(&self) -> bool {
        let decided = self.players.iter().any(|player| player.score >= SCORE_END);
        let empty = self.deck.is_empty() && self.players.iter().all(|player| player.hand == [NONE; HAND]);
        decided || empty || !self.players.iter().any(Player::may_act)
    }

    /// The points of both players for two ranks; a tie of two cards draws.
    fn resolve(&mut self, [first, second]: [i8; 2]) -> [i64; 2] {
        if first == second {
            return match first {
                NONE => [0, 0],
                _ if self.advance() >> 31 == 1 => [0, 1],
                _ => [1, 0],
            };
        }
        let loser = first.min(second);
        let alike = loser != NONE && (first - second) % 2 == 0;
        let points = 1 + if alike { i64::from(loser) } else { 0 };
        if first > second { [points, 0] } else { [0, points] }
    }

    fn show(&self, step: &mut Step) {
        let terminated = self.is_terminated();
        let truncated = self.turn >= TURNS_MAX && !terminated;
        step.map("obs", |obs| {
            for (seat, agent) in AGENTS.into_iter().enumerate() {
                obs.put(agent, self.observe(seat));
            }
        });
        step.put("terminated", terminated);
        step.put("truncated", truncated);
        step.map("legal", |legal| {
            for (agent, player) in AGENTS.into_iter().zip(&self.players) {
                if player.may_act() && !terminated && !truncated {
                    legal.put(agent, player.mask());
                }
            }
        });
        step.map("state", |state| self.show_state(state));
    }

    fn show_state(&self, state: &mut Step) {
        let mut deck = [NONE; DECK];
        deck[..self.deck.len()].copy_from_slice(&self.deck);
        state.put("rng", self.rng);
        state.put("deck", deck);
        let seats = || AGENTS.into_iter().zip(&self.players);
        state.map("hands", |hands| seats().for_each(|(agent, player)| hands.put(agent, player.hand)));
        state.map("scores", |scores| seats().for_each(|(agent, player)| scores.put(agent, player.score)));
        state.map("passes", |passes| seats().for_each(|(agent, player)| passes.put(agent, player.passes)));
        state.put("turn", self.turn);
    }

    fn observe(&self, seat: usize) -> [i8; 10] {
        let (own, other) = (&self.players[seat], &self.players[1 - seat]);
        let tail = [own.score, other.score, self.deck.len() as i64, own.passes, other.passes, self.turn];
        std::array::from_fn(|index| match index.checked_sub(HAND) {
            None => own.hand[index],
            Some(index) => i8::try_from(tail[index]).expect("scores and turns stay below 128"),
        })
    }
}

impl Environment for HighCard {
    fn declaration() -> Declaration {
        let actions = Space::discrete(HAND as u32 + 1);
        let declaration = Declaration::for_agents(&AGENTS.map(|agent| (agent, actions.clone())))
            .loads()
            .field("terminated", Field::bool())
            .field("truncated", Field::bool())
            .field("legal", Field::array::<bool>(&[HAND as u32 + 1]).optional())
            .field("state.rng", Field::int())
            .field("state.deck", Field::array::<i8>(&[DECK as u32]))
            .field("state.turn", Field::int());
        AGENTS.into_iter().fold(declaration, |known, agent| {
            known
                .field(&format!("obs.{agent}"), Field::array::<i8>(&[10]))
                .field(&format!("reward.{agent}"), Field::float())
                .field(&format!("state.hands.{agent}"), Field::array::<i8>(&[HAND as u32]))
                .field(&format!("state.scores.{agent}"), Field::int())
                .field(&format!("state.passes.{agent}"), Field::int())
        })
    }

    fn new() -> Self {
        HighCard { rng: 0, deck: Vec::new(), players: Default::default(), turn: 0 }
    }

    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal> {
        refuse_options(options)?;
        self.rng = seed;
        self.advance();
        self.deck = (0..RANKS).flat_map(|rank| [rank, rank]).collect();
        self.players = [(); 2].map(|()| Player { hand: [NONE; HAND], score: 0, passes: PASSES });
        for slot in 0..HAND {
            for seat in 0..2 {
                self.players[seat].hand[slot] = self.draw();
            }
        }
        self.turn = 0;
        self.show(step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let chosen = AGENTS.map(|agent| action.find(agent).and_then(Value::as_int).map(|slot| slot as usize));
        let mut played = [NONE; 2];
        for (seat, player) in self.players.iter_mut().enumerate() {
            match chosen[seat] {
                Some(PASS) => player.passes -= 1,
                Some(slot) => played[seat] = std::mem::replace(&mut player.hand[slot], NONE),
                None => {}
            }
        }
        let points = self.resolve(played);
        for seat in 0..2 {
            self.players[seat].score += points[seat];
            if let Some(slot) = chosen[seat].filter(|&slot| slot != PASS && !self.deck.is_empty()) {
                self.players[seat].hand[slot] = self.draw();
            }
        }
        self.turn += 1;
        self.show(step);
        step.map("reward", |reward| {
            reward.put("p1", (points[0] - points[1]) as f64);
            reward.put("p2", (points[1] - points[0]) as f64);
        });
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        refuse_other_keys("state", state, &["rng", "deck", "hands", "scores", "passes", "turn"])?;
        let rng = read_count(state, "rng", u64::MAX)?;
        let mut deck = read_cards(state, "deck", DECK)?;
        let left = deck.iter().position(|&card| card == NONE).unwrap_or(DECK);
        if deck.drain(left..).any(|card| card != NONE) {
            return Err("state.deck has a gap: -1 comes only after the last card".into());
        }
        let mut players: [Player; 2] = Default::default();
        for key in ["hands", "scores", "passes"] {
            refuse_other_keys(key, state.get(key)?, &AGENTS)?;
        }
        for (agent, player) in AGENTS.into_iter().zip(&mut players) {
            let cards = read_cards(state.get("hands")?, agent, HAND)?;
            player.hand.copy_from_slice(&cards);
            player.score = read_count(state.get("scores")?, agent, SCORE_MAX as u64)? as i64;
            player.passes = read_count(state.get("passes")?, agent, PASSES as u64)? as i64;
        }
        let turn = read_count(state, "turn", TURNS_MAX as u64)? as i64;
        *self = HighCard { rng, deck, players, turn };
        self.show(step);
        Ok(())
    }
}

/// Returns the cards under `key`: ranks, or -1 for none.
fn read_cards(map: &Value, key: &str, count: usize) -> Result<Vec<i8>, Refusal> {
    let cards: Vec<i8> = map.array(key, &[count as u32])?;
    let all = cards.iter().all(|card| (NONE..RANKS).contains(card));
    if all { Ok(cards) } else { Err(format!("{key} holds ranks 0 to {}, or -1 for none", RANKS - 1).into()) }
}
