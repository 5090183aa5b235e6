//! Requests and their answers, on a miniature environment.

use crate::array::Array;
use crate::domain::Domain;
use crate::environment::{Declaration, Environment, Offer, offer};
use crate::sampling::SplitMix64;
use crate::session::{Program, Session};
use crate::space::Space;
use crate::step::Step;
use crate::tape::Tape;
use crate::value::{Refusal, Value};
use crate::wire::{Frame, decode_frame};

/// Walks a line from a random place; ends at `END`, panics at 13, refuses action 3 without saying so beforehand.
#[derive(Clone)]
struct Walk {
    at: i64,
}

const END: i64 = 1_000_000;

impl Walk {
    fn show(&self, step: &mut Step) {
        step.put("obs", self.at);
        step.put("reward", 0.5);
        step.put("terminated", self.at >= END);
        step.put("legal", [true, true, self.at % 2 == 0, true]);
        step.map("state", |state| {
            state.put("at", self.at);
            state.map("empty", |_| {});
            state.list("marks", (self.at % 3) as usize, |index, mark| mark.put("index", index));
        });
    }
}

impl Environment for Walk {
    fn declaration() -> Declaration {
        let double = |arguments: &[Value]| match arguments {
            [Value::Int(number)] => Ok(Value::Int(number * 2)),
            _ => Err("double takes one int".into()),
        };
        Declaration::new(Space::discrete(4)).loads().component("double", double)
    }

    fn new() -> Self {
        Walk { at: 0 }
    }

    fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.at = (seed % 1_000) as i64;
        self.show(step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        let action = action.as_int().expect("an int") as i64;
        if action == 3 {
            return Err("three is too much".into());
        }
        self.at += action;
        assert!(self.at != 13, "unlucky");
        self.show(step);
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.at = state.int("at")?;
        self.show(step);
        Ok(())
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn ints(numbers: &[i128]) -> Value {
    Value::List(numbers.iter().map(|&number| Value::Int(number)).collect())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn episode(seed: i128) -> Value {
    map(&[("seed", Value::Int(seed)), ("options", map(&[]))])
}

fn episode_with(seed: i128, key: &str, value: Value) -> Value {
    map(&[("seed", Value::Int(seed)), (key, value)])
}

fn scripted(seed: i128, actions: &[i64]) -> Value {
    let values = Value::Array(Array::new(&[actions.len() as u32], actions));
    let column = Value::List(vec![text("scalar"), values, Value::Nil]);
    let count = Value::Int(actions.len() as i128);
    map(&[("seed", Value::Int(seed)), ("count", count), ("actions", map(&[("", column)]))])
}

fn offers() -> [Offer; 1] {
    [offer::<Walk>("walk")]
}

struct Checker<'a>(Session<'a>);

impl<'a> Checker<'a> {
    fn new(offers: &'a [Offer]) -> Self {
        let mut checker = Checker(Session::new(Program { name: "walk", version: "1", offers }));
        checker.ask("hello", &[("protocol", Value::Int(1)), ("environment", text(""))]);
        checker
    }

    fn ask_many(&mut self, kind: &str, entries: &[(&str, Value)]) -> Vec<Value> {
        let full = [("type", text(kind)), ("detail", text("full")), ("digested", Value::List(vec![]))];
        let chosen = full.into_iter().filter(|(key, _)| entries.iter().all(|(other, _)| other != key));
        let request = map(&chosen.chain(entries.to_vec()).collect::<Vec<_>>());
        let mut answers = Vec::new();
        self.0.answer(&request, &mut |frame: Frame| answers.push(decode_frame(&frame.finish()[4..]).expect("a frame")));
        answers
    }

    fn ask(&mut self, kind: &str, entries: &[(&str, Value)]) -> Value {
        let mut answers = self.ask_many(kind, entries);
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    fn reset(&mut self, seeds: &[i128]) -> Value {
        let lanes: Vec<i128> = (0..seeds.len() as i128).collect();
        let episodes = Value::List(seeds.iter().map(|&seed| episode(seed)).collect());
        self.ask("reset", &[("lanes", ints(&lanes)), ("episodes", episodes)])
    }

    fn step(&mut self, lane: i128, action: i128) -> Value {
        self.ask("step", &[("lanes", ints(&[lane])), ("actions", ints(&[action]))])
    }
}

/// Returns the rows of a scalar int column.
fn column(answer: &Value, path: &str) -> Vec<i64> {
    match &answer.get("columns").unwrap().list(path).unwrap()[1] {
        Value::Array(array) => array.elements().unwrap(),
        other => panic!("{path} is {other}"),
    }
}

/// Returns the kind and words of the only end.
fn end(answer: &Value) -> (String, String) {
    match answer.list("ends").unwrap() {
        [Value::List(end)] => match &end[..] {
            [_, _, _, Value::Text(kind), Value::Text(words)] => (kind.clone(), words.clone()),
            _ => panic!("{answer} has a strange end"),
        },
        ends => panic!("{} ends", ends.len()),
    }
}

#[test]
fn lanes_are_instances_of_their_own() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let answer = checker.reset(&[4, 6]);
    assert_eq!(column(&answer, "obs"), [4, 6]);
    assert_eq!(*answer.get("runs").unwrap(), Value::List(vec![ints(&[0, 0, 0, 1]), ints(&[1, 0, 0, 1])]));
    assert!(answer.get("columns").unwrap().find("reward").is_none());
    assert_eq!(column(&checker.step(1, 2), "obs"), [8]);
    assert_eq!(column(&checker.step(0, 1), "obs"), [5]);
}

#[test]
fn what_is_not_possible_is_refused_and_changes_nothing() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    assert_eq!(end(&checker.step(0, 1)), ("refused".into(), "no step: the lane was not reset".into()));
    checker.reset(&[5]);
    for (action, words) in [(4, "not in the action space"), (2, "not legal now"), (3, "three is too much")] {
        let (kind, told) = end(&checker.step(0, action));
        assert!(kind == "refused" && told.contains(words), "{told}");
    }
    assert_eq!(column(&checker.step(0, 1), "obs"), [6]);
    let last = map(&[("at", Value::Int(END.into()))]);
    let answer = checker.ask("load", &[("lanes", ints(&[0])), ("states", Value::List(vec![last]))]);
    assert_eq!(column(&answer, "obs"), [END]);
    assert_eq!(end(&checker.step(0, 1)), ("refused".into(), "no step: the episode has ended".into()));
}

#[test]
fn a_panic_fails_its_lane_alone() {
    crate::lane::keep_panics();
    let offers = offers();
    let mut checker = Checker::new(&offers);
    checker.reset(&[12, 1]);
    let both = [("lanes", ints(&[0, 1])), ("actions", ints(&[1, 1]))];
    let answer = checker.ask("step", &both);
    let (kind, words) = end(&answer);
    assert!(kind == "failed" && words.starts_with("unlucky (src/session_tests.rs:"), "{words}");
    assert_eq!(*answer.get("runs").unwrap(), Value::List(vec![ints(&[1, 0, 0, 1])]));
    assert_eq!(end(&checker.step(0, 1)).1, "no step: the lane was not reset");
    assert_eq!(column(&checker.step(1, 1), "obs"), [3]);
}

#[test]
fn a_start_is_loaded_and_a_refused_one_leaves_the_lane() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    checker.reset(&[5]);
    let start = episode_with(1, "start", map(&[("at", Value::Int(70))]));
    let broken = episode_with(1, "start", map(&[("at", Value::Float(7.0))]));
    let request = |episode| [("lanes", ints(&[0])), ("episodes", Value::List(vec![episode]))];
    assert_eq!(end(&checker.ask("reset", &request(broken))).0, "refused");
    assert_eq!(column(&checker.step(0, 1), "obs"), [6]);
    let answer = checker.ask("reset", &request(start));
    assert_eq!(column(&answer, "obs"), [70]);
    assert!(answer.get("columns").unwrap().find("reward").is_none());
}

#[test]
fn a_script_is_played_until_it_ends() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let Value::Map(mut short) = scripted(0, &[1, 1, 1]) else { unreachable!() };
    short.push(("start".into(), map(&[("at", Value::Int((END - 1).into()))])));
    let scripts = Value::List(vec![
        Value::List(vec![scripted(0, &[1, 1]), scripted(2, &[])]),
        Value::List(vec![Value::Map(short), scripted(4, &[1, 3, 1]), scripted(0, &[1])]),
    ]);
    let answer = checker.ask("play", &[("lanes", ints(&[0, 1])), ("scripts", scripts)]);
    let runs = [[0, 0, 0, 3], [0, 1, 0, 1], [1, 0, 0, 2], [1, 1, 0, 2]];
    assert_eq!(*answer.get("runs").unwrap(), Value::List(runs.iter().map(|run| ints(run)).collect()));
    let words = [text("refused"), text("three is too much")];
    let end = [1, 1, 2].map(Value::Int).into_iter().chain(words).collect();
    assert_eq!(answer.list("ends").unwrap(), [Value::List(end)]);
}

#[test]
fn a_roll_is_answered_in_blocks_and_plays_again() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let narrow = map(&[("type", text("choice")), ("values", ints(&[0, 1]))]);
    let roll = map(&[
        ("episodes", Value::List(vec![episode(100), episode(200)])),
        ("choosers", ints(&[5, u64::MAX.into()])),
        ("spaces", Value::List(vec![narrow.clone(), narrow])),
        ("steps_max", Value::Int(5_000)),
    ]);
    let answers = checker.ask_many("roll", &[("lanes", ints(&[0])), ("rolls", Value::List(vec![roll]))]);
    let mores: Vec<bool> = answers.iter().map(|answer| answer.bool("more").unwrap()).collect();
    assert_eq!(mores, [true, true, false]);
    let obs: Vec<i64> = answers.iter().flat_map(|answer| column(answer, "obs")).collect();
    let actions: Vec<i64> = answers.iter().flat_map(|answer| column(answer, "action")).collect();
    assert_eq!(obs.len(), 2 * 5_001);
    let mut rng = SplitMix64::new(5);
    let drawn: Vec<i64> = (0..5_000).map(|_| rng.below(2) as i64).collect();
    assert_eq!(actions[1..=5_000], drawn);
    let scripts = Value::List(vec![Value::List(vec![scripted(100, &drawn), scripted(200, &actions[5_002..])])]);
    let played = checker.ask_many("play", &[("lanes", ints(&[9])), ("scripts", scripts)]);
    assert_eq!(played.iter().flat_map(|answer| column(answer, "obs")).collect::<Vec<_>>(), obs);
}

#[test]
fn snapshots_continue_and_are_bounded() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    assert_eq!(checker.ask("snapshot", &[("lanes", ints(&[0]))]).text("type"), Ok("refused"));
    checker.reset(&[4]);
    let first = checker.ask("snapshot", &[("lanes", ints(&[0]))]).get("tokens").unwrap().clone();
    checker.step(0, 2);
    let restore = |tokens: &Value| [("lanes", ints(&[7])), ("tokens", tokens.clone())];
    assert_eq!(checker.ask("restore", &restore(&first)).text("type"), Ok("done"));
    assert_eq!(column(&checker.step(7, 1), "obs"), [5]);
    for _ in 0..4_096 {
        checker.ask("snapshot", &[("lanes", ints(&[0]))]);
    }
    let answer = checker.ask("restore", &restore(&first));
    assert!(answer.text("words").unwrap().contains("no such snapshot"));
}

#[test]
fn detail_narrows_what_is_shown() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let request = [("lanes", ints(&[0])), ("episodes", Value::List(vec![episode(2)]))];
    let mut paths = |extra: &[(&str, Value)]| {
        let answer = checker.ask("reset", &[&request, extra].concat());
        let Value::Map(columns) = answer.get("columns").unwrap().clone() else { panic!("columns are a map") };
        columns.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    let state = ["state.at", "state.empty", "state.marks[0].index", "state.marks[1].index"];
    assert_eq!(paths(&[]), [&["obs", "terminated", "legal"], state.as_slice()].concat());
    assert_eq!(paths(&[("detail", text("bare"))]), ["obs", "terminated", "legal"]);
    let digested = Value::List(vec![text("state.marks[0].index"), text("obs")]);
    let kept = ["terminated", "legal", state[0], state[1], state[3], "digest"];
    assert_eq!(paths(&[("detail", text("digest")), ("digested", digested)]), kept);
}

#[test]
fn components_are_called_and_lanes_discarded() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let call = |arguments| [("component", text("double")), ("arguments", Value::List(arguments))];
    let answer = checker.ask("call", &call(vec![ints(&[4]), ints(&[-1])]));
    assert_eq!(answer.get("results"), Ok(&ints(&[8, -2])));
    assert_eq!(checker.ask("call", &call(vec![ints(&[])])).text("words"), Ok("double takes one int"));
    checker.reset(&[1]);
    assert_eq!(checker.ask("discard", &[("lanes", ints(&[0, 5]))]).text("type"), Ok("done"));
    assert_eq!(end(&checker.step(0, 1)).1, "no step: the lane was not reset");
}

#[test]
fn what_cannot_travel_is_a_panic() {
    let puts: [fn(&mut Step); 5] = [
        |step| ["obs", "obs"].iter().for_each(|key| step.put(key, 1)),
        |step| step.put("digest", 1),
        |step| step.put("obs", "a\x1bb"),
        |step| step.put(&"x".repeat(4_097), 1),
        |step| step.put("deep", (0..63).fold(Value::Int(1), |inner, _| Value::List(vec![inner]))),
    ];
    for put in puts {
        let mut step = Step::new(false);
        step.begin(false);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| put(&mut step))).is_err());
    }
}

#[test]
fn one_step_a_lane_is_one_answer_however_many_lanes() {
    let offers = offers();
    let mut checker = Checker::new(&offers);
    let seeds: Vec<i128> = (0..5_000).collect();
    assert_eq!(column(&checker.reset(&seeds), "obs").len(), 5_000);
}

/// Shows 90,000 leaves from its first step on.
#[derive(Clone)]
struct Hoard;

impl Environment for Hoard {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(1))
    }

    fn new() -> Self {
        Hoard
    }

    fn reset(&mut self, _seed: u64, _options: &Value, _step: &mut Step) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&mut self, _action: &Value, step: &mut Step) -> Result<(), Refusal> {
        for heap in 0..300 {
            step.map(&format!("heap {heap}"), |inner| (0..300).for_each(|item| inner.put(&format!("{item}"), item)));
        }
        Ok(())
    }
}

#[test]
fn an_answer_beyond_a_limit_is_failed_and_nothing_follows() {
    let offers = [offer::<Hoard>("hoard")];
    let mut checker = Checker::new(&offers);
    let scripts = Value::List(vec![Value::List(vec![scripted(0, &[0, 0, 0])])]);
    let answer = checker.ask("play", &[("lanes", ints(&[0])), ("scripts", scripts)]);
    assert_eq!(answer.text("type"), Ok("failed"));
    assert!(answer.text("words").unwrap().contains("a map of 90000 entries"), "{answer}");
    assert_eq!(checker.ask("discard", &[("lanes", ints(&[0]))]).text("type"), Ok("done"));
}

/// Rolls a die of its own for every step, and once at its reset.
#[derive(Clone)]
struct Dice {
    sum: i64,
    tape: Tape,
}

impl Dice {
    fn roll(&mut self, key: &str, step: &mut Step) {
        self.sum += self.tape.draw("Dice.roll", key, Domain::integers(1, 7), || 1);
        step.put("obs", self.sum);
    }
}

impl Environment for Dice {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(2)).loads()
    }

    fn new() -> Self {
        Dice { sum: 0, tape: Tape::default() }
    }

    fn reset(&mut self, seed: u64, _options: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.sum = seed as i64;
        self.roll("start", step);
        Ok(())
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.roll(&action.to_string(), step);
        Ok(())
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        self.sum = state.as_int().expect("an int") as i64;
        step.put("obs", self.sum);
        Ok(())
    }

    fn tape(&mut self) -> Option<&mut Tape> {
        Some(&mut self.tape)
    }
}

/// Returns what is drawn before a Step.
fn row(records: &[(&str, i128)]) -> Value {
    let record = |(key, value): &(&str, i128)| {
        map(&[
            ("site", text("Dice.roll")),
            ("key", text(key)),
            ("domain", text("theirs")),
            ("value", Value::Int(*value)),
        ])
    };
    Value::List(records.iter().map(record).collect())
}

fn with(episode: Value, key: &str, value: Value) -> Value {
    let Value::Map(mut entries) = episode else { panic!("an episode is a map") };
    entries.push((key.to_owned(), value));
    Value::Map(entries)
}

#[test]
fn an_episode_draws_what_its_tape_has_for_each_step_and_shows_it() {
    let offers = [offer::<Dice>("dice")];
    let mut checker = Checker::new(&offers);
    let rows = [row(&[("start", 3)]), row(&[("1", 6), ("1", 5)]), row(&[("1", 2)]), row(&[("0", 7)])];
    let taped = with(scripted(10, &[1, 1, 0, 0]), "draws", Value::List(rows.to_vec()));
    let scripts = Value::List(vec![Value::List(vec![taped, scripted(10, &[1])])]);
    let answer = checker.ask("play", &[("lanes", ints(&[0])), ("scripts", scripts)]);
    assert_eq!(column(&answer, "obs"), [13, 19, 21, 22, 23, 11, 12]);
    assert_eq!(column(&answer, "draws[0].value"), [3, 6, 2, 1, 1, 1, 1]);
    assert_eq!(column(&answer, "draws[0].domain.high"), [7; 7]);
}

#[test]
fn a_tape_goes_on_from_step_to_step_and_a_start_is_loaded_after_the_reset() {
    let offers = [offer::<Dice>("dice")];
    let mut checker = Checker::new(&offers);
    let rows = Value::List(vec![row(&[]), row(&[("1", 4)]), row(&[("1", 5)])]);
    let started = with(episode_with(0, "start", Value::Int(100)), "draws", rows);
    checker.ask("reset", &[("lanes", ints(&[0])), ("episodes", Value::List(vec![started]))]);
    let sums = [(); 3].map(|()| column(&checker.step(0, 1), "obs")[0]);
    assert_eq!(sums, [104, 109, 110]);
}

#[test]
fn a_tape_is_refused_where_it_is_none_or_nothing_takes_it() {
    let (taped, plain) = ([offer::<Dice>("dice")], offers());
    let reset = |offers: &[Offer], draws: Value| {
        let episodes = Value::List(vec![with(episode(0), "draws", draws)]);
        Checker::new(offers).ask("reset", &[("lanes", ints(&[0])), ("episodes", episodes)])
    };
    let told = end(&reset(&plain, Value::List(vec![])));
    assert_eq!(told, ("refused".into(), "no tape: the environment cannot be told what to draw".into()));
    let nameless = Value::List(vec![Value::List(vec![map(&[("site", text("s")), ("value", Value::Int(1))])])]);
    let wrong = [
        (Value::Int(3), "`draws` is not a list"),
        (ints(&[3]), "hold a list of records"),
        (nameless, "`key` is missing"),
    ];
    for (draws, words) in wrong {
        let answer = reset(&taped, draws);
        assert!(answer.text("words").is_ok_and(|told| told.contains(words)), "{answer}");
    }
}

#[test]
fn an_environment_with_a_tape_says_so() {
    let capabilities = |offers: &[Offer]| {
        let mut session = Session::new(Program { name: "tested", version: "1", offers });
        let mut told = String::new();
        let hello = map(&[("type", text("hello")), ("protocol", Value::Int(1)), ("environment", text(""))]);
        session.answer(&hello, &mut |frame| {
            told = decode_frame(&frame.finish()[4..]).expect("a frame").get("capabilities").unwrap().to_string();
        });
        told
    };
    assert_eq!(capabilities(&[offer::<Dice>("dice")]), r#"["load", "snapshot", "tape"]"#);
    assert_eq!(capabilities(&offers()), r#"["load", "snapshot", "call"]"#);
}
