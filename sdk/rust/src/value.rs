//! Values: what a Step, an action, a state or an argument is made of.

use std::fmt;

use crate::array::{Array, Element};

/// A definite no, with its reason in words; the environment has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl<T: Into<String>> From<T> for Refusal {
    fn from(words: T) -> Self {
        Refusal(words.into())
    }
}

/// A leaf, or a list or map of values.
///
/// `Int` holds -2^63 to 2^64 - 1; a wider number does not fit the wire.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    Nil,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Array(Array),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// The readers that a `load`, a `reset` or a component needs; each refuses in words.
impl Value {
    /// Returns the value under `key` of a map, `None` where it has none or this is no map.
    pub fn find(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the value under `key` of a map.
    pub fn get(&self, key: &str) -> Result<&Value, Refusal> {
        self.find(key).ok_or_else(|| format!("`{key}` is missing").into())
    }

    /// Returns the bool under `key`.
    pub fn bool(&self, key: &str) -> Result<bool, Refusal> {
        match self.get(key)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(format!("`{key}` is not a bool").into()),
        }
    }

    /// Returns the int under `key`, where it fits `T`.
    pub fn int<T: TryFrom<i128>>(&self, key: &str) -> Result<T, Refusal> {
        let value = self.get(key)?.as_int();
        value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| {
            let wanted = std::any::type_name::<T>();
            format!("`{key}` is not an int that fits {wanted}").into()
        })
    }

    /// Returns the float under `key`.
    pub fn float(&self, key: &str) -> Result<f64, Refusal> {
        match self.get(key)? {
            Value::Float(value) => Ok(*value),
            _ => Err(format!("`{key}` is not a float").into()),
        }
    }

    /// Returns the text under `key`.
    pub fn text(&self, key: &str) -> Result<&str, Refusal> {
        match self.get(key)? {
            Value::Text(value) => Ok(value),
            _ => Err(format!("`{key}` is not a text").into()),
        }
    }

    /// Returns the elements of the array under `key`, which has this shape and the dtype of `T`.
    pub fn array<T: Element>(&self, key: &str, shape: &[u32]) -> Result<Vec<T>, Refusal> {
        let found = match self.get(key)? {
            Value::Array(array) if array.shape() == shape => array.elements(),
            _ => None,
        };
        let name = T::DTYPE.name();
        found.ok_or_else(|| format!("`{key}` is not an array {name}{shape:?}").into())
    }

    /// Returns the list under `key`.
    pub fn list(&self, key: &str) -> Result<&[Value], Refusal> {
        match self.get(key)? {
            Value::List(items) => Ok(items),
            _ => Err(format!("`{key}` is not a list").into()),
        }
    }

    /// Returns the number of an int, `None` for anything else.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns this value as a leaf; `None` for a list or map that holds something.
    pub(crate) fn leaf(&self) -> Option<Leaf<'_>> {
        Some(match self {
            Value::Nil => Leaf::Nil,
            Value::Bool(value) => Leaf::Bool(*value),
            Value::Int(value) => Leaf::Int(*value),
            Value::Float(value) => Leaf::Float(*value),
            Value::Text(value) => Leaf::Text(value),
            Value::Bytes(value) => Leaf::Bytes(value),
            Value::Array(array) => Leaf::Array(array.header(), array.data()),
            Value::List(items) if items.is_empty() => Leaf::EmptyList,
            Value::Map(pairs) if pairs.is_empty() => Leaf::EmptyMap,
            Value::List(_) | Value::Map(_) => return None,
        })
    }
}

/// The value in words, for people.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Nil => out.write_str("nil"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Int(value) => write!(out, "{value}"),
            Value::Float(value) => write!(out, "{value:?}"),
            Value::Text(value) => write!(out, "{value:?}"),
            Value::Bytes(value) => write!(out, "{} bytes", value.len()),
            Value::Array(array) => {
                write!(out, "{}{:?} {:?}", array.dtype().name(), array.shape(), array.floats().collect::<Vec<_>>())
            }
            Value::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(out, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                out.write_str("]")
            }
            Value::Map(pairs) => {
                out.write_str("{")?;
                for (index, (key, item)) in pairs.iter().enumerate() {
                    write!(out, "{}{key:?}: {item}", if index > 0 { ", " } else { "" })?;
                }
                out.write_str("}")
            }
        }
    }
}

/// A leaf that belongs to somebody else; an array is its header and its data, as they travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Leaf<'a> {
    Nil,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Array(&'a [u8], &'a [u8]),
    EmptyMap,
    EmptyList,
}

impl Leaf<'_> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Leaf::Nil => Value::Nil,
            Leaf::Bool(value) => Value::Bool(value),
            Leaf::Int(value) => Value::Int(value),
            Leaf::Float(value) => Value::Float(value),
            Leaf::Text(value) => Value::Text(value.to_owned()),
            Leaf::Bytes(value) => Value::Bytes(value.to_owned()),
            Leaf::Array(header, data) => Value::Array(Array::joined(header, data)),
            Leaf::EmptyMap => Value::Map(Vec::new()),
            Leaf::EmptyList => Value::List(Vec::new()),
        }
    }
}
