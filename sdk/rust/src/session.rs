//! A session: one program, the environment that `hello` has chosen, its lanes, and an answer to every request.

use std::collections::HashMap;

use crate::blocks::{Blocks, End};
use crate::column::Actions;
use crate::environment::{Declaration, Offer};
use crate::lane::{Lane, Snapshots, guard};
use crate::request::{Episode, Roll, read_all, read_ask, read_episode, read_lanes, read_roll, read_script};
use crate::sampling::{SplitMix64, draw_action};
use crate::step::Step;
use crate::value::{Refusal, Value};
use crate::wire::Frame;

const VERSION: u32 = 1;
/// A message for many lanes costs little more than one for a single lane.
const LANES_BEST: u32 = 64;

/// A program and what it offers.
#[derive(Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) offers: &'a [Offer],
}

pub(crate) struct Session<'a> {
    program: Program<'a>,
    chosen: Option<Chosen<'a>>,
    pub(crate) closed: bool,
}

struct Chosen<'a> {
    offer: &'a Offer,
    declaration: Declaration,
    lanes: HashMap<u32, Lane>,
    snapshots: Snapshots,
}

impl<'a> Session<'a> {
    pub(crate) fn new(program: Program<'a>) -> Self {
        Session { program, chosen: None, closed: false }
    }

    /// Answers one request; `send` is given one frame or more.
    pub(crate) fn answer(&mut self, request: &Value, send: &mut dyn FnMut(Frame)) {
        let mut is_over = false;
        let send = &mut |frame: Frame| {
            if !is_over {
                let checked = frame.checked();
                is_over = checked.is_err();
                send(checked.unwrap_or_else(|complaint| complaint));
            }
        };
        match guard(|| self.try_answer(request, send)) {
            Ok(Some(frame)) => send(frame),
            Ok(None) => {}
            Err(End { kind, words }) => send(Frame::of_words(kind, &words)),
        }
    }

    /// Returns the one frame that answers, `None` where `send` was given all.
    fn try_answer(&mut self, request: &Value, send: &mut dyn FnMut(Frame)) -> Result<Option<Frame>, Refusal> {
        let kind = request.text("type")?;
        if kind == "close" {
            self.closed = true;
            return Ok(Some(Frame::new("done", 0)));
        }
        let Some(chosen) = &mut self.chosen else {
            return if kind == "hello" { self.hello(request).map(Some) } else { Err("`hello` comes first".into()) };
        };
        match kind {
            "hello" => return Err("`hello` comes once only".into()),
            "reset" | "step" | "load" | "play" | "roll" => chosen.steps(kind, request, send)?,
            "snapshot" => return chosen.snapshot(request).map(Some),
            "restore" => chosen.restore(request)?,
            "call" => return chosen.call(request).map(Some),
            "discard" => {
                for lane in read_lanes(request)? {
                    chosen.lanes.remove(&lane);
                }
            }
            _ => return Err(format!("unknown request {kind:?}").into()),
        }
        let is_done = matches!(kind, "restore" | "discard");
        Ok(is_done.then(|| Frame::new("done", 0)))
    }

    fn hello(&mut self, request: &Value) -> Result<Frame, Refusal> {
        if request.int::<u32>("protocol")? != VERSION {
            return Err(format!("this adapter speaks version {VERSION} of the protocol").into());
        }
        let Program { offers, .. } = self.program;
        let name = request.text("environment")?;
        let offer = match offers {
            [only] if name.is_empty() => Some(only),
            _ => offers.iter().find(|offer| offer.name == name),
        };
        let offer = offer.ok_or_else(|| {
            let names: Vec<&str> = offers.iter().map(|offer| offer.name).collect();
            Refusal(format!("no environment {name:?}; there are: {}", names.join(", ")))
        })?;
        let declaration = (offer.declaration)();
        let has_tape = (offer.make)().tape().is_some();
        let greeting = self.greeting(offer, &declaration, has_tape);
        self.chosen = Some(Chosen { offer, declaration, lanes: HashMap::new(), snapshots: Snapshots::default() });
        Ok(greeting)
    }

    fn greeting(&self, offer: &Offer, declaration: &Declaration, has_tape: bool) -> Frame {
        let Program { name, version, offers } = self.program;
        let text = |text: &str| Value::Text(text.to_owned());
        let components = declaration.components.iter().map(|(name, _)| text(name));
        let fields = declaration.fields.iter().map(|(path, field)| {
            let shape = field.shape.iter().map(|&length| Value::Int(length.into()));
            let entries = [
                ("kind", text(field.kind)),
                ("dtype", text(field.dtype)),
                ("shape", Value::List(shape.collect())),
                ("optional", Value::Bool(field.optional)),
            ];
            (path.clone(), Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).to_vec()))
        });
        let entries = [
            ("protocol", Value::Int(VERSION.into())),
            ("name", text(name)),
            ("version", text(version)),
            ("environments", Value::List(offers.iter().map(|offer| text(offer.name)).collect())),
            ("environment", text(offer.name)),
            ("actions", declaration.actions.to_plain()),
            ("agents", Value::List(declaration.agents.iter().map(|agent| text(agent)).collect())),
            ("fields", Value::Map(fields.collect())),
            ("capabilities", Value::List(declaration.capabilities(has_tape).into_iter().map(text).collect())),
            ("components", Value::List(components.collect())),
            ("lanes", Value::Int(LANES_BEST.into())),
        ];
        let mut frame = Frame::new("hello", entries.len() as u32);
        for (key, value) in entries {
            frame.text(key);
            frame.value(&value);
        }
        frame
    }
}

impl Chosen<'_> {
    /// Answers a request for Steps; all of it is read before anything is done.
    fn steps(&mut self, kind: &str, request: &Value, send: &mut dyn FnMut(Frame)) -> Result<(), Refusal> {
        let lanes = read_lanes(request)?;
        let ask = read_ask(request)?;
        let key = match kind {
            "reset" => "episodes",
            "step" => "actions",
            "load" => "states",
            "play" => "scripts",
            _ => "rolls",
        };
        let items = request.list(key)?;
        if items.len() != lanes.len() {
            return Err(format!("{} `{key}` for {} lanes", items.len(), lanes.len()).into());
        }
        let mut blocks = Blocks::new(&ask, matches!(kind, "play" | "roll"), send);
        match kind {
            "reset" => {
                let episodes = read_all(items, read_episode)?;
                self.each(&mut blocks, &lanes, true, |_, lane, index, step| lane.begin(&episodes[index], step));
            }
            "step" => self.each(&mut blocks, &lanes, false, |of, lane, index, step| lane.step(of, &items[index], step)),
            "load" => self.each(&mut blocks, &lanes, true, |_, lane, index, step| lane.load(&items[index], step)),
            "play" => {
                let scripts = read_all(items, read_script)?;
                for (index, (&lane, script)) in lanes.iter().zip(&scripts).enumerate() {
                    self.play(&mut blocks, index, lane, script);
                }
            }
            _ => {
                let rolls = read_all(items, read_roll)?;
                for (index, (&lane, roll)) in lanes.iter().zip(&rolls).enumerate() {
                    self.roll(&mut blocks, index, lane, roll);
                }
            }
        }
        blocks.finish();
        Ok(())
    }

    /// Gives one Step a lane, each numbered 0.
    fn each(
        &mut self,
        blocks: &mut Blocks,
        lanes: &[u32],
        first: bool,
        mut act: impl FnMut(&Declaration, &mut Lane, usize, &mut Step) -> Result<(), Refusal>,
    ) {
        for (index, &lane) in lanes.iter().enumerate() {
            match self.with_lane(lane, |of, lane| act(of, lane, index, blocks.begin(first))) {
                Ok(()) => blocks.take(index, 0, 0, None),
                Err(end) => blocks.end(index, 0, 0, end),
            }
        }
    }

    fn play(&mut self, blocks: &mut Blocks, script: usize, lane: u32, episodes: &[(Episode, Actions)]) {
        for (number, (episode, actions)) in episodes.iter().enumerate() {
            let mut given = 0;
            let played = self.with_lane(lane, |of, lane| {
                lane.begin(episode, blocks.begin(true))?;
                blocks.take(script, number, 0, None);
                given = 1;
                while given <= actions.count && lane.is_running() {
                    let action = actions.get(given - 1).ok_or("the leaves of an action make no tree")?;
                    lane.step(of, &action, blocks.begin(false))?;
                    blocks.take(script, number, given, None);
                    given += 1;
                }
                Ok(())
            });
            if let Err(end) = played {
                return blocks.end(script, number, given, end);
            }
        }
    }

    fn roll(&mut self, blocks: &mut Blocks, script: usize, lane: u32, roll: &Roll) {
        for (number, episode) in roll.episodes.iter().enumerate() {
            let mut given = 0;
            let mut rng = SplitMix64::new(roll.choosers[number]);
            let rolled = self.with_lane(lane, |of, lane| {
                lane.begin(episode, blocks.begin(true))?;
                blocks.take(script, number, 0, None);
                given = 1;
                let space = roll.spaces[number].as_ref().unwrap_or(&of.actions);
                let agents = !of.agents.is_empty();
                while given <= roll.steps_max && lane.is_running() {
                    let Some(action) = draw_action(&mut rng, space, lane.legal(), &of.actions, agents) else {
                        break;
                    };
                    lane.step(of, &action, blocks.begin(false))?;
                    blocks.take(script, number, given, Some(&action));
                    given += 1;
                }
                Ok(())
            });
            if let Err(end) = rolled {
                return blocks.end(script, number, given, end);
            }
        }
    }

    /// Does something with a lane, made where there is none; a lane that fails is thrown away.
    fn with_lane(
        &mut self,
        number: u32,
        act: impl FnOnce(&Declaration, &mut Lane) -> Result<(), Refusal>,
    ) -> Result<(), End> {
        let done = guard(|| {
            let lane = self.lanes.entry(number).or_insert_with(|| Lane::new((self.offer.make)()));
            act(&self.declaration, lane)
        });
        if matches!(&done, Err(end) if end.kind == "failed") {
            self.lanes.remove(&number);
        }
        done
    }

    fn snapshot(&mut self, request: &Value) -> Result<Frame, Refusal> {
        let wanted = read_lanes(request)?;
        let lanes = wanted.iter().map(|lane| self.lanes.get(lane).ok_or("no snapshot: a lane was not reset".into()));
        let tokens = self.snapshots.keep(&lanes.collect::<Result<Vec<_>, Refusal>>()?)?;
        let mut frame = Frame::new("snapshots", 1);
        frame.text("tokens");
        frame.list(tokens.len());
        tokens.iter().for_each(|token| frame.bytes(token));
        Ok(frame)
    }

    fn restore(&mut self, request: &Value) -> Result<(), Refusal> {
        let lanes = read_lanes(request)?;
        let tokens = request.list("tokens")?;
        if tokens.len() != lanes.len() {
            return Err(format!("{} `tokens` for {} lanes", tokens.len(), lanes.len()).into());
        }
        let found = read_all(tokens, |token| match token {
            Value::Bytes(token) => self.snapshots.find(token),
            _ => Err("`tokens` hold bin each".into()),
        })?;
        self.lanes.extend(lanes.into_iter().zip(found));
        Ok(())
    }

    fn call(&self, request: &Value) -> Result<Frame, Refusal> {
        let name = request.text("component")?;
        let component = self.declaration.components.iter().find(|(known, _)| known == name);
        let (_, function) = component.ok_or_else(|| Refusal(format!("no component {name:?}")))?;
        let results = read_all(request.list("arguments")?, |arguments| match arguments {
            Value::List(arguments) => function(arguments),
            _ => Err("`arguments` hold a list each".into()),
        })?;
        let mut frame = Frame::new("results", 1);
        frame.text("results");
        frame.value(&Value::List(results));
        Ok(frame)
    }
}
