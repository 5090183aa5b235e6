/** The kinds of leaves, numbered as a digest takes them in (docs/protocol.md, section 4). */

import { bytesOf, dtypeOf, isTyped, shapeOf } from "./array.js";
import { Float, isInt } from "./number.js";

export const NIL = 0;
export const BOOL = 1;
export const INT = 2;
export const FLOAT = 3;
export const TEXT = 4;
export const BYTES = 5;
export const ARRAY = 6;
export const EMPTY_MAP = 7;
export const EMPTY_LIST = 8;

/**
 * Returns the kind of a value that was read from the wire, undefined for a list or map that holds something.
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null) return NIL;
  if (typeof value === "boolean") return BOOL;
  if (isInt(value)) return INT;
  if (value instanceof Float) return FLOAT;
  if (typeof value === "string") return TEXT;
  if (isTyped(value)) return value.shape === undefined ? BYTES : ARRAY;
  if (Array.isArray(value)) return value.length === 0 ? EMPTY_LIST : undefined;
  return value.size === 0 ? EMPTY_MAP : undefined;
}

/**
 * Writes a leaf as a value of its own.
 * @param {import("./frame.js").Frame} frame
 * @param {number} kind
 * @param {any} value
 */
export function writeLeaf(frame, kind, value) {
  switch (kind) {
    case NIL:
      return frame.nil();
    case BOOL:
      return frame.bool(value);
    case INT:
      return frame.int(value);
    case FLOAT:
      return frame.float(value);
    case TEXT:
      return frame.text(value);
    case BYTES:
      return frame.bytes(value);
    case ARRAY:
      return frame.array(dtypeOf(value), shapeOf(value), bytesOf(value));
    case EMPTY_MAP:
      return frame.mapHead(0);
    default:
      return frame.listHead(0);
  }
}
