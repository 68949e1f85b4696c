/* The search language: words and conditions that all have to hold, e.g. `type:malleable wait>1h user:anna`. */

const SPANS = { s: 1, m: 60, h: 3600, d: 86400 };

/** The number written as `10`, `1.5k`, `90s`, `10m`, `2h` or `1d`; NaN for anything else. */
function quantity(text) {
  const match = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([smhdk]?)$/i.exec(text);
  if (!match) return NaN;
  const unit = match[2].toLowerCase();
  return Number(match[1]) * (unit === "k" ? 1000 : SPANS[unit] ?? 1);
}

const COMPARISONS = {
  ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b, "=": (a, b) => a === b,
};

/**
 * Compile a query over fields { name: { values, text } }; returns { test, problem }, test being null for an empty query.
 * A bare number is a job's number, a bare word is looked for in all fields of text.
 */
function compileQuery(query, fields) {
  const tests = [];
  for (const part of query.trim().toLowerCase().split(/\s+/).filter(Boolean)) {
    const condition = /^([a-z_]+)(>=|<=|>|<|=|:)(.+)$/.exec(part);
    if (condition) {
      const [, name, relation, wanted] = condition;
      const field = fields[name];
      if (!field) return { test: null, problem: `unknown field ${name}` };
      if (field.text) {
        if (relation !== ":" && relation !== "=") return { test: null, problem: `${name} is compared with : only` };
        tests.push((job) => (relation === "=" ? field.values[job].toLowerCase() === wanted : field.values[job].toLowerCase().startsWith(wanted)));
      } else {
        const value = quantity(wanted);
        if (Number.isNaN(value)) return { test: null, problem: `${wanted} is not a number` };
        const compare = COMPARISONS[relation === ":" ? "=" : relation];
        tests.push((job) => compare(field.values[job], value));
      }
    } else if (/^#?\d+$/.test(part)) {
      const identifier = Number(part.replace("#", ""));
      tests.push((job) => fields.job.values[job] === identifier);
    } else {
      const texts = Object.values(fields).filter((field) => field.text);
      tests.push((job) => texts.some((field) => field.values[job].toLowerCase().includes(part)));
    }
  }
  return { test: tests.length ? (job) => tests.every((holds) => holds(job)) : null, problem: null };
}
