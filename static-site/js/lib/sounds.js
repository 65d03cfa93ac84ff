/**
 * The page's three sounds, made here from oscillators: nothing is fetched, nothing is anybody's recording. A browser
 * plays only after the user has touched the page; before that a sound is silently left out.
 */

/** @typedef {{ at: number, from: number, to: number, seconds: number, wave: OscillatorType, loudness: number }} Tone */

/** @type {Record<"register" | "falling" | "pop", Tone[]>} Seconds from the start, and hertz. */
const TONES = {
  register: [
    { at: 0, from: 2093, to: 2093, seconds: 0.09, wave: "square", loudness: 0.05 },
    { at: 0.09, from: 2637, to: 2637, seconds: 0.5, wave: "triangle", loudness: 0.16 },
    { at: 0.09, from: 3951, to: 3951, seconds: 0.4, wave: "sine", loudness: 0.08 },
    { at: 0.2, from: 3136, to: 3136, seconds: 0.6, wave: "triangle", loudness: 0.12 },
  ],
  falling: [
    { at: 0, from: 523, to: 196, seconds: 0.7, wave: "sine", loudness: 0.2 },
    { at: 0, from: 262, to: 98, seconds: 0.7, wave: "triangle", loudness: 0.08 },
  ],
  pop: [{ at: 0, from: 330, to: 880, seconds: 0.09, wave: "sine", loudness: 0.25 }],
};
const SILENT = 0.0001;

/** @type {AudioContext | null} */
let context = null;

/** @param {keyof typeof TONES} name */
export function play(name) {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  const now = context;
  void now.resume().then(() => TONES[name].forEach((tone) => sing(now, tone)));
}

/** @param {AudioContext} on @param {Tone} tone */
function sing(on, { at, from, to, seconds, wave, loudness }) {
  const begin = on.currentTime + at;
  const end = begin + seconds;
  const oscillator = new OscillatorNode(on, { type: wave, frequency: from });
  const volume = new GainNode(on, { gain: SILENT });
  oscillator.frequency.setValueAtTime(from, begin);
  if (to !== from) oscillator.frequency.exponentialRampToValueAtTime(to, end);
  volume.gain.setValueAtTime(SILENT, begin);
  volume.gain.exponentialRampToValueAtTime(loudness, begin + 0.01);
  volume.gain.exponentialRampToValueAtTime(SILENT, end);
  oscillator.connect(volume).connect(on.destination);
  oscillator.start(begin);
  oscillator.stop(end);
}
