//! The conformance suite: golden vectors that the tests of every language read.
//!
//! They lie in the repository, not in the published crate; where they are not, there is nothing to test.

use serde_json::Value as Json;

use crate::array::{Array, Dtype, Element, scalar_of};
use crate::blocks::{Ask, Blocks};
use crate::environment::{Declaration, Environment, offer};
use crate::limits::DIMENSIONS_MAX;
use crate::sampling::{SplitMix64, draw_action};
use crate::session::{Program, Session};
use crate::space::Space;
use crate::step::Step;
use crate::value::{Refusal, Value};
use crate::wire::{Frame, Received, decode_frame, read_frame};

/// Returns the vectors under `key` of a golden file.
fn vectors(file: &str, key: &str) -> Vec<Json> {
    let path = format!("{}/../../tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("{path} is not here");
        return Vec::new();
    };
    let json: Json = serde_json::from_str(&text).expect("golden files are JSON");
    let vectors = json[key].as_array().expect("a list of vectors").clone();
    assert!(!vectors.is_empty(), "{file} has no {key}");
    vectors
}

fn text<'a>(vector: &'a Json, key: &str) -> &'a str {
    vector[key].as_str().unwrap_or_else(|| panic!("{key} is text"))
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

/// Reads a value as `$` objects spell it.
fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) if number.is_f64() => Value::Float(number.as_f64().expect("a float")),
        Json::Number(number) => Value::Int(number.as_i128().expect("an int")),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value_of).collect()),
        Json::Object(entries) => match entries.iter().next() {
            Some((tag, Json::String(name))) if tag == "$float" => Value::Float(name.parse().expect("a float")),
            Some((tag, Json::String(text))) if tag == "$bytes" => Value::Bytes(bytes_of_base64(text)),
            Some((tag, spelled)) if tag == "$array" => array_of(spelled),
            Some((tag, inner)) if tag == "$dict" => map_of(inner),
            _ => map_of(json),
        },
    }
}

fn map_of(json: &Json) -> Value {
    let entries = json.as_object().expect("a map");
    Value::Map(entries.iter().map(|(key, item)| (key.clone(), value_of(item))).collect())
}

fn bytes_of_base64(text: &str) -> Vec<u8> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0usize, 0);
    for letter in text.chars().filter(|&letter| letter != '=') {
        held = held << 6 | LETTERS.find(letter).expect("base64");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}

/// Reads an array; one without a dimension is a scalar.
fn array_of(spelled: &Json) -> Value {
    let dtype = Dtype::named(text(spelled, "dtype")).expect("a dtype");
    let shape: Vec<u32> = spelled["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u32).collect();
    assert!(shape.len() <= DIMENSIONS_MAX);
    let mut data = Vec::new();
    for item in spelled["data"].as_array().unwrap() {
        match value_of(item) {
            Value::Bool(bit) => bit.write(&mut data),
            Value::Int(number) => data.extend_from_slice(&number.to_le_bytes()[..dtype.size()]),
            Value::Float(number) => dtype.write_float(number, &mut data),
            other => panic!("{other} is no element"),
        }
    }
    if shape.is_empty() { scalar_of(dtype, &data) } else { Value::Array(Array::from_data(dtype, &shape, &data)) }
}

/// Writes a message whose `type` comes first, as all do.
fn frame_of(message: &Value) -> Vec<u8> {
    let Value::Map(pairs) = message else { panic!("a message is a map") };
    let mut frame = Frame::new(message.text("type").expect("a type"), pairs.len() as u32 - 1);
    for (key, item) in &pairs[1..] {
        frame.text(key);
        frame.value(item);
    }
    frame.finish()
}

fn receive(frame: &[u8]) -> Result<Value, String> {
    let mut body = Vec::new();
    match read_frame(&mut &*frame, &mut body).expect("a whole frame") {
        Received::Frame => decode_frame(&body),
        Received::Lost(words) => Err(words),
        Received::End => panic!("no frame"),
    }
}

#[test]
fn frames_are_read_and_written_byte_by_byte() {
    for vector in vectors("frames.json", "frames") {
        let (name, frame) = (text(&vector, "name"), bytes_of_hex(text(&vector, "hex")));
        let read = receive(&frame).unwrap_or_else(|words| panic!("{name}: {words}"));
        assert!(frame_of(&value_of(&vector["message"])) == frame, "{name}: the message is written otherwise");
        assert!(frame_of(&read) == frame, "{name}: what is read is not what was written");
    }
}

#[test]
fn no_byte_can_break_the_reader() {
    for vector in vectors("frames.json", "frames") {
        let whole = bytes_of_hex(text(&vector, "hex")).split_off(4);
        for at in 0..whole.len() {
            for byte in [0x00, 0x7f, 0x81, 0x91, 0xc1, 0xc7, 0xd9, 0xdd, 0xdf, 0xff] {
                let mut broken = whole.clone();
                broken[at] = byte;
                let _ = decode_frame(&broken);
            }
            assert!(decode_frame(&whole[..at]).is_err());
        }
    }
}

#[test]
fn bad_frames_are_refused() {
    for vector in vectors("frames.json", "bad") {
        let read = receive(&bytes_of_hex(text(&vector, "hex")));
        let read = read.and_then(|value| value.text("type").map(str::to_owned).map_err(|refusal| refusal.0));
        assert!(read.is_err(), "{} is read as {read:?}", text(&vector, "name"));
    }
}

#[test]
fn limits_hold_exactly() {
    for vector in vectors("frames.json", "limits") {
        let parts = vector["parts"].as_array().expect("a list").iter();
        let frame: Vec<u8> = parts
            .flat_map(|part| {
                bytes_of_hex(part[0].as_str().expect("hex")).repeat(part[1].as_u64().expect("a number") as usize)
            })
            .collect();
        let read = receive(&frame).map(|value| value.text("type").map(str::to_owned));
        assert_eq!(read.is_ok(), vector["error"].is_null(), "{}: {read:?}", text(&vector, "name"));
    }
}

#[derive(Clone)]
struct Still;

impl Environment for Still {
    fn declaration() -> Declaration {
        Declaration::new(Space::discrete(2))
    }

    fn new() -> Self {
        Still
    }

    fn reset(&mut self, _seed: u64, _options: &Value, _step: &mut Step) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&mut self, _action: &Value, _step: &mut Step) -> Result<(), Refusal> {
        Ok(())
    }
}

#[test]
fn bad_requests_are_refused() {
    let offers = [offer::<Still>("still")];
    for vector in vectors("frames.json", "bad_requests") {
        let mut session = Session::new(Program { name: "golden", version: "", offers: &offers });
        let hello = vectors("frames.json", "frames").iter().find(|frame| frame["name"] == "hello").unwrap().clone();
        let mut kinds = Vec::new();
        for frame in [text(&hello, "hex"), text(&vector, "hex")] {
            let request = receive(&bytes_of_hex(frame)).expect("a whole request");
            session.answer(&request, &mut |answer| {
                kinds.push(receive(&answer.finish()).unwrap().text("type").unwrap().to_owned());
            });
        }
        assert_eq!(kinds, ["hello", "refused"], "{}", text(&vector, "name"));
    }
}

#[test]
fn generators_agree() {
    for vector in vectors("sampling.json", "generator") {
        let mut rng = SplitMix64::new(text(&vector, "seed").parse().expect("a seed"));
        let outputs = vector["outputs"].as_array().unwrap();
        let drawn: Vec<String> = outputs.iter().map(|_| format!("{:016x}", rng.next())).collect();
        assert_eq!(outputs.iter().map(|output| output.as_str().unwrap()).collect::<Vec<_>>(), drawn);
    }
}

/// Reads a mask: lists of bools are arrays.
fn mask_of(json: &Json) -> Value {
    match json {
        Json::Array(items) if items.first().is_some_and(Json::is_boolean) => {
            let bits: Vec<bool> = items.iter().map(|bit| bit.as_bool().unwrap()).collect();
            Value::Array(Array::new(&[bits.len() as u32], &bits))
        }
        Json::Array(items) => Value::List(items.iter().map(mask_of).collect()),
        Json::Object(entries) => Value::Map(entries.iter().map(|(key, mask)| (key.clone(), mask_of(mask))).collect()),
        other => value_of(other),
    }
}

#[test]
fn actions_are_drawn_as_everywhere() {
    for vector in vectors("sampling.json", "cases") {
        let name = text(&vector, "name");
        let space = Space::from_plain(&value_of(&vector["space"])).expect(name);
        assert_eq!(Space::from_plain(&space.to_plain()), Ok(space.clone()), "{name}");
        let declared = match &vector["declared"] {
            Json::Null => space.clone(),
            plain => Space::from_plain(&value_of(plain)).expect(name),
        };
        let agents = vector["agents"].as_bool().unwrap();
        let legal = Some(mask_of(&vector["legal"])).filter(|legal| *legal != Value::Nil);
        let mut rng = SplitMix64::new(text(&vector, "chooser").parse().expect("a chooser"));
        for action in vector["actions"].as_array().unwrap() {
            let drawn = draw_action(&mut rng, &space, legal.as_ref(), &declared, agents);
            let allowed = drawn.as_ref().is_none_or(|drawn| match agents {
                true => declared.allows_agents(drawn, legal.as_ref()),
                false => declared.allows(drawn, legal.as_ref()),
            });
            assert!(allowed, "{name}: {drawn:?} is drawn and not allowed");
            assert_eq!(drawn.unwrap_or(Value::Nil), value_of(action), "{name}");
        }
    }
}

#[test]
fn digests_agree() {
    for vector in vectors("digests.json", "cases") {
        let name = text(&vector, "name");
        let Value::Map(leaves) = map_of(&vector["leaves"]) else { unreachable!() };
        let asked = vector["digested"].as_array().unwrap();
        let ask = Ask::digest(asked.iter().map(|path| path.as_str().unwrap().to_owned()).collect());
        let mut answer = Vec::new();
        let mut send = |frame: Frame| answer = frame.finish();
        let mut blocks = Blocks::new(&ask, false, &mut send);
        let step = blocks.begin(false);
        for (path, leaf) in &leaves {
            match path.strip_prefix("state") {
                Some(".hp") => step.map("state", |state| state.put("hp", leaf)),
                Some("[\"Mr. Mime\"]") => step.map("state", |state| state.put("Mr. Mime", leaf)),
                Some(key) => step.map("state", |state| state.put(&key[1..], leaf)),
                None => step.put(path, leaf),
            }
        }
        blocks.take(0, 0, 0, None);
        blocks.finish();
        let message = receive(&answer).expect(name);
        let columns = message.get("columns").unwrap();
        let digest = columns.list("digest").expect(name)[1].clone();
        let Value::Array(digest) = digest else { panic!("{name}: {digest}") };
        let wanted = u64::from_str_radix(text(&vector, "digest"), 16).unwrap();
        assert_eq!(digest.elements(), Some(vec![wanted]), "{name}");
        for (path, _) in &leaves {
            let is_digested = asked.iter().any(|asked| asked.as_str() == Some(path));
            assert_eq!(columns.find(path).is_none(), is_digested, "{name}: {path}");
        }
    }
}
