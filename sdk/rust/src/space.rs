//! Action spaces: what an environment accepts as an action.

use crate::array::{Dtype, count_of};
use crate::limits::{DIMENSIONS_MAX, ENTRIES_MAX};
use crate::sampling::{mask_of, masks_of};
use crate::value::{Refusal, Value};

const NESTING_MAX: usize = 16;

/// What actions are (docs/protocol.md, section 5). With agents, a `Dict` with one space an agent.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// The ints `start` to `start + n - 1`.
    #[allow(missing_docs)]
    Discrete { n: u32, start: i64 },
    /// An `int64` array; component i is `start[i]` to `start[i] + n[i] - 1`.
    #[allow(missing_docs)]
    MultiDiscrete { n: Vec<u32>, start: Vec<i64> },
    /// An `int8` array of zeros and ones.
    #[allow(missing_docs)]
    MultiBinary { shape: Vec<u32> },
    /// An array of `dtype`, each element between `low` and `high` (flat, row-major; may be infinite). Without a
    /// dimension it is a scalar.
    #[allow(missing_docs)]
    Box { shape: Vec<u32>, dtype: Dtype, low: Vec<f64>, high: Vec<f64> },
    /// One of the values; only what `roll` is told to draw from.
    Choice(Vec<Value>),
    /// A list, one action an item.
    Tuple(Vec<Space>),
    /// A map, one action a key; the keys are in the order of their UTF-8 bytes.
    Dict(Vec<(String, Space)>),
}

impl Space {
    /// Makes the space of the ints 0 to n - 1.
    pub fn discrete(n: u32) -> Space {
        Space::Discrete { n, start: 0 }
    }

    /// Makes a space of maps; the order of the items does not matter.
    pub fn dict(items: impl IntoIterator<Item = (String, Space)>) -> Space {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort_by(|a, b| a.0.cmp(&b.0));
        Space::Dict(items)
    }

    pub(crate) fn items(&self) -> &[(String, Space)] {
        if let Space::Dict(items) = self { items } else { &[] }
    }

    pub(crate) fn item(&self, key: &str) -> Option<&Space> {
        self.items().iter().find(|(name, _)| name == key).map(|(_, space)| space)
    }

    /// Returns whether `action` is in the space and allowed by the mask.
    ///
    /// # Panics
    /// Where the mask does not fit the space.
    pub(crate) fn allows(&self, action: &Value, legal: Option<&Value>) -> bool {
        let legal = legal.filter(|mask| **mask != Value::Nil);
        match (self, action) {
            (Space::Discrete { n, start }, Value::Int(action)) => allows_index(*n, action - i128::from(*start), legal),
            (Space::MultiDiscrete { n, start }, Value::Array(array)) => {
                let masks = masks_of(legal, n.len());
                let (whole, fits) = (!array.dtype().is_float() && array.dtype() != Dtype::Bool, [n.len() as u32]);
                let mut parts = array.floats().zip(n.iter().zip(start)).enumerate();
                whole
                    && array.shape() == fits
                    && parts.all(|(index, (part, (&n, start)))| {
                        allows_index(n, part as i128 - i128::from(*start), masks.map(|masks| &masks[index]))
                    })
            }
            (Space::MultiBinary { shape }, Value::Array(array)) => {
                let whole = !array.dtype().is_float() && array.shape() == *shape;
                whole && array.floats().all(|bit| bit == 0.0 || bit == 1.0)
            }
            (Space::Box { shape, dtype, low, high }, Value::Array(array)) => {
                let same = array.shape() == *shape && array.dtype() == *dtype;
                same && array.floats().zip(low.iter().zip(high)).all(|(x, (low, high))| *low <= x && x <= *high)
            }
            (Space::Box { shape, dtype, low, high }, Value::Float(x)) => {
                shape.is_empty() && dtype.is_float() && low[0] <= *x && *x <= high[0]
            }
            (Space::Box { shape, dtype, low, high }, Value::Int(x)) => {
                let whole = shape.is_empty() && !dtype.is_float() && *dtype != Dtype::Bool;
                whole && low[0] <= *x as f64 && *x as f64 <= high[0]
            }
            (Space::Box { shape, dtype, .. }, Value::Bool(_)) => shape.is_empty() && *dtype == Dtype::Bool,
            (Space::Choice(values), _) => values.contains(action),
            (Space::Tuple(items), Value::List(parts)) => {
                let masks = masks_of(legal, items.len());
                let mut pairs = items.iter().zip(parts).enumerate();
                parts.len() == items.len()
                    && pairs.all(|(index, (item, part))| item.allows(part, masks.map(|masks| &masks[index])))
            }
            (Space::Dict(items), Value::Map(pairs)) => {
                let same = pairs.len() == items.len();
                same && items.iter().all(|(key, item)| action.find(key).is_some_and(|part| item.allows(part, None)))
            }
            _ => false,
        }
    }

    /// Returns whether `actions` covers exactly the agents that `legal` names (all, without it), each allowed.
    pub(crate) fn allows_agents(&self, actions: &Value, legal: Option<&Value>) -> bool {
        let Value::Map(pairs) = actions else {
            return false;
        };
        let asked = match legal {
            Some(Value::Map(masks)) => masks.len(),
            Some(_) => panic!("`legal` is not a map of agents"),
            None => self.items().len(),
        };
        pairs.len() == asked
            && pairs.iter().all(|(agent, action)| {
                let mask = legal.and_then(|legal| legal.find(agent));
                let is_asked = legal.is_none() || mask.is_some();
                is_asked && self.item(agent).is_some_and(|space| space.allows(action, mask))
            })
    }

    /// Returns the space as it travels.
    pub(crate) fn to_plain(&self) -> Value {
        let ints = |numbers: Vec<i128>| Value::List(numbers.into_iter().map(Value::Int).collect());
        let counts = |numbers: &[u32]| ints(numbers.iter().map(|&n| n.into()).collect());
        let (kind, entries) = match self {
            Space::Discrete { n, start } => {
                ("discrete", vec![("n", Value::Int((*n).into())), ("start", Value::Int((*start).into()))])
            }
            Space::MultiDiscrete { n, start } => {
                let start = ints(start.iter().map(|&start| start.into()).collect());
                ("multidiscrete", vec![("n", counts(n)), ("start", start)])
            }
            Space::MultiBinary { shape } => ("multibinary", vec![("shape", counts(shape))]),
            Space::Box { shape, dtype, low, high } => {
                let bounds = |bounds: &[f64]| Value::List(bounds.iter().map(|&bound| bound_to_plain(bound)).collect());
                let dtype = Value::Text(dtype.name().into());
                let entries =
                    [("shape", counts(shape)), ("dtype", dtype), ("low", bounds(low)), ("high", bounds(high))];
                ("box", entries.to_vec())
            }
            Space::Choice(values) => ("choice", vec![("values", Value::List(values.clone()))]),
            Space::Tuple(items) => ("tuple", vec![("items", Value::List(items.iter().map(Space::to_plain).collect()))]),
            Space::Dict(items) => {
                let items = items.iter().map(|(key, item)| (key.clone(), item.to_plain()));
                ("dict", vec![("items", Value::Map(items.collect()))])
            }
        };
        let entries = [("type", Value::Text(kind.into()))].into_iter().chain(entries);
        Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Reads a space that came over the wire.
    pub(crate) fn from_plain(plain: &Value) -> Result<Space, String> {
        read_space(plain, NESTING_MAX)
    }
}

fn allows_index(n: u32, index: i128, legal: Option<&Value>) -> bool {
    let inside = (0..i128::from(n)).contains(&index);
    inside && legal.is_none_or(|mask| *mask == Value::Nil || mask_of(mask, n)[index as usize] != 0)
}

fn bound_to_plain(bound: f64) -> Value {
    if bound.is_finite() {
        return Value::Float(bound);
    }
    let name = if bound > 0.0 { "inf" } else { "-inf" };
    Value::Map(vec![("$float".into(), Value::Text(name.into()))])
}

fn read_space(plain: &Value, nesting: usize) -> Result<Space, String> {
    if nesting == 0 {
        return Err(format!("spaces nest at most {NESTING_MAX} deep"));
    }
    let words = |refusal: Refusal| format!("an action space: {}", refusal.0);
    match plain.text("type").map_err(words)? {
        "discrete" => {
            let start = plain.find("start").map_or(Ok(0), |_| plain.int("start")).map_err(words)?;
            Ok(Space::Discrete { n: count(plain.get("n").map_err(words)?, 1)?, start })
        }
        "multidiscrete" => {
            let n = counts(plain.list("n").map_err(words)?, 1)?;
            let start = match plain.find("start") {
                None => vec![0; n.len()],
                Some(_) => plain.list("start").map_err(words)?.iter().filter_map(int64).collect(),
            };
            let same = n.len() == start.len();
            same.then_some(Space::MultiDiscrete { n, start }).ok_or("`start` has one int for each of `n`".into())
        }
        "multibinary" => Ok(Space::MultiBinary { shape: shape(plain.list("shape").map_err(words)?, 1)? }),
        "box" => {
            let shape = shape(plain.list("shape").map_err(words)?, 0)?;
            let name = plain.text("dtype").map_err(words)?;
            let dtype = Dtype::named(name).ok_or_else(|| format!("unknown dtype {name:?}"))?;
            let low = bounds(plain.list("low").map_err(words)?)?;
            let high = bounds(plain.list("high").map_err(words)?)?;
            if low.len() != count_of(&shape) || high.len() != count_of(&shape) {
                return Err("`low` and `high` need one number an element".into());
            }
            Ok(Space::Box { shape, dtype, low, high })
        }
        "choice" => match plain.list("values").map_err(words)? {
            [] => Err("`values` is empty".into()),
            values => Ok(Space::Choice(values.to_vec())),
        },
        "tuple" => {
            let items = plain.list("items").map_err(words)?;
            items.iter().map(|item| read_space(item, nesting - 1)).collect::<Result<_, _>>().map(Space::Tuple)
        }
        "dict" => {
            let Value::Map(items) = plain.get("items").map_err(words)? else {
                return Err("`items` of a dict is a map".into());
            };
            let items = items.iter().map(|(key, item)| Ok((key.clone(), read_space(item, nesting - 1)?)));
            items.collect::<Result<Vec<_>, String>>().map(Space::dict)
        }
        other => Err(format!("unknown space type {other:?}")),
    }
}

fn int64(value: &Value) -> Option<i64> {
    value.as_int().and_then(|value| value.try_into().ok())
}

fn count(value: &Value, least: u32) -> Result<u32, String> {
    let count = value.as_int().and_then(|value| u32::try_from(value).ok()).filter(|&count| count >= least);
    count.ok_or_else(|| format!("{value} is no count from {least} to 2^32 - 1"))
}

fn counts(values: &[Value], least: u32) -> Result<Vec<u32>, String> {
    values.iter().map(|value| count(value, least)).collect()
}

fn shape(values: &[Value], least: u32) -> Result<Vec<u32>, String> {
    if values.len() > DIMENSIONS_MAX {
        return Err(format!("a shape has at most {DIMENSIONS_MAX} dimensions"));
    }
    let lengths = counts(values, least)?;
    let size = lengths.iter().fold(1u128, |size, &length| size.saturating_mul(length.into()));
    if size > ENTRIES_MAX as u128 { Err(format!("a shape of {size} elements")) } else { Ok(lengths) }
}

fn bounds(values: &[Value]) -> Result<Vec<f64>, String> {
    values.iter().map(float_from_plain).collect()
}

fn float_from_plain(value: &Value) -> Result<f64, String> {
    let named = value.find("$float").and_then(|name| if let Value::Text(name) = name { Some(name) } else { None });
    match (value, named.map(String::as_str)) {
        (Value::Float(bound), _) => Ok(*bound),
        (Value::Int(bound), _) => Ok(*bound as f64),
        (_, Some("inf")) => Ok(f64::INFINITY),
        (_, Some("-inf")) => Ok(f64::NEG_INFINITY),
        (_, Some("nan")) => Ok(f64::NAN),
        _ => Err(format!("{value} is no number")),
    }
}
