import assert from "node:assert/strict";
import { test } from "node:test";

import { array } from "../src/array.js";
import { Blocks } from "../src/blocks.js";
import { Frame } from "../src/frame.js";
import { Layout } from "../src/layout.js";
import { Float } from "../src/number.js";
import { readPath, unflatten } from "../src/path.js";
import { Refused } from "../src/refused.js";
import { drawAction } from "../src/sampling.js";
import { Session } from "../src/session.js";
import { allows, allowsAgents, readSpace, spaceToPlain } from "../src/space.js";
import { SplitMix64 } from "../src/splitmix.js";
import { decodeFrame } from "../src/wire.js";
import { receive } from "./checker.js";
import { isHere, valueOf, vectors } from "./golden.js";

const skip = !isHere && "the golden vectors are not here";

/** Writes a message whose `type` comes first, as all do. */
function frameOf(message) {
  const { type, ...entries } = Object.fromEntries(message);
  return Frame.of(type, entries).finish();
}

test("frames are read and written byte by byte", { skip }, () => {
  for (const vector of vectors("frames.json", "frames")) {
    const frame = Buffer.from(vector.get("hex"), "hex");
    const name = vector.get("name");
    assert.deepEqual(frameOf(valueOf(vector.get("message"))), frame, `${name}: the message is written otherwise`);
    assert.deepEqual(frameOf(receive(frame)), frame, `${name}: what is read is not what was written`);
  }
});

test("no byte can break the reader", { skip }, () => {
  Error.stackTraceLimit = 0; // what makes thousands of errors slow
  for (const vector of vectors("frames.json", "frames")) {
    const whole = Buffer.from(vector.get("hex"), "hex").subarray(4);
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of [0x00, 0x7f, 0x81, 0x91, 0xc1, 0xc7, 0xd9, 0xdd, 0xdf, 0xff]) {
        const broken = Buffer.from(whole);
        broken[at] = byte;
        try {
          decodeFrame(broken);
        } catch (error) {
          assert.ok(error instanceof Refused, error);
        }
      }
      assert.throws(() => decodeFrame(whole.subarray(0, at)), Refused);
    }
  }
});

test("bad frames are refused", { skip }, async () => {
  for (const vector of vectors("frames.json", "bad")) {
    const kinds = [];
    try {
      const request = receive(Buffer.from(vector.get("hex"), "hex"));
      await new Session({ name: "golden", environments: {} }).answer(request, (frame) => kinds.push(receive(frame.finish())));
      assert.match(kinds[0].get("words"), /`type` is not a text/, vector.get("name"));
    } catch (error) {
      assert.ok(error instanceof Refused || /inside a frame/.test(error.message), `${vector.get("name")}: ${error}`);
    }
  }
});

test("limits hold exactly", { skip }, () => {
  for (const vector of vectors("frames.json", "limits")) {
    const parts = vector.get("parts").map(([hex, times]) => Buffer.alloc((hex.length / 2) * times, hex, "hex"));
    const read = () => receive(Buffer.concat(parts));
    if (vector.get("error") === null) assert.equal(read().get("type"), "done", vector.get("name"));
    else assert.throws(read, Refused, vector.get("name"));
  }
});

class Still {
  static description = { actions: { type: "discrete", n: 2, start: 0 } };

  reset() {
    return {};
  }

  step() {
    return {};
  }
}

test("bad requests are refused", { skip }, async () => {
  const hello = vectors("frames.json", "frames").find((vector) => vector.get("name") === "hello");
  for (const vector of vectors("frames.json", "bad_requests")) {
    const session = new Session({ name: "golden", environments: { still: () => new Still() } });
    const kinds = [];
    for (const hex of [hello.get("hex"), vector.get("hex")]) {
      await session.answer(receive(Buffer.from(hex, "hex")), (frame) => kinds.push(receive(frame.finish()).get("type")));
    }
    assert.deepEqual(kinds, ["hello", "refused"], vector.get("name"));
  }
});

test("generators agree", { skip }, () => {
  for (const vector of vectors("sampling.json", "generator")) {
    const rng = new SplitMix64(BigInt(vector.get("seed")));
    const drawn = vector.get("outputs").map(() => rng.next().toString(16).padStart(16, "0"));
    assert.deepEqual(drawn, vector.get("outputs"));
  }
});

/** Reads a mask: lists of bools are arrays. */
function maskOf(json) {
  if (json instanceof Map) return new Map([...json].map(([key, mask]) => [key, maskOf(mask)]));
  if (!Array.isArray(json)) return json;
  return typeof json[0] === "boolean" ? array(Uint8Array.from(json, Number), [json.length], "bool") : json.map(maskOf);
}

test("actions are drawn as everywhere", { skip }, () => {
  const spell = (value) => Frame.of("value", { value }).finish().toString("hex");
  for (const vector of vectors("sampling.json", "cases")) {
    const name = vector.get("name");
    const space = readSpace(valueOf(vector.get("space")));
    assert.deepEqual(readSpace(spaceToPlain(space)), space, name);
    const declared = vector.get("declared") === null ? space : readSpace(valueOf(vector.get("declared")));
    const agents = vector.get("agents");
    const legal = maskOf(vector.get("legal")) ?? undefined;
    const rng = new SplitMix64(BigInt(vector.get("chooser")));
    for (const wanted of vector.get("actions")) {
      const drawn = drawAction(rng, space, legal, declared, agents);
      assert.equal(spell(drawn ?? null), spell(valueOf(wanted)), name);
      const isAllowed = agents ? allowsAgents : allows;
      assert.ok(drawn === undefined || isAllowed(declared, drawn, legal), `${name}: what is drawn is not allowed`);
    }
  }
});

test("digests agree", { skip }, () => {
  for (const vector of vectors("digests.json", "cases")) {
    const name = vector.get("name");
    const asked = vector.get("digested");
    const leaves = [...vector.get("leaves")].map(([path, leaf]) => [path, valueOf(leaf)]);
    const fields = Object.fromEntries(unflatten(leaves.map(([path, leaf]) => [readPath(path), leaf])));
    const patterns = leaves.map(([path, leaf]) => ({ segments: readPath(path), kind: wireKind(leaf) }));
    const answers = [];
    const layout = new Layout(patterns, { detail: "digest", digested: asked });
    const blocks = new Blocks(layout, false, (frame) => answers.push(receive(frame.finish())));
    blocks.take(0, 0, 0, { fields, legal: undefined, isFirst: false });
    blocks.finish();
    const columns = answers[0].get("columns");
    assert.equal(columns.get("digest")[1][0], BigInt(`0x${vector.get("digest")}`), name);
    for (const [path] of leaves) assert.equal(columns.has(path), !asked.includes(path), `${name}: ${path}`);
  }
});

function wireKind(leaf) {
  if (leaf instanceof Float) return "float";
  return leaf instanceof Uint8Array && leaf.shape === undefined ? "bytes" : "int";
}
