//! Domains: what a draw could have been, and the forms in which its value travels.

use std::borrow::Cow;

use crate::array::{Array, scalar_of};
use crate::step::Step;
use crate::value::Value;

/// What a draw could have been.
#[derive(Clone, Copy, Debug)]
pub struct Domain<'a> {
    kind: Kind<'a>,
    size: &'a [u32],
}

#[derive(Clone, Copy, Debug)]
enum Kind<'a> {
    Integers(i128, i128),
    Choice(&'a [f64]),
    Permutation(u32),
    Law(&'a str, &'a [(&'a str, Value)]),
}

impl<'a> Domain<'a> {
    /// The whole numbers from `low`, `high` left out, each as likely as the others.
    pub fn integers(low: impl TryInto<i128>, high: impl TryInto<i128>) -> Self {
        let bound = "a bound fits 128 bits";
        Domain::of(Kind::Integers(low.try_into().ok().expect(bound), high.try_into().ok().expect(bound)))
    }

    /// The whole numbers from 0, with these probabilities.
    pub fn choice(p: &'a [f64]) -> Self {
        Domain::of(Kind::Choice(p))
    }

    /// Every order of the numbers below `n`, each as likely as the others; what is drawn is a `Vec` or an array of them.
    pub fn permutation(n: u32) -> Self {
        Domain::of(Kind::Permutation(n))
    }

    /// A distribution by its name in numpy (`uniform`, `normal`, ...), with its parameters by theirs.
    pub fn distribution(name: &'a str, parameters: &'a [(&'a str, Value)]) -> Self {
        Domain::of(Kind::Law(name, parameters))
    }

    /// Says that an array of this shape is drawn at once.
    pub fn sized(self, size: &'a [u32]) -> Self {
        Domain { size, ..self }
    }

    fn of(kind: Kind<'a>) -> Self {
        Domain { kind, size: &[] }
    }

    /// Returns the shape of what is drawn at once; without a dimension it is one number.
    pub(crate) fn shape(&self) -> Vec<u32> {
        match self.kind {
            Kind::Permutation(n) => vec![n],
            _ => self.size.to_vec(),
        }
    }

    /// Returns the domain as a record keeps it.
    pub(crate) fn told(self) -> Told {
        let (kind, entries): (Cow<'static, str>, Vec<(Cow<'static, str>, Value)>) = match self.kind {
            Kind::Integers(low, high) => {
                ("integers".into(), vec![("low".into(), Value::Int(low)), ("high".into(), Value::Int(high))])
            }
            Kind::Choice(p) => ("choice".into(), vec![("p".into(), Value::Array(Array::new(&[p.len() as u32], p)))]),
            Kind::Permutation(n) => ("permutation".into(), vec![("n".into(), Value::Int(n.into()))]),
            Kind::Law(name, parameters) => (
                name.to_owned().into(),
                parameters.iter().map(|(name, value)| ((*name).to_owned().into(), value.clone())).collect(),
            ),
        };
        Told { kind, entries, size: self.size.to_vec() }
    }

    /// Returns whether a value can be drawn, as far as its form and the bounds of whole numbers say.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        let shape = self.shape();
        let numbers = match value {
            Value::Array(array) if array.shape() == shape => scalars(array),
            Value::Int(_) | Value::Float(_) if shape.is_empty() => vec![value.clone()],
            _ => return false,
        };
        if matches!(self.kind, Kind::Law(..)) {
            return true;
        }
        let Some(mut numbers) = numbers.iter().map(Value::as_int).collect::<Option<Vec<i128>>>() else {
            return false;
        };
        let odds = |p: &[f64], number: i128| usize::try_from(number).ok().and_then(|place| p.get(place).copied());
        match self.kind {
            Kind::Integers(low, high) => numbers.iter().all(|number| (low..high).contains(number)),
            Kind::Choice(p) => numbers.iter().all(|&number| odds(p, number).is_some_and(|p| p > 0.0)),
            _ => {
                numbers.sort_unstable();
                numbers.into_iter().eq(0..i128::from(shape[0]))
            }
        }
    }
}

/// A domain as a record keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    kind: Cow<'static, str>,
    entries: Vec<(Cow<'static, str>, Value)>,
    size: Vec<u32>,
}

impl Told {
    /// Puts the domain as a Step shows it.
    pub(crate) fn put(&self, step: &mut Step) {
        step.put("kind", &*self.kind);
        for (name, value) in &self.entries {
            step.put(name, value);
        }
        if !self.size.is_empty() {
            let size: Vec<Value> = self.size.iter().map(|&length| Value::Int(length.into())).collect();
            step.put("size", &size);
        }
    }
}

/// What can be drawn: an int, a float, and for a domain with a size or a permutation a `Vec` or an array of them, row by row.
pub trait Drawn: Sized {
    /// Returns what was drawn as it travels; `shape` is the domain's.
    ///
    /// # Panics
    /// Where it is not of this shape.
    fn to_value(&self, shape: &[u32]) -> Value;

    /// Returns what was recorded, `None` where it does not fit the type.
    fn from_value(value: &Value) -> Option<Self>;
}

fn expect_one(shape: &[u32]) {
    assert!(shape.is_empty(), "one number was drawn, and an array of shape {shape:?} is wanted");
}

macro_rules! ints {
    ($($type:ty),+) => {$(
        impl Drawn for $type {
            fn to_value(&self, shape: &[u32]) -> Value {
                expect_one(shape);
                Value::Int(*self as i128)
            }
            fn from_value(value: &Value) -> Option<Self> {
                value.as_int()?.try_into().ok()
            }
        }
    )+};
}
ints!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

macro_rules! floats {
    ($($type:ty),+) => {$(
        impl Drawn for $type {
            fn to_value(&self, shape: &[u32]) -> Value {
                expect_one(shape);
                Value::Float((*self).into())
            }
            fn from_value(value: &Value) -> Option<Self> {
                if let Value::Float(value) = value { Some(*value as $type) } else { None }
            }
        }
    )+};
}
floats!(f32, f64);

impl<T: Drawn> Drawn for Vec<T> {
    fn to_value(&self, shape: &[u32]) -> Value {
        Value::Array(to_array(self, shape))
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Array(array) = value { scalars(array).iter().map(T::from_value).collect() } else { None }
    }
}

impl<T: Drawn, const N: usize> Drawn for [T; N] {
    fn to_value(&self, shape: &[u32]) -> Value {
        Value::Array(to_array(self, shape))
    }

    fn from_value(value: &Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
    }
}

fn to_array<T: Drawn>(numbers: &[T], shape: &[u32]) -> Array {
    let values: Vec<Value> = numbers.iter().map(|number| number.to_value(&[])).collect();
    let ints: Option<Vec<i64>> = values.iter().map(|value| value.as_int()?.try_into().ok()).collect();
    match ints {
        Some(ints) => Array::new(shape, &ints),
        None => {
            let float = |value: &Value| f64::from_value(value).expect("ints drawn in arrays fit 64 bits");
            Array::new(shape, &values.iter().map(float).collect::<Vec<_>>())
        }
    }
}

fn scalars(array: &Array) -> Vec<Value> {
    array.data().chunks_exact(array.dtype().size()).map(|bytes| scalar_of(array.dtype(), bytes)).collect()
}
