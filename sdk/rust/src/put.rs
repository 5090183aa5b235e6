//! What can be put into a Step, type by type.

use crate::array::{Array, Element, write_header};
use crate::step::{Cell, Key, Place, Step, check_text};
use crate::value::Value;

/// What can be put into a [`Step`]: bools, ints, floats, texts, and any [`Value`]; slices, arrays and `Vec`s of numbers or
/// bools, which are arrays of their dtype; and those of texts or of Values, which are lists.
///
/// A scalar float is a float64, whatever its width: `f32` is widened, which changes no number.
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

impl Put for f32 {
    fn put(self, step: &mut Step, place: Place) {
        f64::from(self).put(step, place);
    }
}

impl Put for &str {
    fn put(self, step: &mut Step, place: Place) {
        check_text(self);
        let at = step.keep(self.as_bytes());
        step.push(place, Cell::Text(at));
    }
}

impl Put for &String {
    fn put(self, step: &mut Step, place: Place) {
        self.as_str().put(step, place);
    }
}

impl Put for String {
    fn put(self, step: &mut Step, place: Place) {
        self.as_str().put(step, place);
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

impl Put for &[&str] {
    fn put(self, step: &mut Step, place: Place) {
        put_list(self.iter().copied(), step, place);
    }
}

impl Put for &[String] {
    fn put(self, step: &mut Step, place: Place) {
        put_list(self.iter(), step, place);
    }
}

impl Put for &[Value] {
    fn put(self, step: &mut Step, place: Place) {
        put_list(self.iter(), step, place);
    }
}

fn put_list<T: Put>(items: impl Iterator<Item = T>, step: &mut Step, place: Place) {
    step.nest(place.0, Cell::EmptyList, |step| {
        for (index, item) in items.enumerate() {
            let place = step.find(Key::Index(index));
            item.put(step, Place(place));
        }
    });
}

impl<T, const N: usize> Put for [T; N]
where
    for<'a> &'a [T]: Put,
{
    fn put(self, step: &mut Step, place: Place) {
        self.as_slice().put(step, place);
    }
}

impl<T, const N: usize> Put for &[T; N]
where
    for<'a> &'a [T]: Put,
{
    fn put(self, step: &mut Step, place: Place) {
        self.as_slice().put(step, place);
    }
}

impl<T> Put for Vec<T>
where
    for<'a> &'a [T]: Put,
{
    fn put(self, step: &mut Step, place: Place) {
        self.as_slice().put(step, place);
    }
}

impl<T> Put for &Vec<T>
where
    for<'a> &'a [T]: Put,
{
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

impl Put for Value {
    fn put(self, step: &mut Step, place: Place) {
        (&self).put(step, place);
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
            Value::Text(value) => value.put(step, place),
            Value::Bytes(value) => {
                let at = step.keep(value);
                step.push(place, Cell::Bytes(at));
            }
            Value::Array(array) => array.put(step, place),
            Value::List(items) => items.put(step, place),
            Value::Map(pairs) => step.nest(place.0, Cell::EmptyMap, |step| {
                for (key, item) in pairs {
                    let place = step.find(Key::Name(key));
                    item.put(step, Place(place));
                }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a Step shows once this was put: each leaf and its path.
    fn shown(value: impl Put) -> Vec<(String, Value)> {
        let mut step = Step::new(false);
        step.begin(false);
        step.put("x", value);
        let leaves = step.cells.iter().map(|(path, cell)| (step.paths[*path].text.clone(), step.leaf(cell).to_value()));
        leaves.collect()
    }

    #[test]
    fn a_float_is_a_float64_whatever_its_width() {
        assert_eq!(shown(0.1f32), [("x".into(), Value::Float(f64::from(0.1f32)))]);
        assert_eq!(shown(1.0), [("x".into(), Value::Float(1.0))]);
    }

    #[test]
    fn texts_and_values_make_a_list_however_they_are_held() {
        let texts = ["wind", "rain"];
        let owned: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let wanted: Vec<_> = (0..2).map(|at| (format!("x[{at}]"), Value::Text(texts[at].into()))).collect();
        let values: Vec<Value> = texts.iter().map(|text| Value::Text((*text).into())).collect();
        let of_texts =
            [shown(texts), shown(&texts[..]), shown(texts.to_vec()), shown(&owned), shown(&owned[..]), shown(owned)];
        let of_values = [shown(&values), shown(&values[..]), shown(values.clone()), shown(Value::List(values))];
        assert!(of_texts.iter().chain(&of_values).all(|seen| *seen == wanted));
        assert_eq!(shown(String::from("wind")), shown("wind"));
        assert_eq!(shown(Vec::<String>::new()), [("x".into(), Value::List(vec![]))]);
    }

    #[test]
    fn numbers_make_an_array_however_they_are_held() {
        let wanted = [("x".into(), Value::Array(Array::new(&[2], &[1i8, -2])))];
        let numbers = vec![1i8, -2];
        let seen = [shown([1i8, -2]), shown(&numbers[..]), shown(&numbers), shown(numbers)];
        assert!(seen.iter().all(|seen| *seen == wanted));
        assert_eq!(shown(Vec::<bool>::new()), [("x".into(), Value::Array(Array::new::<bool>(&[0], &[])))]);
    }
}
