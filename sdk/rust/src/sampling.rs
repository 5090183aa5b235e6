//! SplitMix64, and how an action is drawn from a space (docs/protocol.md, section 6).

use crate::array::{Array, Dtype, Element, count_of, round_to, scalar_of};
use crate::space::Space;
use crate::value::Value;

/// The generator. Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    /// The state: the seed, plus one odd constant a draw.
    pub state: u64,
}

impl SplitMix64 {
    /// Starts the generator.
    pub fn new(seed: u64) -> Self {
        SplitMix64 { state: seed }
    }

    /// Returns the next number of 64 random bits.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `count`; one draw, also where count is 1.
    pub fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    /// Returns a float in [0, 1) with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2f64.powi(-53)
    }
}

/// Draws one action for a Step with this `legal` field; `None` where it allows nothing.
///
/// `declared` is the space that the mask is about, where `space` narrows it. With `agents` both are dicts.
///
/// # Panics
/// Where the mask does not fit the space.
pub(crate) fn draw_action(
    rng: &mut SplitMix64,
    space: &Space,
    legal: Option<&Value>,
    declared: &Space,
    agents: bool,
) -> Option<Value> {
    if !agents {
        return draw(rng, space, legal, Some(declared));
    }
    let mut acting: Vec<&str> = match legal {
        Some(Value::Map(masks)) => masks.iter().map(|(agent, _)| agent.as_str()).collect(),
        Some(_) => panic!("`legal` is not a map of agents"),
        None => space.items().iter().map(|(agent, _)| agent.as_str()).collect(),
    };
    acting.sort_unstable();
    let mut actions = Vec::with_capacity(acting.len());
    for agent in acting {
        let mask = legal.and_then(|legal| legal.find(agent));
        let own = space.item(agent).unwrap_or_else(|| panic!("`legal` names {agent:?}, which has no actions"));
        actions.push((agent.to_owned(), draw(rng, own, mask, declared.item(agent))?));
    }
    (!actions.is_empty()).then_some(Value::Map(actions))
}

fn draw(rng: &mut SplitMix64, space: &Space, legal: Option<&Value>, declared: Option<&Space>) -> Option<Value> {
    let legal = legal.filter(|mask| **mask != Value::Nil);
    Some(match space {
        Space::Discrete { n, start } => Value::Int(i128::from(*start) + draw_index(rng, *n, legal)?),
        Space::MultiDiscrete { n, start } => {
            let masks = masks_of(legal, n.len());
            let parts = n.iter().zip(start).enumerate().map(|(index, (&n, start))| {
                draw_index(rng, n, masks.map(|masks| &masks[index])).map(|part| start + part as i64)
            });
            Value::Array(Array::new(&[n.len() as u32], &parts.collect::<Option<Vec<i64>>>()?))
        }
        Space::MultiBinary { shape } => {
            let bits: Vec<i8> = (0..count_of(shape)).map(|_| rng.below(2) as i8).collect();
            Value::Array(Array::new(shape, &bits))
        }
        Space::Box { shape, dtype, low, high } => {
            let mut data = Vec::new();
            for (&low, &high) in low.iter().zip(high) {
                draw_element(rng, *dtype, finite(low, high), &mut data);
            }
            if shape.is_empty() {
                scalar_of(*dtype, &data)
            } else {
                Value::Array(Array::from_data(*dtype, shape, &data))
            }
        }
        Space::Choice(values) => draw_choice(rng, values, legal, declared)?,
        Space::Tuple(items) => {
            let masks = masks_of(legal, items.len());
            let parts = items.iter().enumerate();
            let drawn = parts.map(|(index, item)| draw(rng, item, masks.map(|masks| &masks[index]), None));
            Value::List(drawn.collect::<Option<_>>()?)
        }
        Space::Dict(items) => {
            let drawn = items.iter().map(|(key, item)| Some((key.clone(), draw(rng, item, None, None)?)));
            Value::Map(drawn.collect::<Option<_>>()?)
        }
    })
}

fn draw_index(rng: &mut SplitMix64, n: u32, legal: Option<&Value>) -> Option<i128> {
    let Some(mask) = legal.filter(|mask| **mask != Value::Nil) else {
        return Some(rng.below(n.into()).into());
    };
    let mask = mask_of(mask, n);
    let allowed = mask.iter().filter(|&&bit| bit != 0).count();
    let number = if allowed == 0 { return None } else { rng.below(allowed as u64) as usize };
    mask.iter().enumerate().filter(|&(_, &bit)| bit != 0).nth(number).map(|(index, _)| index as i128)
}

/// Returns the mask of a discrete space, one byte an action.
pub(crate) fn mask_of(mask: &Value, n: u32) -> &[u8] {
    match mask {
        Value::Array(array) if array.dtype() == Dtype::Bool && array.count() == n as usize => array.data(),
        _ => panic!("a `legal` mask is not an array bool[{n}]"),
    }
}

/// Returns the masks of a tuple or multidiscrete space, one an item.
pub(crate) fn masks_of(legal: Option<&Value>, count: usize) -> Option<&[Value]> {
    match legal {
        None => None,
        Some(Value::List(masks)) if masks.len() == count => Some(masks),
        Some(_) => panic!("`legal` is not a list of {count} masks"),
    }
}

fn draw_choice(
    rng: &mut SplitMix64,
    values: &[Value],
    legal: Option<&Value>,
    declared: Option<&Space>,
) -> Option<Value> {
    let (Some(mask), Some(Space::Discrete { n, start })) = (legal, declared) else {
        return Some(values[rng.below(values.len() as u64) as usize].clone());
    };
    let bits = mask_of(mask, *n).iter().enumerate().filter(|&(_, &bit)| bit != 0);
    let allowed: Vec<Value> = bits.map(|(index, _)| Value::Int(i128::from(*start) + index as i128)).collect();
    let listed: Vec<&Value> = values.iter().filter(|value| allowed.contains(value)).collect();
    let candidates = if listed.is_empty() { allowed.iter().collect() } else { listed };
    (!candidates.is_empty()).then(|| candidates[rng.below(candidates.len() as u64) as usize].clone())
}

fn finite(low: f64, high: f64) -> (f64, f64) {
    match (low.is_infinite(), high.is_infinite()) {
        (true, true) => (-1.0, 1.0),
        (true, false) => (high - 2.0, high),
        (false, true) => (low, low + 2.0),
        (false, false) => (low, high),
    }
}

fn draw_element(rng: &mut SplitMix64, dtype: Dtype, (low, high): (f64, f64), data: &mut Vec<u8>) {
    if dtype.is_float() {
        let drawn = round_to(dtype, low + rng.unit() * (high - low)).min(high);
        return dtype.write_float(drawn, data);
    }
    if dtype == Dtype::Bool {
        return (rng.below(2) == 1).write(data);
    }
    let span = high as i128 - low as i128 + 1;
    let offset = i128::from(rng.next()) % span;
    data.extend_from_slice(&(low as i128 + offset).to_le_bytes()[..dtype.size()]);
}
