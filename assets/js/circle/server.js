// What the map asks its server. Each answer is JSON; a refusal throws with the server's own sentence.
import { t } from "../phone/words.js";

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? body.title ?? t("地图没有取到，请刷新再试"));
  return body;
}

/** Asks for a part of the map: `asker(box)("try", { x, y })`. */
export function asker({ place, kind, minutes, group }) {
  return async (what, values = {}, signal) => {
    const query = new URLSearchParams({ kind, minutes, group, ...values });
    const headers = { accept: "application/json" };
    return answer(await fetch(`/circle/${place}/${what}?${query}`, { headers, signal }));
  };
}
