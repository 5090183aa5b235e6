/** Draws teams of Generation 1 that seek coverage: any species, any moves, chosen so that rare things meet. README.md says how. */

import { nameByPlace } from "../places.mjs";
import { teamGenerator } from "../seeds.mjs";
import { GEN1, MOVES, SPECIES } from "./tables.mjs";

const LEARNED = 4; // of so many battles one keeps to what its species learn
const TWINS = 8; // of so many battles in one the sides differ in their moves alone, so that speeds tie
const STALLED = 1_500; // of so many battles one is of ghosts that cannot hurt each other, and lasts 1,000 turns
const SIZES = [1, 1, 2, 2, 3];
const SLOTS = [2, 3, 4, 4];
const LEVELS = [1, 2, 5, 20, 50, 100, 100, 100];

const words = (text) => text.split(" ");
const TRAPS = words("bind clamp firespin wrap");
const SLEEPS = words("hypnosis lovelykiss sing sleeppowder spore");
const CHARGES = words("dig fly razorwind skullbash skyattack solarbeam");
const HEALS = words("recover softboiled rest");
const HITS = words("doubleslap pinmissile furyattack twineedle doublekick bonemerang barrage spikecannon");
const FIXED = words("seismictoss nightshade dragonrage sonicboom superfang psywave");
const BLUNT = words("growl leer tailwhip screech stringshot sandattack smokescreen flash kinesis");
const PLAIN = words("tackle bodyslam karatechop lowkick strength swift slash");
const ALL = MOVES.filter(Boolean).map(({ id }) => id).filter((id) => id !== "struggle");

const ICE = words("icebeam blizzard icepunch");
const FLINCHES = words("stomp bite hyperfang headbutt rollingkick lowkick boneclub");
const BOMBS = words("explosion selfdestruct");
const DIVES = words("dig fly");
const OHKOS = words("fissure horndrill guillotine");
const KICKS = words("jumpkick highjumpkick");
const SCREENS = words("reflect lightscreen");
const IDLE = words("splash growl leer tailwhip harden withdraw defensecurl meditate stringshot sandattack smokescreen tackle");
const HAZED = words("haze toxic thunderwave fireblast");

const GHOSTS = words("Gastly Haunter Gengar");
const BULKY = words("Chansey Snorlax Wigglytuff Lapras Slowbro");
const FAST = words("Electrode Jolteon Aerodactyl Mewtwo");
const TOUGH = words("Cloyster Slowbro Golem Onix Mewtwo");
const FADING = { species: GHOSTS, sizes: [1] };

/** What is drawn of all moves alike. */
const OPEN = { moves: ALL, sizes: [1, 1, 2, 2, 3, 3, 4, 6], slots: [1, 2, 3, 4, 4, 4, 4, 4] };

/** Returns a half whose Pokemon know few moves, and no others. */
const only = (moves, more) => ({ moves, pure: true, slots: [Math.min(2, moves.length)], ...more });

const SHIELD = only(["substitute", "dreameater"], { level: 100 }); // the latter fails, so that the foe lives
const COPIER = only(["transform", "tackle"]);
const BEAM = only(["hyperbeam"], { level: 80, species: BULKY });
const SWIFT = { level: 100, species: FAST };

/**
 * What the two sides are drawn towards; either player may have either half. A half is a list of moves, or {moves, and what else is
 * not left open: pure (no other moves), species, sizes, slots, level}.
 */
const THEMES = [
  ...Array.from({ length: 8 }, () => [OPEN, OPEN]),
  [OPEN, only(["dig", "fly", "doubleteam", "minimize", "sandattack", "smokescreen", "flash", "kinesis"], { slots: [2, 3, 4] })],
  [OPEN, [...DIVES, "doubleteam", "minimize", ...BLUNT]],
  [["substitute"], OPEN],
  [["substitute"], [...SLEEPS, "thunderwave", "glare", "disable", "mimic", "transform", "haze", "conversion", "leechseed"]],
  [SHIELD, only(["toxic", "poisongas", "confuseray", "supersonic", "leechseed", "growl", "disable", "tackle"], { slots: [4], level: 50 })],
  [SHIELD, only(["hyperbeam", "superfang", "psybeam", "confusion", "takedown", "megadrain", "ember", "sludge"], { slots: [3], level: 40 })],
  [SHIELD, only(["hyperbeam", "explosion", "leechlife", "doubleedge", "fissure", "seismictoss", ...HITS], { slots: [3], level: 100 })],
  [SHIELD, only([...BOMBS, "splash"], { level: 5 })],
  [SHIELD, only(["confuseray", "supersonic", "fireblast", "haze", "toxic", "tackle"], { level: 20, slots: [3] })],
  [SHIELD, only(["confuseray", "psybeam", "confusion"], { level: 20 })],
  [only(["substitute", "supersonic", "dreameater"]), only(["substitute", "confuseray", "tackle"], { slots: [3] })],
  [only(["substitute", "jumpkick", "highjumpkick"]), only(["substitute", "sandattack", "smokescreen", "tackle"], { slots: [3] })],
  [only(["substitute", "rage"], { level: 100 }), only(PLAIN, { level: 50 })],
  [only(["substitute", "rage", "bide"]), only([...PLAIN, ...HITS, "bide", "substitute"])],
  [only(["substitute", "counter"]), [...PLAIN, ...HITS]],
  [COPIER, only([...CHARGES, ...TRAPS, "thrash", "petaldance"])],
  [COPIER, only(["metronome", "mirrormove", "mimic", "transform", "disable", "counter", "bide", "rage", "hyperbeam"], { slots: [3] })],
  [COPIER, only(["substitute", "rest", "haze", "conversion", "leechseed", "mist", "focusenergy", "recover", "tackle"], { slots: [3] })],
  [COPIER, only(["dreameater", "nightshade", "superfang", "swordsdance", "growl", ...BOMBS], { slots: [3] })],
  [only(["transform", "metronome", "mirrormove", "splash", "tackle"], { slots: [4] }), { moves: [...SLEEPS, "tackle"], slots: [1, 2] }],
  [only(["transform", "splash", "growl", "tackle"], { slots: [4], sizes: [1, 2] }), only([...SLEEPS, "tackle"])],
  [only(["mimic", "tackle"]), only(["mimic", "transform", "tackle", "splash"])],
  [only(["mirrormove", "tackle"]), only(["mimic", "transform", "thrash", "wrap", "tackle"])],
  [TRAPS, [...PLAIN, "teleport", "splash"]],
  [TRAPS, ["toxic", "thunderwave", "confuseray", "substitute", "bide"]],
  [only(["wrap", "clamp", "leechseed", "fireblast", "toxic"], { slots: [3], level: 60 }), { moves: PLAIN, level: 100 }],
  [only(["bind", "leechseed", "fireblast"], { slots: [3], level: 60 }), { moves: PLAIN, level: 100 }],
  [["disable"], ["rage", "bide", "metronome", "mimic", "transform", ...CHARGES]],
  [only(["disable", "tackle"]), { moves: ["rage", "bide", ...CHARGES, ...PLAIN], slots: [1] }],
  [["haze"], [...SLEEPS, "icebeam", "blizzard", "toxic", "leechseed", "confuseray", ...SCREENS]],
  [only(["haze", "spore", "lovelykiss", ...ICE], { slots: [2, 3] }), [...CHARGES, ...TRAPS, "rage", "bide", "thrash", "petaldance"]],
  [only(["haze", "icebeam"]), [...PLAIN, ...CHARGES]],
  [only(HAZED, { slots: [3] }), only(HAZED, { slots: [3] })],
  [BEAM, only([...SLEEPS, "thunderwave", "toxic", "disable", "disable", "tackle"], { ...SWIFT, slots: [4] })],
  [BEAM, only(["clamp", "firespin", "bind"], SWIFT)],
  [BEAM, only(ICE, SWIFT)],
  [BEAM, only(FLINCHES, SWIFT)],
  [["metronome", "mirrormove"], [...CHARGES, ...TRAPS, "metronome", "mirrormove", "thrash", "mimic"]],
  [only(["metronome", "tackle"]), only(["mirrormove", "metronome", "tackle"])],
  [only(["metronome", "pound"], { level: 20 }), only(["metronome", "tackle"], { level: 20 })],
  [only(["metronome", "pound"], { level: 20, sizes: [2] }), only(["metronome", "splash", "tackle"], { level: 50, sizes: [2, 3] })],
  [["counter", "bide"], [...PLAIN, ...FIXED, ...HITS, "psychic", "earthquake", "growl", "counter"]],
  [["counter"], only(["counter", "nightshade", "bide", "splash", "tackle"])],
  [only(["counter", "splash", "tackle"]), only(["hyperbeam", "bodyslam", "lowkick"])],
  [only(["bide"], { level: 100 }), only(["dig", "fly", "confuseray", "thunderwave", "spore", "sonicboom"], { level: 60 })],
  [only(["thrash", "petaldance", "rage"]), only([...BLUNT, "thunderwave", "confuseray", "disable", "tackle"], { slots: [3] })],
  [{ moves: ["rage"], level: 100 }, ["disable", ...BOMBS, ...HITS]],
  [[...CHARGES], ["thunderwave", "confuseray", "swift", "transform", "bide", "disable"]],
  [only(DIVES, { species: TOUGH }), only(["transform", "mimic", "swift"], { species: FAST, slots: [3] })],
  [only(DIVES), only([...OHKOS, ...BOMBS, ...TRAPS, "mimic", "swift", "transform"], { species: FAST, slots: [3] })],
  [[...HEALS, "toxic", "leechseed"], ["toxic", "leechseed", "ember", "superfang"]],
  [only(["rest", "tackle"], { sizes: [2] }), only(["toxic", "poisonpowder", "leechseed", "fireblast", "smog", "spore"], { slots: [3] })],
  [only([...HEALS, "tackle"], { species: BULKY, slots: [3], level: 100 }), only(["seismictoss", "nightshade"], { level: 85 })],
  [only(["rest", "tackle"], { level: 100 }), only(["toxic", "poisonpowder", "tackle"], { slots: [3], level: 20 })],
  ...Array.from({ length: 8 }, () => [
    only(["icebeam", "fireblast"], SWIFT),
    { moves: ALL, species: BULKY, sizes: [2, 3], slots: [1], level: 100 },
  ]),
  ...Array.from({ length: 5 }, () => [
    only(["icepunch", "icebeam", "softboiled", "explosion"], { species: ["Chansey"], sizes: [2], slots: [4], level: 100 }),
    only(["icepunch", "recover", "softboiled"], { ...FADING, slots: [3], level: 100 }),
  ]),
  [only(["swordsdance", "agility", "amnesia", "sharpen", "tackle"], { slots: [4] }), only([...BLUNT, ...HAZED], { slots: [4], level: 30 })],
  [only(["mist", "splash", "tackle"]), only(["acid", "bubble", "psychic", "aurorabeam", "constrict", "growl"], { slots: [3] })],
  [["mist", "focusenergy", "amnesia"], [...BLUNT, "acid", "bubble", "psychic", "slash", "aurorabeam"]],
  [only(["focusenergy", "slash", "tackle"]), PLAIN],
  [
    only([...SCREENS, ...SCREENS, "barrier", "amnesia", "tackle"], { species: TOUGH, level: 100, slots: [4] }),
    [...PLAIN, "psychic", "surf"],
  ],
  [[...OHKOS, ...KICKS, ...BOMBS], ["substitute", "agility", "nightshade", "counter", "doubleteam"]],
  [only(KICKS, { level: 5 }), only(["superfang", "sandattack", "smokescreen", "doubleteam"], { slots: [3], level: 5 })],
  [only([...KICKS, ...BOMBS, ...FIXED, "bind", "wrap"]), { moves: ["nightshade", "lick", "megadrain"], species: GHOSTS }],
  [only(["glare", "sonicboom", "psywave"]), { moves: ["nightshade", "lick", "megadrain"], species: GHOSTS }],
  [["dreameater", "nightshade", "psywave"], [...SLEEPS, "rest"]],
  [only(["psywave", "tackle"], { level: 1 }), { moves: PLAIN, level: 1 }],
  [only(FLINCHES), only(["toxic", "leechseed", "tackle"], { slots: [3] })],
  [FLINCHES, ["toxic", "poisonpowder", "leechseed", "fireblast"]],
  [only(["transform", "explosion"], { sizes: [2], slots: [1] }), only(["transform", "explosion"], { sizes: [2], slots: [1] })],
  [only(IDLE, { ...FADING, slots: [1] }), only(IDLE, { ...FADING, slots: [1] })],
];

/** Those of which no half is pure. */
const WIDE_THEMES = THEMES.filter((theme) => !theme.some(({ pure }) => pure));

/** Ghosts with moves that do nothing to each other. */
const STALLING = only(IDLE, { species: GHOSTS, sizes: [6], slots: [4], level: 100 });

/**
 * Returns both teams, the first player's first.
 * @param {object} _ the format, which every team that is drawn here fits
 * @param {bigint} seed
 */
export function drawCoverageTeams(_, seed) {
  return drawPair(teamGenerator(seed)).map(nameByPlace);
}

function drawPair(prng) {
  const learned = prng.randomChance(1, LEARNED);
  const theme = prng.randomChance(1, STALLED) ? [STALLING, STALLING] : prng.sample(learned ? WIDE_THEMES : THEMES);
  const halves = (prng.randomChance(1, 2) ? theme : [theme[1], theme[0]]).map((half) => (Array.isArray(half) ? { moves: half } : half));
  const level = prng.randomChance(2, 3) ? prng.sample(LEVELS) : null;
  const teams = halves.map((half) => drawTeam(prng, { level, learned, ...half }));
  return prng.randomChance(1, TWINS) ? twin(teams) : teams;
}

function drawTeam(prng, half) {
  const team = Array.from({ length: prng.sample(half.sizes ?? SIZES) }, () => drawSet(prng, half));
  return team.some(({ moves }) => moves.some(damages)) ? team : drawTeam(prng, half);
}

function drawSet(prng, { moves: pool, pure, species: names, slots, level, learned }) {
  const species = names ? GEN1.species.get(prng.sample(names)) : SPECIES[1 + prng.random(SPECIES.length - 1)];
  const known = pure ? pool : learned ? movesOf(species) : ALL;
  const wanted = pool.filter((move) => known.includes(move));
  const count = Math.min(prng.sample(slots ?? SLOTS), new Set(known).size);
  const moves = new Set();
  while (moves.size < count) moves.add(prng.sample(wanted.length > moves.size && prng.randomChance(3, 4) ? wanted : known));
  return setOf(prng, species.name, level ?? 1 + prng.random(100), [...moves]);
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
