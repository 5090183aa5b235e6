/** Draws teams of Generation 1 that seek coverage: any species, any moves, chosen so that rare things meet. README.md says how. */

import { nameByPlace } from "../places.mjs";
import { teamGenerator } from "../seeds.mjs";
import { GEN1, MOVES, SPECIES } from "./tables.mjs";

const LEARNED = 4; // of so many battles one keeps to what its species learn
const TWINS = 8; // of so many battles in one the sides differ in their moves alone, so that speeds tie
const STALLED = 1_500; // of so many battles one is of ghosts that cannot hurt each other, and lasts 1,000 turns
const SIZES = [1, 1, 1, 2, 2, 2, 3, 3, 4, 6];
const SLOTS = [1, 2, 3, 4, 4, 4, 4, 4, 4];
const LEVELS = [1, 2, 5, 20, 50, 100, 100, 100];

const words = (text) => text.split(" ");
const TRAPS = words("bind clamp firespin wrap");
const SLEEPS = words("hypnosis lovelykiss sing sleeppowder spore");
const AILS = words("thunderwave stunspore glare toxic poisonpowder poisongas confuseray supersonic leechseed");
const CHARGES = words("dig fly razorwind skullbash skyattack solarbeam");
const HEALS = words("recover softboiled rest");
const HITS = words("doubleslap pinmissile furyattack twineedle doublekick bonemerang barrage spikecannon");
const FIXED = words("seismictoss nightshade dragonrage sonicboom superfang psywave");
const SHARP = words("swordsdance agility amnesia barrier acidarmor growth meditate harden withdraw doubleteam minimize");
const BLUNT = words("growl leer tailwhip screech stringshot sandattack smokescreen flash kinesis");
const PLAIN = words("tackle bodyslam karatechop lowkick strength swift slash");
const ALL = MOVES.filter(Boolean).map(({ id }) => id).filter((id) => id !== "struggle");

/** What two sides are drawn towards: either may have either half. */
const THEMES = [
  [ALL, ALL],
  [["substitute"], ALL],
  [["substitute"], [...AILS, ...SLEEPS, "disable", "mimic", "transform", "haze"]],
  [["substitute", "bide", "counter", "rage"], [...HITS, ...TRAPS, "psybeam", "confusion", "takedown", "absorb", "megadrain", "explosion", "hyperbeam"]],
  [["transform"], ["metronome", "mirrormove", "mimic", "disable", "counter", "bide", "rage", "thrash", "petaldance", "hyperbeam"]],
  [["transform", "mimic"], [...TRAPS, ...CHARGES, "substitute", "rest", "haze", "conversion", "explosion", "leechseed", "transform"]],
  [TRAPS, [...PLAIN, "teleport", "splash"]],
  [TRAPS, ["hyperbeam", "toxic", "thunderwave", "confuseray", "substitute"]],
  [["disable"], ["rage", "bide", "metronome", "mimic", ...CHARGES]],
  [["haze"], [...SLEEPS, "icebeam", "blizzard", "toxic", "leechseed", "confuseray", "reflect", "lightscreen"]],
  [["hyperbeam"], [...SLEEPS, ...TRAPS, "stomp", "bite", "hyperfang", "blizzard"]],
  [["metronome", "mirrormove"], [...CHARGES, ...TRAPS, "metronome", "mirrormove", "thrash"]],
  [["counter", "bide"], [...PLAIN, ...FIXED, ...HITS, "psychic", "earthquake", "growl", "counter"]],
  [["rage", "thrash", "petaldance"], [...BLUNT, "thunderwave", "confuseray", "disable", "explosion", "selfdestruct"]],
  [[...CHARGES], ["thunderwave", "confuseray", "swift", "transform", "bide", "disable"]],
  [[...HEALS, "toxic", "leechseed"], ["toxic", "leechseed", "willowisp", "ember", "superfang"].filter((id) => ALL.includes(id))],
  [["icebeam", "blizzard", "icepunch"], ["flamethrower", "fireblast", "ember", "haze"]],
  [[...SHARP, "thunderwave", "flamethrower"], [...BLUNT, "thunderwave", "flamethrower", "haze"]],
  [["mist", "reflect", "lightscreen", "focusenergy", "amnesia"], [...BLUNT, "acid", "bubble", "psychic", "slash", "aurorabeam"]],
  [["fissure", "horndrill", "guillotine", "jumpkick", "highjumpkick", "explosion"], ["substitute", "agility", "nightshade", "counter"]],
  [["dreameater", "nightshade", "psywave"], [...SLEEPS, "rest"]],
];

/** Those whose types meet the rarest rules: ghosts are spared by Normal moves. */
const GHOSTS = words("Gastly Haunter Gengar");
const IDLE = words("splash growl leer tailwhip harden withdraw defensecurl meditate stringshot sandattack smokescreen sharpen");

/**
 * Returns both teams, the first player's first.
 * @param {object} _ the format, which every team that is drawn here fits
 * @param {bigint} seed
 */
export function drawCoverageTeams(_, seed) {
  return drawPair(teamGenerator(seed)).map(nameByPlace);
}

function drawPair(prng) {
  if (prng.randomChance(1, STALLED)) return [drawIdlers(prng), drawIdlers(prng)];
  const theme = prng.sample(THEMES);
  const pools = prng.randomChance(1, 2) ? theme : [theme[1], theme[0]];
  const learned = prng.randomChance(1, LEARNED);
  const level = prng.randomChance(2, 3) ? prng.sample(LEVELS) : null;
  const teams = pools.map((pool) => drawTeam(prng, pool, learned, level));
  return prng.randomChance(1, TWINS) ? twin(teams) : teams;
}

function drawTeam(prng, pool, learned, level) {
  const team = Array.from({ length: prng.sample(SIZES) }, () => drawSet(prng, pool, learned, level));
  return team.some(({ moves }) => moves.some(damages)) ? team : drawTeam(prng, pool, learned, level);
}

function drawSet(prng, pool, learned, level) {
  const species = SPECIES[1 + prng.random(SPECIES.length - 1)];
  const known = learned ? movesOf(species) : ALL;
  const wanted = pool.filter((move) => known.includes(move));
  const count = Math.min(prng.sample(SLOTS), known.length);
  const moves = new Set();
  while (moves.size < count) moves.add(prng.sample(wanted.length > moves.size && prng.randomChance(2, 3) ? wanted : known));
  return setOf(prng, species.name, level ?? 1 + prng.random(100), [...moves]);
}

/** Ghosts with moves that do nothing to each other. */
function drawIdlers(prng) {
  return Array.from({ length: 6 }, () => {
    const moves = new Set(["tackle"]);
    while (moves.size < 4) moves.add(prng.sample(IDLE));
    return setOf(prng, prng.sample(GHOSTS), 100, [...moves]);
  });
}

/** Half of all are as strong as can be; the DV of HP follows from the others, as in the games. */
function setOf(prng, species, level, moves) {
  const best = prng.randomChance(1, 2);
  const [atk, def, spe, spa] = Array.from({ length: 4 }, () => (best ? 15 : prng.random(16)));
  const hp = 8 * (atk % 2) + 4 * (def % 2) + 2 * (spe % 2) + (spa % 2);
  const experience = () => (best ? 255 : prng.random(256));
  const evs = { hp: experience(), atk: experience(), def: experience(), spa: experience(), spe: experience() };
  const ivs = Object.fromEntries(Object.entries({ hp, atk, def, spa, spd: spa, spe }).map(([stat, dv]) => [stat, 2 * dv]));
  const usual = { item: "", ability: "No Ability", gender: false };
  return { ...usual, species, level, moves, ivs, evs: { ...evs, spd: evs.spa } };
}

/** Gives the second side the Pokemon of the first, with its own moves as far as they go. */
function twin([first, second]) {
  const copied = first.map((set, place) => ({ ...set, moves: (second[place] ?? set).moves }));
  return [first, copied.some(({ moves }) => moves.some(damages)) ? copied : first];
}

function damages(move) {
  return GEN1.moves.get(move).category !== "Status";
}

const learnable = new Map();

/** Returns what a species can learn in Generation 1. */
function movesOf(species) {
  if (!learnable.has(species.id)) {
    const pool = GEN1.species.getMovePool(species.id);
    learnable.set(species.id, ALL.filter((move) => pool.has(move)));
  }
  return learnable.get(species.id);
}
