// hx-swap="morph": changes only what differs, so that focus, scroll and half-typed text stay.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph" || style === "morph:outerHTML",
  handleSwap: (style, target, fragment) => {
    if (style === "morph" || style === "morph:outerHTML") return Idiomorph.morph(target, fragment.children, { morphStyle: "outerHTML" });
    if (style === "morph:innerHTML") return Idiomorph.morph(target, fragment.children, { morphStyle: "innerHTML" });
    return undefined;
  },
});
