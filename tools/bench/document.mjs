// Generated sections of a hand-written page: between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces sections of a page and leaves the rest as it is.
 *
 * @param {string} file of Markdown
 * @param {Record<string, string>} sections by name
 * @throws Error naming a section that the page does not have
 */
export async function writeSections(file, sections) {
  // Here, because prettier is installed by the set-up.
  const { format, resolveConfig } = await import('prettier');
  let page = readFileSync(file, 'utf8');
  for (const [name, text] of Object.entries(sections)) {
    const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [page.indexOf(open), page.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${file} has no section ${open} … ${close}`);
    page = `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`;
  }
  writeFileSync(file, await format(page, { ...(await resolveConfig(file)), parser: 'markdown' }));
}
