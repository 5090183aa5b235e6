//! A whole program, over its pipes.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs the example on bytes; returns what it wrote to standard output and error, and its exit code.
fn run(input: &[u8]) -> (Vec<u8>, String, Option<i32>) {
    let here = std::env::current_exe().expect("a path");
    let folder = here.parent().and_then(|deps| deps.parent()).expect("the folder of the build");
    let mut program = Command::new(folder.join("examples/counter"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo builds examples before tests");
    program.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    let output = program.wait_with_output().expect("it ends");
    (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

/// Returns the bodies of frames; panics where the bytes hold anything else.
fn frames(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (body, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        bodies.push(body);
        bytes = rest;
    }
    assert!(bytes.is_empty(), "something follows the last frame");
    bodies
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_le_bytes(), body].concat()
}

const HELLO: &[u8] = b"\x83\xa4type\xa5hello\xa8protocol\x01\xabenvironment\xa0";
const RESET: &[u8] =
    b"\x85\xa4type\xa5reset\xa5lanes\x91\x00\xa8episodes\x91\x81\xa4seed\x07\xa6detail\xa4full\xa8digested\x90";

#[test]
fn prints_go_to_standard_error() {
    let (output, error, code) = run(&[frame(HELLO), frame(RESET)].concat());
    let bodies = frames(&output);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[1].starts_with(b"\x85\xa4type\xa5steps"));
    assert!(error.contains("breaks no frame"));
    assert_eq!(code, Some(0));
}

#[test]
fn close_ends_the_program_before_its_input_does() {
    let (output, _, code) = run(&[frame(b"\x81\xa4type\xa5close"), frame(HELLO)].concat());
    assert_eq!(frames(&output), [b"\x81\xa4type\xa4done"]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_broken_request_is_refused_and_the_next_is_answered() {
    let (output, _, _) = run(&[frame(b"\xc1"), frame(HELLO)].concat());
    let bodies = frames(&output);
    assert!(bodies[0].starts_with(b"\x82\xa4type\xa7refused"));
    assert!(bodies[1].starts_with(b"\x8c\xa4type\xa5hello"));
}

#[test]
fn a_length_that_cannot_be_ends_the_program() {
    let (output, _, code) = run(&[vec![0; 4], frame(HELLO)].concat());
    let bodies = frames(&output);
    assert_eq!((bodies.len(), code), (1, Some(0)));
    assert!(bodies[0].starts_with(b"\x82\xa4type\xa7refused"));
}

#[test]
fn an_input_cut_inside_a_frame_is_an_error() {
    let (_, error, code) = run(&frame(HELLO)[..9]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("counter: "), "{error}");
}
