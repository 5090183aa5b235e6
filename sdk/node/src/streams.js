/** The program's own ends of standard input and output, and frames over them. */

import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";

import { FRAME_BYTES_MAX } from "./limits.js";
import { Refused } from "./refused.js";

/**
 * Takes standard input and output for frames: from here on prints go to standard error, and standard input is empty.
 * @returns {{source: number, sink: number}} descriptors
 */
export function takeStreams() {
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return {
    source: takeOver(0, constants.O_RDONLY, ["/dev/null"]),
    sink: takeOver(1, constants.O_WRONLY | constants.O_APPEND, ["/dev/fd/2", "/dev/null"]),
  };
}

/** Returns a private duplicate of a descriptor, and points the public one elsewhere; a socket cannot be opened again, and stays. */
function takeOver(descriptor, flags, places) {
  const own = tryOpen(`/dev/fd/${descriptor}`, flags);
  if (own === null) return descriptor;
  closeSync(descriptor);
  for (const place of places) {
    // it takes the lowest number that is free: the one just closed
    if (tryOpen(place, flags) === descriptor) break;
  }
  return own;
}

function tryOpen(place, flags) {
  try {
    return openSync(place, flags);
  } catch {
    return null;
  }
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Does something to a descriptor that may not be ready yet. */
function patiently(action) {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(clock, 0, 0, 1);
    }
  }
}

/**
 * Returns what reads a descriptor: it puts bytes into a buffer from `at` on, and says how many; 0 at the end.
 * @param {number} source
 * @returns {Read}
 * @typedef {(bytes: Buffer, at: number) => number} Read
 */
export function readerOf(source) {
  return (bytes, at) => patiently(() => readSync(source, bytes, at, bytes.length - at, null));
}

/** Fills a buffer as far as the input goes, and returns how far that was. */
function fill(read, bytes) {
  let length = 0;
  for (let more = 1; more > 0 && length < bytes.length; length += more) more = read(bytes, length);
  return length;
}

/**
 * Reads the next frame, without its length; null at the end of the input. Throws Refused where the length cannot be.
 * @param {Read} read
 */
export function readFrame(read) {
  const head = Buffer.alloc(4);
  const known = fill(read, head);
  if (known === 0) return null;
  if (known < 4) throw new Error("standard input ends inside a frame");
  const length = head.readUInt32LE(0);
  if (length === 0 || length > FRAME_BYTES_MAX) {
    throw new Refused(`a frame of ${length} bytes is announced; it has 1 to ${FRAME_BYTES_MAX}`);
  }
  const frame = Buffer.allocUnsafe(length);
  if (fill(read, frame) < length) throw new Error("standard input ends inside a frame");
  return frame;
}

/**
 * Writes a frame.
 * @param {number} sink
 * @param {import("./frame.js").Frame} frame
 */
export function writeFrame(sink, frame) {
  const bytes = frame.finish();
  for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(sink, bytes, at));
}
