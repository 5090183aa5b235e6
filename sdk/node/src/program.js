/** Programs: a session over standard input and output. */

import { Frame } from "./frame.js";
import { endOf } from "./refused.js";
import { Session } from "./session.js";
import { readFrame, readerOf, takeStreams, writeFrame } from "./streams.js";
import { decodeFrame } from "./wire.js";

/**
 * Answers requests from standard input on standard output until `close` or the end of the input, then ends the program.
 *
 * From here on, whatever is printed goes to standard error, and standard input is empty.
 * @param {import("./session.js").Program} program
 */
export async function serve(program) {
  const { source, sink } = takeStreams();
  try {
    await converse(new Session(program), readerOf(source), (frame) => writeFrame(sink, frame));
  } catch (error) {
    if (error.code !== "EPIPE") {
      process.stderr.write(`${program.name}: ${error.message}\n`);
      process.exit(1);
    }
  }
  process.exit(0);
}

async function converse(session, read, send) {
  while (!session.isClosed) {
    const frame = readOrRefuse(() => readFrame(read), send);
    if (frame === null || frame === undefined) return;
    const request = readOrRefuse(() => decodeFrame(frame), send);
    if (request !== undefined) await session.answer(request, send);
  }
}

/** Reads something; what cannot be read is refused, and undefined. */
function readOrRefuse(action, send) {
  try {
    return action();
  } catch (error) {
    const end = endOf(error);
    if (end.kind !== "refused") throw error;
    send(Frame.ofEnd(end));
    return undefined;
  }
}
