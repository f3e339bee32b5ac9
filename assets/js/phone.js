// The caregiver's phone: works a whole day without a network. See phone/app.js.
import { start } from "./phone/app.js";

start();
