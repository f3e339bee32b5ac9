// The people of the bench's city, read from the sheet that was made for the import: whom to search, and whom few meet.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Codes of the traits, as addresses carry them. */
const TAGS = ['特困', '低保', '低保边缘', '独居', '空巢', '留守', '失能', '失智', '重残', '计生特殊家庭', '优抚', '高龄'];
const AGES = [70, 80, 90];
const SAMPLED = 4_000;

/** Reads a sheet: a sample of people spread over it, and a combination of filters that `few` of them meet. */
export async function people(sheet, count, few) {
  const sample = [];
  const groups = new Map();
  const every = Math.max(1, Math.floor(count / SAMPLED));
  let at = -1;
  for await (const line of createInterface({ input: createReadStream(sheet) })) {
    if (at++ < 0) continue;
    const [name, , number, sex, birth, mobile, , , place, , , , , tags] = line.split(',');
    if (at % every === 0) sample.push({ name, number, mobile, place });
    const held = tags ? tags.split('；').map((tag) => TAGS.indexOf(tag) + 1) : [];
    if (held.length < 2) continue;
    const key = `${held.join('.')}|${sex === '女' ? 2 : 1}|${AGES.filter((age) => isOfAge(birth, age)).length}`;
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  return { sample, few: combination(groups, few) };
}

function isOfAge(birth, age) {
  const today = new Date();
  const born = new Date(`${birth}T00:00:00+08:00`);
  born.setFullYear(born.getFullYear() + age);
  return born <= today;
}

/** The filters that `wanted` people meet, or as nearly as can be, as the query of an address; how many meet them. */
function combination(groups, wanted) {
  const parsed = [...groups].map(([key, n]) => {
    const [tags, sex, ages] = key.split('|');
    return { tags: tags.split('.').map(Number), sex: Number(sex), ages: Number(ages), n };
  });
  let best;
  for (let a = 1; a <= TAGS.length; a += 1) {
    for (let b = a + 1; b <= TAGS.length; b += 1) {
      const both = parsed.filter((group) => group.tags.includes(a) && group.tags.includes(b));
      for (const sex of [0, 1, 2]) {
        for (let ages = 0; ages <= AGES.length; ages += 1) {
          const of = both.filter((group) => (!sex || group.sex === sex) && group.ages >= ages);
          const n = of.reduce((sum, group) => sum + group.n, 0);
          if (n > 0 && (!best || Math.abs(n - wanted) < Math.abs(best.n - wanted))) {
            const narrowed = `${sex ? `&sex=${sex}` : ''}${ages ? `&age=${AGES[ages - 1]}` : ''}`;
            // The wider trait first: the way somebody clicks must not matter.
            best = { query: `tag=${b}&tag=${a}${narrowed}`, n };
          }
        }
      }
    }
  }
  return best;
}
