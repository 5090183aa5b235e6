//! Tapes: what an environment draws, recorded; or answered by what another has drawn.

use std::collections::VecDeque;
use std::fmt::Display;

use crate::domain::{Domain, Drawn, Told};
use crate::step::Step;
use crate::value::Value;

/// The draws of one environment, which gives it by [`Environment::tape`](crate::Environment::tape): in a check the SDK says what it is to
/// draw, and shows what it drew as the Step's `draws`.
///
/// Anywhere else, as in production, it does nothing: a draw is what `make` makes.
///
/// ```
/// use equivcheck_sdk::{Domain, SplitMix64, Tape, Value};
///
/// let (mut tape, mut rng) = (Tape::default(), SplitMix64::new(7));
/// let die: u64 = tape.draw("Game.roll", "red", Domain::integers(1, 7), || 1 + rng.below(6));
/// let card: usize = tape.draw("Game.deal", "", Domain::choice(&[0.75, 0.25]), || (rng.unit() >= 0.75) as usize);
/// let within = [("low", Value::Float(-1.0)), ("high", Value::Float(1.0))];
/// let wind: f64 = tape.draw("Game.blow", "", Domain::distribution("uniform", &within), || 2.0 * rng.unit() - 1.0);
/// # assert!((1..7).contains(&die) && card < 2 && wind.abs() <= 1.0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// `None` where nobody feeds it.
    fed: Option<Fed>,
}

#[derive(Clone, Debug)]
struct Fed {
    /// What is left to draw; `None` where the environment draws by itself.
    given: Option<VecDeque<Given>>,
    made: Vec<Record>,
}

/// A record as it came over the wire; its domain is another side's.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) site: String,
    pub(crate) key: String,
    pub(crate) value: Value,
}

impl Tape {
    /// Returns one drawn value: what the tape has next for the site and key where the domain holds it, else what `make` makes. `site` says
    /// where it is drawn, such as `Cave.step`, and `key` whom it concerns, `""` where that says nothing.
    ///
    /// # Panics
    /// In a check, where what was made is not of the domain's shape.
    pub fn draw<T: Drawn>(&mut self, site: &str, key: impl Display, domain: Domain, make: impl FnOnce() -> T) -> T {
        let Some(fed) = &mut self.fed else {
            return make();
        };
        let key = key.to_string();
        let given = fed.next(site, &key).filter(|given| domain.holds(given));
        let (value, told) = match given.and_then(|given| Some((T::from_value(&given)?, given))) {
            Some(drawn) => drawn,
            None => {
                let value = make();
                let told = value.to_value(&domain.shape());
                (value, told)
            }
        };
        fed.made.push(Record { site: site.to_owned(), key, domain: domain.told(), value: told });
        value
    }

    /// Answers the draws to come by these records, and forgets what was before; `None`: the environment draws by itself.
    pub(crate) fn feed(&mut self, records: Option<&[Given]>) {
        self.fed = Some(Fed { given: records.map(|records| records.iter().cloned().collect()), made: Vec::new() });
    }

    /// Shows what was drawn since the last time.
    pub(crate) fn show(&mut self, step: &mut Step) {
        if let Some(fed) = &mut self.fed {
            step.list("draws", fed.made.len(), |index, step| fed.made[index].put(step));
            fed.made.clear();
        }
    }
}

/// One draw that was made.
#[derive(Clone, Debug)]
struct Record {
    site: String,
    key: String,
    domain: Told,
    value: Value,
}

impl Record {
    fn put(&self, step: &mut Step) {
        step.put("site", &self.site);
        step.put("key", &self.key);
        step.map("domain", |step| self.domain.put(step));
        step.put("value", &self.value);
    }
}

impl Fed {
    fn next(&mut self, site: &str, key: &str) -> Option<Value> {
        let given = self.given.as_mut()?;
        let place = given.iter().position(|given| given.site == site && given.key == key)?;
        given.remove(place).map(|given| given.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    fn given(site: &str, key: &str, value: Value) -> Given {
        Given { site: site.into(), key: key.into(), value }
    }

    fn fed(records: &[Given]) -> Tape {
        let mut tape = Tape::default();
        tape.feed(Some(records));
        tape
    }

    fn made(tape: &mut Tape) -> Vec<Value> {
        let mut step = Step::new(false);
        step.begin(false);
        tape.show(&mut step);
        let Some(Value::List(made)) = step.field("draws") else { panic!("draws are a list") };
        made
    }

    fn ints(numbers: &[i64]) -> Value {
        Value::Array(Array::new(&[numbers.len() as u32], numbers))
    }

    #[test]
    fn without_anybody_to_feed_it_a_tape_is_what_is_made() {
        let mut tape = Tape::default();
        assert_eq!(tape.draw("roll", 0, Domain::permutation(9), || 5), 5);
        assert!(tape.fed.is_none());
    }

    #[test]
    fn what_is_drawn_is_recorded_with_its_domain() {
        let mut tape = Tape::default();
        tape.feed(None);
        let law = [("n", Value::Int(5)), ("p", Value::Float(0.5))];
        tape.draw("roll", 3, Domain::integers(1, 7), || 6u8);
        tape.draw("pick", "", Domain::choice(&[0.25, 0.75]), || 1usize);
        tape.draw("order", "", Domain::permutation(3), || [2u32, 0, 1]);
        tape.draw("heads", "", Domain::distribution("binomial", &law), || 3i64);
        tape.draw("grid", "", Domain::integers(0, 9).sized(&[2, 2]), || vec![1, 2, 3, 4]);
        tape.draw("winds", "", Domain::distribution("normal", &[]).sized(&[2]), || [0.5f32, 1.0]);
        let shown: Vec<String> = made(&mut tape).iter().map(Value::to_string).collect();
        let record = |site: &str, key: &str, domain: &str, value: &str| {
            format!(r#"{{"site": "{site}", "key": "{key}", "domain": {domain}, "value": {value}}}"#)
        };
        let wanted = [
            record("roll", "3", r#"{"kind": "integers", "low": 1, "high": 7}"#, "6"),
            record("pick", "", r#"{"kind": "choice", "p": float64[2] [0.25, 0.75]}"#, "1"),
            record("order", "", r#"{"kind": "permutation", "n": 3}"#, "int64[3] [2.0, 0.0, 1.0]"),
            record("heads", "", r#"{"kind": "binomial", "n": 5, "p": 0.5}"#, "3"),
            record(
                "grid",
                "",
                r#"{"kind": "integers", "low": 0, "high": 9, "size": [2, 2]}"#,
                "int64[2, 2] [1.0, 2.0, 3.0, 4.0]",
            ),
            record("winds", "", r#"{"kind": "normal", "size": [2]}"#, "float64[2] [0.5, 1.0]"),
        ];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn what_the_tape_has_for_a_site_and_key_is_drawn_in_its_order_and_the_rest_by_oneself() {
        let value = Value::Int;
        let mut tape = fed(&[given("roll", "a", value(5)), given("roll", "b", value(2)), given("roll", "a", value(6))]);
        let drawn = ["b", "a", "a", "a"].map(|key| tape.draw("roll", key, Domain::integers(1, 7), || 1));
        assert_eq!(drawn, [2, 5, 6, 1]);
        assert_eq!(made(&mut tape).len(), 4);
    }

    #[test]
    fn what_was_recorded_is_drawn_as_the_environment_has_it() {
        let mut tape = fed(&[given("s", "", ints(&[2, 0, 1])), given("s", "", ints(&[2, 0, 1]))]);
        assert_eq!(tape.draw("s", "", Domain::permutation(3), || [0usize; 3]), [2, 0, 1]);
        assert_eq!(tape.draw("s", "", Domain::integers(0, 3).sized(&[3]), || vec![0u8; 3]), [2, 0, 1]);
        let mut tape = fed(&[given("s", "", Value::Int((u64::MAX - 1).into())), given("s", "", Value::Float(0.1))]);
        assert_eq!(tape.draw("s", "", Domain::integers(0, u64::MAX), || 0u64), u64::MAX - 1);
        assert_eq!(tape.draw("s", "", Domain::distribution("normal", &[]), || 0f32), 0.1);
        assert_eq!(made(&mut tape)[1].float("value"), Ok(0.1));
    }

    #[test]
    fn what_the_own_domain_does_not_hold_is_not_drawn() {
        let wrong = [Value::Int(9), Value::Int(-1), Value::Float(1.0), ints(&[1]), Value::Text("1".into())];
        for value in wrong {
            let mut tape = fed(&[given("s", "", value)]);
            assert_eq!(tape.draw("s", "", Domain::integers(0, 9), || 4), 4);
        }
        let mut tape = fed(&[given("s", "", Value::Int(1)), given("s", "", Value::Int(3))]);
        let odds = Domain::choice(&[0.5, 0.0, 0.5]);
        assert_eq!([tape.draw("s", "", odds, || 0), tape.draw("s", "", odds, || 2)], [0, 2]);
        let mut tape = fed(&[given("s", "", ints(&[1, 1])), given("s", "", ints(&[0, 1]))]);
        assert_eq!(tape.draw("s", "", Domain::permutation(2), || [1, 0]), [1, 0]);
        assert_eq!(tape.draw("s", "", Domain::permutation(3), || [2, 1, 0]), [2, 1, 0]);
        let mut tape = fed(&[given("s", "", Value::Int(300))]);
        assert_eq!(tape.draw("s", "", Domain::integers(0, 400), || 1u8), 1);
    }

    #[test]
    #[should_panic(expected = "one number was drawn, and an array of shape [2] is wanted")]
    fn what_is_of_another_shape_says_so() {
        fed(&[]).draw("s", "", Domain::permutation(2), || 1);
    }
}
