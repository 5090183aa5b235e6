//! What can be put into a Step, type by type.

use crate::array::{Array, Element, write_header};
use crate::step::{Cell, Key, Place, Step, check_text};
use crate::value::Value;

/// What can be put into a [`Step`]: bools, ints, floats, texts, arrays and slices of numbers, and any [`Value`].
///
/// There is no `f32` among the floats on purpose: a scalar float travels as float64, so the widening is yours to write.
pub trait Put {
    /// Puts the value where it belongs.
    fn put(self, step: &mut Step, place: Place);
}

macro_rules! ints {
    ($($type:ty),+) => {$(
        impl Put for $type {
            fn put(self, step: &mut Step, place: Place) {
                step.push(place, Cell::Int(self as i128));
            }
        }
    )+};
}
ints!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl Put for bool {
    fn put(self, step: &mut Step, place: Place) {
        step.push(place, Cell::Bool(self));
    }
}

impl Put for f64 {
    fn put(self, step: &mut Step, place: Place) {
        step.push(place, Cell::Float(self));
    }
}

impl Put for &str {
    fn put(self, step: &mut Step, place: Place) {
        check_text(self);
        let at = step.keep(self.as_bytes());
        step.push(place, Cell::Text(at));
    }
}

impl<T: Element> Put for &[T] {
    fn put(self, step: &mut Step, place: Place) {
        let start = step.arena.len();
        write_header(&mut step.arena, T::DTYPE, &[self.len() as u32]);
        let middle = step.arena.len();
        self.iter().for_each(|element| element.write(&mut step.arena));
        step.push(place, Cell::Array(start..middle, middle..step.arena.len()));
    }
}

impl<T: Element, const N: usize> Put for [T; N] {
    fn put(self, step: &mut Step, place: Place) {
        self.as_slice().put(step, place);
    }
}

impl Put for &Array {
    fn put(self, step: &mut Step, place: Place) {
        let (header, data) = (step.keep(self.header()), step.keep(self.data()));
        step.push(place, Cell::Array(header, data));
    }
}

impl Put for &Value {
    fn put(self, step: &mut Step, place: Place) {
        match self {
            Value::Nil => step.push(place, Cell::Nil),
            Value::Bool(value) => step.push(place, Cell::Bool(*value)),
            Value::Int(value) => {
                let fits = (i64::MIN.into()..=u64::MAX.into()).contains(value);
                assert!(fits, "the int {value} is not between -2^63 and 2^64 - 1");
                step.push(place, Cell::Int(*value));
            }
            Value::Float(value) => step.push(place, Cell::Float(*value)),
            Value::Text(value) => value.as_str().put(step, place),
            Value::Bytes(value) => {
                let at = step.keep(value);
                step.push(place, Cell::Bytes(at));
            }
            Value::Array(array) => array.put(step, place),
            Value::List(items) => step.nest(place.0, Cell::EmptyList, |step| {
                for (index, item) in items.iter().enumerate() {
                    let place = step.find(Key::Index(index));
                    item.put(step, Place(place));
                }
            }),
            Value::Map(pairs) => step.nest(place.0, Cell::EmptyMap, |step| {
                for (key, item) in pairs {
                    let place = step.find(Key::Name(key));
                    item.put(step, Place(place));
                }
            }),
        }
    }
}
