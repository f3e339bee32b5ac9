// Sentences: Chinese in the source, English from locales/en.json (assets/build.mjs packs those that stand here).
import english from "english";

const isEnglish = document.documentElement.lang.startsWith("en");

export function t(zh, values = {}) {
  const text = isEnglish ? english[zh] ?? zh : zh;
  return text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}
