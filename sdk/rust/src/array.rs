//! Arrays: a dtype, a shape, and the elements as they travel.

use crate::half::{float_from_half, half_from_float};
use crate::limits::DIMENSIONS_MAX;
use crate::value::Value;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Dtype {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    Float32,
    Float64,
}

impl Dtype {
    const NAMED: [(Dtype, &'static str, usize); 12] = [
        (Dtype::Bool, "bool", 1),
        (Dtype::Int8, "int8", 1),
        (Dtype::Int16, "int16", 2),
        (Dtype::Int32, "int32", 4),
        (Dtype::Int64, "int64", 8),
        (Dtype::UInt8, "uint8", 1),
        (Dtype::UInt16, "uint16", 2),
        (Dtype::UInt32, "uint32", 4),
        (Dtype::UInt64, "uint64", 8),
        (Dtype::Float16, "float16", 2),
        (Dtype::Float32, "float32", 4),
        (Dtype::Float64, "float64", 8),
    ];

    /// Returns the dtype of that name, `None` where there is none.
    pub fn named(name: &str) -> Option<Dtype> {
        Dtype::NAMED.into_iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Returns the name, as it travels.
    pub fn name(self) -> &'static str {
        Dtype::NAMED[self as usize].1
    }

    /// Returns the bytes of one element.
    pub fn size(self) -> usize {
        Dtype::NAMED[self as usize].2
    }

    /// Appends a float as one element of a float dtype.
    pub(crate) fn write_float(self, number: f64, data: &mut Vec<u8>) {
        match self {
            Dtype::Float16 => half_from_float(number).write(data),
            Dtype::Float32 => (number as f32).write(data),
            _ => number.write(data),
        }
    }

    /// Returns whether elements are floats.
    pub fn is_float(self) -> bool {
        matches!(self, Dtype::Float16 | Dtype::Float32 | Dtype::Float64)
    }
}

/// A Rust number that can be an array's element; `float16` has none and travels by [`Array::from_data`].
pub trait Element: Copy {
    /// The dtype of this type.
    const DTYPE: Dtype;
    /// Appends the element's bytes, little-endian.
    fn write(self, data: &mut Vec<u8>);
    /// Reads an element back from exactly its bytes.
    fn read(data: &[u8]) -> Self;
}

macro_rules! elements {
    ($($type:ty => $dtype:ident),+) => {$(
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            fn write(self, data: &mut Vec<u8>) {
                data.extend_from_slice(&self.to_le_bytes());
            }
            fn read(data: &[u8]) -> Self {
                Self::from_le_bytes(data.try_into().expect("one element's bytes"))
            }
        }
    )+};
}
elements!(i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, u8 => UInt8, u16 => UInt16);
elements!(u32 => UInt32, u64 => UInt64, f32 => Float32, f64 => Float64);

impl Element for bool {
    const DTYPE: Dtype = Dtype::Bool;
    fn write(self, data: &mut Vec<u8>) {
        data.push(self.into());
    }
    fn read(data: &[u8]) -> Self {
        data[0] != 0
    }
}

/// An array of one to eight dimensions, kept as it travels: a header (dtype, shape) and the data behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    payload: Vec<u8>,
    data_at: usize,
}

impl Array {
    /// Makes an array of `shape` from its elements, row-major.
    ///
    /// # Panics
    /// Where the shape does not hold that many elements.
    pub fn new<T: Element>(shape: &[u32], elements: &[T]) -> Array {
        let mut data = Vec::with_capacity(elements.len() * T::DTYPE.size());
        elements.iter().for_each(|element| element.write(&mut data));
        Array::from_data(T::DTYPE, shape, &data)
    }

    /// Makes an array from the little-endian bytes of its elements.
    ///
    /// # Panics
    /// Where the bytes are not what dtype and shape ask for.
    pub fn from_data(dtype: Dtype, shape: &[u32], data: &[u8]) -> Array {
        let mut header = Vec::new();
        write_header(&mut header, dtype, shape);
        assert_eq!(data.len(), count_of(shape) * dtype.size(), "an array of shape {shape:?} has other data");
        Array::joined(&header, data)
    }

    pub(crate) fn joined(header: &[u8], data: &[u8]) -> Array {
        Array { payload: [header, data].concat(), data_at: header.len() }
    }

    /// Reads the payload of extension type 1.
    pub(crate) fn from_payload(payload: &[u8]) -> Result<Array, String> {
        let name_length = *payload.first().ok_or("an array without a dtype")? as usize;
        let name = payload.get(1..1 + name_length).ok_or("an array's dtype is cut short")?;
        let dtype = std::str::from_utf8(name).ok().and_then(Dtype::named);
        let dtype = dtype.ok_or("an array of an unknown dtype")?;
        let dimensions = *payload.get(1 + name_length).ok_or("an array without dimensions")? as usize;
        if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
            return Err(format!("an array of {dimensions} dimensions; it has 1 to {DIMENSIONS_MAX}"));
        }
        let data_at = 2 + name_length + 4 * dimensions;
        let data = payload.get(data_at..).ok_or("an array's shape is cut short")?;
        let mut size = Some(dtype.size());
        for length in shape_of(&payload[..data_at]) {
            size = size.and_then(|size| size.checked_mul(length as usize));
        }
        if size != Some(data.len()) {
            return Err("an array's data and shape differ in size".into());
        }
        if dtype == Dtype::Bool && data.iter().any(|&byte| byte > 1) {
            return Err("an element of a bool array is 0 or 1".into());
        }
        Ok(Array { payload: payload.to_vec(), data_at })
    }

    pub(crate) fn header(&self) -> &[u8] {
        &self.payload[..self.data_at]
    }

    /// Returns the elements as they travel: row-major, little-endian.
    pub fn data(&self) -> &[u8] {
        &self.payload[self.data_at..]
    }

    /// Returns the type of the elements.
    pub fn dtype(&self) -> Dtype {
        dtype_of(self.header())
    }

    /// Returns the length of each dimension.
    pub fn shape(&self) -> Vec<u32> {
        shape_of(self.header()).collect()
    }

    /// Returns how many elements there are.
    pub fn count(&self) -> usize {
        self.data().len() / self.dtype().size()
    }

    /// Returns the elements, row-major; `None` where they are of another type.
    pub fn elements<T: Element>(&self) -> Option<Vec<T>> {
        let own = self.dtype() == T::DTYPE;
        own.then(|| self.data().chunks_exact(T::DTYPE.size()).map(T::read).collect())
    }

    /// Returns each element as a float (exact but for 64-bit ints beyond 2^53).
    pub(crate) fn floats(&self) -> impl Iterator<Item = f64> {
        let dtype = self.dtype();
        self.data().chunks_exact(dtype.size()).map(move |bytes| float_of(dtype, bytes))
    }
}

pub(crate) fn write_header(payload: &mut Vec<u8>, dtype: Dtype, shape: &[u32]) {
    let fits = (1..=DIMENSIONS_MAX).contains(&shape.len());
    assert!(fits, "an array has 1 to {DIMENSIONS_MAX} dimensions, not {}", shape.len());
    payload.push(dtype.name().len() as u8);
    payload.extend_from_slice(dtype.name().as_bytes());
    payload.push(shape.len() as u8);
    shape.iter().for_each(|length| length.write(payload));
}

/// Returns how many elements a shape holds.
pub(crate) fn count_of(shape: &[u32]) -> usize {
    shape.iter().map(|&length| length as usize).product()
}

pub(crate) fn dtype_of(header: &[u8]) -> Dtype {
    let name = std::str::from_utf8(&header[1..1 + header[0] as usize]);
    name.ok().and_then(Dtype::named).expect("headers are checked when read")
}

pub(crate) fn shape_of(header: &[u8]) -> impl Iterator<Item = u32> {
    header[2 + header[0] as usize..].chunks_exact(4).map(u32::read)
}

/// Returns one element as the scalar that a box without a dimension holds.
pub(crate) fn scalar_of(dtype: Dtype, bytes: &[u8]) -> Value {
    match dtype {
        Dtype::Bool => Value::Bool(bool::read(bytes)),
        Dtype::Int64 => Value::Int(i64::read(bytes).into()),
        Dtype::UInt64 => Value::Int(u64::read(bytes).into()),
        _ if dtype.is_float() => Value::Float(float_of(dtype, bytes)),
        _ => Value::Int(float_of(dtype, bytes) as i128),
    }
}

fn float_of(dtype: Dtype, bytes: &[u8]) -> f64 {
    match dtype {
        Dtype::Bool | Dtype::UInt8 => bytes[0].into(),
        Dtype::Int8 => i8::read(bytes).into(),
        Dtype::Int16 => i16::read(bytes).into(),
        Dtype::Int32 => i32::read(bytes).into(),
        Dtype::Int64 => i64::read(bytes) as f64,
        Dtype::UInt16 => u16::read(bytes).into(),
        Dtype::UInt32 => u32::read(bytes).into(),
        Dtype::UInt64 => u64::read(bytes) as f64,
        Dtype::Float16 => float_from_half(u16::read(bytes)),
        Dtype::Float32 => f32::read(bytes).into(),
        Dtype::Float64 => f64::read(bytes),
    }
}

/// Returns whether the data of a float array hold a NaN.
pub(crate) fn holds_nan(header: &[u8], data: &[u8]) -> bool {
    let dtype = dtype_of(header);
    dtype.is_float() && data.chunks_exact(dtype.size()).any(|bytes| float_of(dtype, bytes).is_nan())
}

/// Returns a float rounded to a float dtype.
pub(crate) fn round_to(dtype: Dtype, number: f64) -> f64 {
    match dtype {
        Dtype::Float16 => float_from_half(half_from_float(number)),
        Dtype::Float32 => f64::from(number as f32),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_keep_shape_and_elements() {
        let array = Array::new(&[2, 3], &[1i16, -2, 3, 4, 5, 6]);
        assert_eq!((array.dtype(), array.shape()), (Dtype::Int16, vec![2, 3]));
        assert_eq!(array.elements::<i16>(), Some(vec![1, -2, 3, 4, 5, 6]));
        assert_eq!(array.elements::<u16>(), None);
        assert_eq!(Array::from_payload(&array.payload), Ok(array));
    }

    #[test]
    fn broken_payloads_are_told() {
        let whole = Array::new(&[3], &[true, false, true]);
        for cut in 0..whole.payload.len() {
            assert!(Array::from_payload(&whole.payload[..cut]).is_err());
        }
        let mut two = whole.payload.to_vec();
        *two.last_mut().unwrap() = 2;
        assert!(Array::from_payload(&two).unwrap_err().contains("0 or 1"));
        let mut huge = Vec::new();
        write_header(&mut huge, Dtype::Float64, &[u32::MAX; 8]);
        assert!(Array::from_payload(&huge).is_err());
    }
}
