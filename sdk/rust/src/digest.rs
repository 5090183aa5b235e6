//! The digest of a Step (docs/protocol.md, section 4).

use xxhash_rust::xxh3::xxh3_64;

use crate::array::holds_nan;
use crate::value::Leaf;

/// Appends what a digest takes in of one leaf; returns whether it is or holds a NaN.
pub(crate) fn extend(input: &mut Vec<u8>, path: &str, leaf: Leaf) -> bool {
    write_sized(input, path.as_bytes());
    match leaf {
        Leaf::Nil => input.push(0),
        Leaf::Bool(value) => input.extend([1, value.into()]),
        Leaf::Int(value) => {
            input.push(2);
            input.extend_from_slice(&value.to_le_bytes()[..8]);
        }
        Leaf::Float(value) => {
            input.push(3);
            input.extend_from_slice(&value.to_le_bytes());
            return value.is_nan();
        }
        Leaf::Text(value) => {
            input.push(4);
            write_sized(input, value.as_bytes());
        }
        Leaf::Bytes(value) => {
            input.push(5);
            write_sized(input, value);
        }
        Leaf::Array(header, data) => {
            input.push(6);
            input.extend_from_slice(header);
            input.extend_from_slice(data);
            return holds_nan(header, data);
        }
        Leaf::EmptyMap => input.push(7),
        Leaf::EmptyList => input.push(8),
    }
    false
}

fn write_sized(input: &mut Vec<u8>, bytes: &[u8]) {
    input.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    input.extend_from_slice(bytes);
}

/// Returns the digest of what was taken in.
pub(crate) fn finish(input: &[u8], is_nan: bool) -> u64 {
    if is_nan { 0 } else { xxh3_64(input).max(1) }
}
