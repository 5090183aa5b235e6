//! What requests hold, read whole before anything is done.

use std::rc::Rc;

use crate::blocks::Ask;
use crate::column::Actions;
use crate::limits::ENTRIES_MAX;
use crate::space::Space;
use crate::tape::Given;
use crate::value::{Refusal, Value};

/// How an episode begins.
pub(crate) struct Episode {
    pub(crate) seed: u64,
    pub(crate) options: Value,
    pub(crate) start: Option<Value>,
    pub(crate) draws: Option<Draws>,
}

/// What is drawn before each Step.
pub(crate) type Draws = Rc<[Vec<Given>]>;

/// One lane's part of a `roll`.
pub(crate) struct Roll {
    pub(crate) episodes: Vec<Episode>,
    pub(crate) choosers: Vec<u64>,
    pub(crate) spaces: Vec<Option<Space>>,
    pub(crate) steps_max: usize,
}

pub(crate) fn read_all<T>(items: &[Value], read: impl Fn(&Value) -> Result<T, Refusal>) -> Result<Vec<T>, Refusal> {
    items.iter().map(read).collect()
}

pub(crate) fn read_lanes(request: &Value) -> Result<Vec<u32>, Refusal> {
    let lanes: Option<Vec<u32>> = request.list("lanes")?.iter().map(|lane| lane.as_int()?.try_into().ok()).collect();
    let mut sorted = lanes.clone().unwrap_or_default();
    sorted.sort_unstable();
    let differ = sorted.windows(2).all(|pair| pair[0] != pair[1]);
    lanes.filter(|_| differ).ok_or("`lanes` are different numbers from 0 to 2^32 - 1".into())
}

pub(crate) fn read_ask(request: &Value) -> Result<Ask, Refusal> {
    let paths = read_all(request.list("digested")?, |path| match path {
        Value::Text(path) => Ok(path.clone()),
        _ => Err("`digested` holds text each".into()),
    })?;
    match request.text("detail")? {
        "full" => Ok(Ask::Full),
        "bare" => Ok(Ask::Bare),
        "digest" => Ok(Ask::digest(paths)),
        other => Err(format!("unknown detail {other:?}: one of full, bare, digest").into()),
    }
}

pub(crate) fn read_episode(plain: &Value) -> Result<Episode, Refusal> {
    let options = plain.find("options").cloned().unwrap_or(Value::Map(Vec::new()));
    if !matches!(options, Value::Map(_)) {
        return Err("an episode's `options` are a map".into());
    }
    let draws = plain.find("draws").map(|_| read_all(plain.list("draws")?, read_records)).transpose()?;
    let start = plain.find("start").cloned();
    Ok(Episode { seed: plain.int("seed")?, options, start, draws: draws.map(Into::into) })
}

fn read_records(plain: &Value) -> Result<Vec<Given>, Refusal> {
    let Value::List(records) = plain else {
        return Err("`draws` hold a list of records each".into());
    };
    read_all(records, |record| {
        let text = |key| record.text(key).map(str::to_owned);
        Ok(Given { site: text("site")?, key: text("key")?, value: record.get("value")?.clone() })
    })
}

pub(crate) fn read_script(plain: &Value) -> Result<Vec<(Episode, Actions)>, Refusal> {
    let Value::List(episodes) = plain else {
        return Err("a script is a list of episodes".into());
    };
    read_all(episodes, |episode| {
        let count = read_count(episode, "count")?;
        Ok((read_episode(episode)?, Actions::read(episode.get("actions")?, count)?))
    })
}

pub(crate) fn read_roll(plain: &Value) -> Result<Roll, Refusal> {
    let episodes = read_all(plain.list("episodes")?, read_episode)?;
    let choosers = read_all(plain.list("choosers")?, |chooser| {
        let chooser = chooser.as_int().and_then(|chooser| u64::try_from(chooser).ok());
        chooser.ok_or("`choosers` are ints from 0 to 2^64 - 1".into())
    })?;
    let spaces = read_all(plain.list("spaces")?, |space| match space {
        Value::Nil => Ok(None),
        space => Ok(Some(Space::from_plain(space)?)),
    })?;
    if episodes.len() != choosers.len() || episodes.len() != spaces.len() {
        return Err("a roll has one of `choosers` and one of `spaces` (or nil) an episode".into());
    }
    Ok(Roll { episodes, choosers, spaces, steps_max: read_count(plain, "steps_max")? })
}

fn read_count(plain: &Value, key: &str) -> Result<usize, Refusal> {
    let count = plain.int::<usize>(key)?;
    let fits = count <= ENTRIES_MAX;
    fits.then_some(count).ok_or_else(|| format!("`{key}` is at most {ENTRIES_MAX}").into())
}
