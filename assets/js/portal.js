// The portal's script: “读给我听” reads the page aloud, sentence by sentence. Nothing else needs JavaScript here.
import { startReading } from "./portal/read.js";

startReading();
