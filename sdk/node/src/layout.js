/** Layouts: the paths that Steps turn out to have, each found again without making its text. */

import { headOf } from "./digest.js";
import { complainOfPath } from "./limits.js";
import { ANY_INDEX, ANY_KEY, compareTexts, extendPath } from "./path.js";

const NEVER_DIGESTED = new Set(["terminated", "truncated", "legal"]);

/**
 * @typedef {"full" | "bare" | "digest"} Detail
 * @typedef {{detail: Detail, digested: string[]}} Ask how much of each Step is wanted
 * @typedef {{segments: (string | number | symbol)[], kind: string}} Pattern the kind that a field is declared with, and what lies in it
 */

/** A path of Steps, with its column and what hangs below it. */
class Node {
  /** @type {import("./column.js").Column | null} made once there is a leaf here */
  column = null;
  /** Whether the block being made has a leaf here. */
  isUsed = false;
  #items = [];
  #order = [];
  /** @type {Map<string, Node> | null} made once there is a key below */
  #named = null;

  /**
   * @param {Layout} layout
   * @param {Node | null} parent
   * @param {string | number | null} segment
   * @param {Pattern[]} patterns those that may fit this path or one below it
   */
  constructor(layout, parent, segment, patterns) {
    this.layout = layout;
    this.segment = segment;
    this.patterns = patterns;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.text = parent === null ? "" : extendPath(parent.text, segment);
    this.root = parent === null || parent.depth === 0 ? segment : parent.root;
    const complaint = complainOfPath(this.text, this.depth);
    if (complaint !== null) throw new RangeError(`${complaint}: ${this.text.slice(0, 80)}...`);
    // what is declared covers what lies in it; an action comes from the wire, where a bare number is an int
    const own = patterns.find(({ segments }) => segments.length === this.depth)?.kind;
    this.kind = this.root === "action" ? "int" : (own ?? parent?.kind);
    this.rank = NEVER_DIGESTED.has(this.root) ? undefined : layout.ranks.get(this.text);
    this.head = this.rank === undefined ? null : headOf(this.text);
  }

  /** Returns the node of a key; mostly it stands where it stood in the row before. */
  named(key, place) {
    const likely = this.#order[place];
    return likely !== undefined && likely.segment === key ? likely : this.#find(key);
  }

  #find(key) {
    this.#named ??= new Map();
    let node = this.#named.get(key);
    if (node === undefined) {
      if (!key.isWellFormed()) throw new RangeError(`${JSON.stringify(key)}, a key of \`${this.text}\`, is no Unicode text`);
      node = this.#below(key, ANY_KEY);
      this.#named.set(key, node);
      this.#order.push(node);
    }
    return node;
  }

  /** Returns the node of an index. */
  item(index) {
    return (this.#items[index] ??= this.#below(index, ANY_INDEX));
  }

  #below(segment, any) {
    const fits = ({ segments }) => segments[this.depth] === segment || segments[this.depth] === any;
    this.layout.size += 1;
    return new Node(this.layout, this, segment, this.patterns.filter(fits));
  }
}

/** The paths of the Steps that were shown for one Ask. */
export class Layout {
  /**
   * @param {Pattern[]} patterns the first that fits a path counts
   * @param {Ask} ask
   */
  constructor(patterns, ask) {
    this.patterns = patterns;
    this.ask = ask;
    /** The place of each digested path among them. */
    this.ranks = new Map([...new Set(ask.digested)].sort(compareTexts).map((path, rank) => [path, rank]));
    this.forget();
  }

  /** Drops all paths. */
  forget() {
    this.size = 0;
    /** The nodes that have a leaf in the block being made. */
    this.used = [];
    this.steps = new Node(this, null, null, this.patterns);
  }
}
