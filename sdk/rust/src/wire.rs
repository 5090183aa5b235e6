//! Frames and msgpack: bytes to values and back.

use std::io::{self, Read};

use rmp::{Marker, decode, encode};

use crate::array::Array;
use crate::limits::*;
use crate::value::Value;

const ARRAY_TYPE: i8 = 1;

/// What came in.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Frame,
    End,
    /// A length that cannot be: nobody knows where the next frame begins.
    Lost(String),
}

/// Reads the next frame, without its length, into `frame`.
pub(crate) fn read_frame(input: &mut impl Read, frame: &mut Vec<u8>) -> io::Result<Received> {
    let mut length = [0; 4];
    if input.read(&mut length[..1])? == 0 {
        return Ok(Received::End);
    }
    input.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length) as usize;
    if !(1..=FRAME_BYTES_MAX).contains(&length) {
        let words = format!("a frame of {length} bytes is announced; it has 1 to {FRAME_BYTES_MAX}");
        return Ok(Received::Lost(words));
    }
    frame.resize(length, 0);
    input.read_exact(frame)?;
    Ok(Received::Frame)
}

/// Entries of a message that may hold any character: whoever shows them cleans them.
const FREE_TEXT: [&str; 10] =
    ["words", "ends", "columns", "episodes", "scripts", "rolls", "actions", "states", "arguments", "results"];

/// Reads the map that fills a frame, without its length.
pub(crate) fn decode_frame(frame: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { rest: frame, tally: Tally::default() };
    let value = reader.value(0, true)?;
    if !reader.rest.is_empty() {
        return Err(format!("{} bytes follow the map", reader.rest.len()));
    }
    if matches!(value, Value::Map(_)) { Ok(value) } else { Err("a frame holds one map".into()) }
}

/// What is left of a frame, and what it held so far. With `strict`, texts hold no control character.
struct Reader<'a> {
    rest: &'a [u8],
    tally: Tally,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize, strict: bool) -> Result<Value, String> {
        use Marker::*;
        let first = *self.rest.first().ok_or("the frame is cut short")?;
        let rest = &mut self.rest;
        Ok(match Marker::from_u8(first) {
            Null => decode::read_nil(rest).map(|()| Value::Nil).map_err(cut)?,
            True | False => Value::Bool(decode::read_bool(rest).map_err(cut)?),
            F32 => Value::Float(decode::read_f32(rest).map_err(cut)?.into()),
            F64 => Value::Float(decode::read_f64(rest).map_err(cut)?),
            FixPos(_) | FixNeg(_) | U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64 => {
                Value::Int(decode::read_int(rest).map_err(cut)?)
            }
            FixStr(_) | Str8 | Str16 | Str32 => Value::Text(self.text(strict)?),
            Bin8 | Bin16 | Bin32 => {
                let length = decode::read_bin_len(rest).map_err(cut)?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            FixArray(_) | Array16 | Array32 => self.list(depth + 1, strict)?,
            FixMap(_) | Map16 | Map32 => self.map(depth + 1, strict)?,
            FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16 | Ext8 | Ext16 | Ext32 => {
                let meta = decode::read_ext_meta(rest).map_err(cut)?;
                let payload = self.take(meta.size)?;
                if meta.typeid != ARRAY_TYPE {
                    return Err(format!("extension type {}; only {ARRAY_TYPE} is known", meta.typeid));
                }
                self.tally.add(0)?;
                Value::Array(Array::from_payload(payload)?)
            }
            Reserved => return Err("the byte 0xc1 begins no value".into()),
        })
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], String> {
        self.rest.split_off(..length as usize).ok_or_else(|| "the frame is cut short".into())
    }

    fn text(&mut self, strict: bool) -> Result<String, String> {
        let length = decode::read_str_len(&mut self.rest).map_err(cut)?;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| "a text is not UTF-8")?;
        match complain_of_text(text, strict) {
            None => Ok(text.to_owned()),
            Some(complaint) => Err(complaint.into()),
        }
    }

    fn list(&mut self, depth: usize, strict: bool) -> Result<Value, String> {
        let count = decode::read_array_len(&mut self.rest).map_err(cut)? as usize;
        self.check_count(count, ENTRIES_MAX, self.rest.len(), depth)?;
        let items: Result<_, _> = (0..count).map(|_| self.value(depth, strict)).collect();
        Ok(Value::List(items?))
    }

    fn map(&mut self, depth: usize, strict: bool) -> Result<Value, String> {
        let count = decode::read_map_len(&mut self.rest).map_err(cut)? as usize;
        self.check_count(count, MAP_ENTRIES_MAX, self.rest.len() / 2, depth)?;
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            let key = self.text(true)?;
            let strict = strict && !(depth == 1 && FREE_TEXT.contains(&key.as_str()));
            pairs.push((key, self.value(depth, strict)?));
        }
        Ok(Value::Map(pairs))
    }

    fn check_count(&mut self, count: usize, most: usize, room: usize, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("lists and maps nested deeper than {DEPTH_MAX}"));
        }
        if count > most {
            return Err(format!("a list or map of {count} entries; at most {most}"));
        }
        if count > room {
            return Err("the frame is cut short".into());
        }
        self.tally.add(count)
    }
}

fn cut(error: impl std::fmt::Display) -> String {
    format!("the frame is cut short: {error}")
}

/// A frame in the making: four bytes for its length, then msgpack.
pub(crate) struct Frame {
    bytes: Vec<u8>,
    tally: Tally,
    /// What is wrong with it.
    broken: Option<String>,
}

/// Writing to memory cannot fail.
const IN_MEMORY: &str = "memory takes all";

impl Frame {
    /// Begins a frame whose map has a `type` and `others` more entries, to be written next.
    pub(crate) fn new(kind: &str, others: u32) -> Frame {
        let mut frame = Frame { bytes: vec![0; 4], tally: Tally::default(), broken: None };
        frame.map(others + 1);
        frame.text("type");
        frame.text(kind);
        frame
    }

    /// Makes a whole frame of a `refused` or `failed`.
    pub(crate) fn of_words(kind: &str, words: &str) -> Frame {
        let mut frame = Frame::new(kind, 1);
        frame.text("words");
        frame.text(cut_words(words));
        frame
    }

    /// Returns the frame, or where it would break a limit, what is wrong with it as a `failed`.
    pub(crate) fn checked(self) -> Result<Frame, Frame> {
        let length = self.bytes.len() - 4;
        let too_long = (length > FRAME_BYTES_MAX).then(|| format!("{length} bytes; at most {FRAME_BYTES_MAX}"));
        match self.broken.or(too_long) {
            None => Ok(Frame { broken: None, ..self }),
            Some(complaint) => Err(Frame::of_words("failed", &format!("the answer cannot be sent: {complaint}"))),
        }
    }

    /// Returns the bytes to send: the length and what follows.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let length = self.bytes.len() as u32 - 4;
        self.bytes[..4].copy_from_slice(&length.to_le_bytes());
        self.bytes
    }

    fn count(&mut self, entries: usize) {
        if let Err(complaint) = self.tally.add(entries) {
            self.broken.get_or_insert(complaint);
        }
    }

    pub(crate) fn nil(&mut self) {
        encode::write_nil(&mut self.bytes).expect(IN_MEMORY);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        encode::write_bool(&mut self.bytes, value).expect(IN_MEMORY);
    }

    pub(crate) fn int(&mut self, value: i128) {
        match u64::try_from(value) {
            Ok(value) => encode::write_uint(&mut self.bytes, value).expect(IN_MEMORY),
            Err(_) => encode::write_sint(&mut self.bytes, value as i64).expect(IN_MEMORY),
        };
    }

    pub(crate) fn float(&mut self, value: f64) {
        encode::write_f64(&mut self.bytes, value).expect(IN_MEMORY);
    }

    pub(crate) fn text(&mut self, value: &str) {
        encode::write_str(&mut self.bytes, value).expect(IN_MEMORY);
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        encode::write_bin(&mut self.bytes, value).expect(IN_MEMORY);
    }

    pub(crate) fn list(&mut self, count: usize) {
        self.count(count);
        encode::write_array_len(&mut self.bytes, count as u32).expect(IN_MEMORY);
    }

    pub(crate) fn map(&mut self, count: u32) {
        if count as usize > MAP_ENTRIES_MAX {
            self.broken.get_or_insert(format!("a map of {count} entries; at most {MAP_ENTRIES_MAX}"));
        }
        self.count(count as usize);
        encode::write_map_len(&mut self.bytes, count).expect(IN_MEMORY);
    }

    pub(crate) fn array(&mut self, header: &[u8], data: &[u8]) {
        self.count(0);
        let length = (header.len() + data.len()) as u32;
        encode::write_ext_meta(&mut self.bytes, length, ARRAY_TYPE).expect(IN_MEMORY);
        self.bytes.extend_from_slice(header);
        self.bytes.extend_from_slice(data);
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Nil => self.nil(),
            Value::Bool(value) => self.bool(*value),
            Value::Int(value) => self.int(*value),
            Value::Float(value) => self.float(*value),
            Value::Text(value) => self.text(value),
            Value::Bytes(value) => self.bytes(value),
            Value::Array(array) => self.array(array.header(), array.data()),
            Value::List(items) => {
                self.list(items.len());
                items.iter().for_each(|item| self.value(item));
            }
            Value::Map(pairs) => {
                self.map(pairs.len() as u32);
                for (key, item) in pairs {
                    self.text(key);
                    self.value(item);
                }
            }
        }
    }
}
