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

/** Where the next facilities should stand. */
export async function site(form, { kind, minutes, group }) {
  const sent = { kind, minutes: Number(minutes), group, count: Number(form.count.value), candidates: form.candidates.value };
  return answer(await fetch(`/api/v1/circle/${form.dataset.place}/siting`, {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "x-csrf-token": form.querySelector("[name=csrf]").value,
      "idempotency-key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    },
    body: JSON.stringify(sent),
  }));
}
