// Where the phone is, how sure that is, and what looks made up. Shown to the caregiver as it will be judged.
import * as clock from "./clock.js";

const RADIUS_M = 6_371_008.8;
/** An older position says nothing of where the phone is now. */
const FRESH_MS = 120_000;
/** Nobody on foot, on a bicycle or in a car of the city is faster, in metres a second. */
const FASTEST = 60;
const watchers = new Set();
let latest;
let fault;
let watching;
let ticking;

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two places. */
export function metres(a, b) {
  const [east, north] = [radians(b.longitude - a.longitude), radians(b.latitude - a.latitude)];
  const across = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(east / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(Math.sin(north / 2) ** 2 + across)));
}

/** A browser does not say that a position is made up; an impossible accuracy or an impossible jump does. */
function isSuspect(fix, before) {
  if (!(fix.accuracy > 0)) return true;
  if (!before || fix.ms <= before.ms) return false;
  const jump = metres(before, fix) - fix.accuracy - before.accuracy;
  return jump / ((fix.ms - before.ms) / 1000) > FASTEST;
}

/** A position carries the time at which it was found, not the one at which we heard of it. Some phones stamp it by their
 * own clock, some by the satellites': of a clock that is off the nearer reading is the right one. */
function lateness(timestamp) {
  const readings = [Date.now(), clock.now()].map((now) => now - (timestamp || now));
  const [nearest] = readings.sort((one, other) => Math.abs(one) - Math.abs(other));
  return Math.max(nearest, 0);
}

function got({ coords: { longitude, latitude, accuracy }, timestamp }) {
  const late = lateness(timestamp);
  const ms = Date.now() - late;
  const fix = { longitude, latitude, accuracy, ms, at: new Date(ms).toISOString(), heard: performance.now(), late };
  latest = { ...fix, mocked: isSuspect(fix, latest) };
  fault = undefined;
  for (const tell of watchers) tell();
}

function failed(error) {
  fault = error.code === 1 ? "denied" : "none";
  for (const tell of watchers) tell();
}

/** Calls `tell` at each new position until the returned function is called. */
export function watch(tell) {
  watchers.add(tell);
  // The age of a position grows without any news of it.
  ticking ??= setInterval(() => { for (const tell of watchers) tell(); }, 20_000);
  watching ??= navigator.geolocation?.watchPosition(got, failed, { enableHighAccuracy: true, maximumAge: 5000, timeout: 20_000 });
  return () => {
    watchers.delete(tell);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
    if (watching !== undefined) { navigator.geolocation.clearWatch(watching); watching = undefined; latest = undefined; }
  };
}

/** How old a position is, by the running clock since it was heard of: setting the phone's clock makes none younger. */
const ageOf = (fix) => Math.max(fix.late + performance.now() - fix.heard, 0);

/** The latest position with its age, if any, and why there is none. */
export const here = () => {
  const age = latest && ageOf(latest);
  return { fix: latest && { ...latest, age, stale: age > FRESH_MS }, fault };
};

/** How a position stands to a visit. */
export function judged(visit, fix) {
  if (visit.longitude === null || visit.latitude === null) return { known: false };
  const distance = Math.round(metres(visit, fix));
  const sure = fix.accuracy <= visit.worst_accuracy_m;
  return { known: true, distance, sure, near: !fix.stale && distance - Math.min(fix.accuracy, visit.worst_accuracy_m) <= visit.geofence_m };
}
