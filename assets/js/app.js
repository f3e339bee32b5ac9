// The console's one script: htmx with morphing, live topics, focus after swaps, session clock, small comforts.
import htmx from "htmx.org";
import "./console/morph.js";
import { startLive } from "./console/live.js";
import { startFocus } from "./console/focus.js";
import { startSession } from "./console/session.js";
import { startComforts } from "./console/comforts.js";
import { startDrafts } from "./console/drafts.js";
import { startRoster } from "./console/roster.js";

window.htmx = htmx;
startFocus();
startSession();
startComforts();
startDrafts();
startRoster();
startLive();
