import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const folder = join(__dirname, '../../deploy/grafana/boards');

const panelSchema = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.object({ uid: z.string() }).optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).optional(),
});
const boardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  links: z.array(z.object({ type: z.string(), title: z.string(), url: z.string().optional() })),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), query: z.unknown() })),
  }),
  // Those of a row that is shut lie within it.
  panels: z
    .array(panelSchema.extend({ panels: z.array(panelSchema).optional() }))
    .transform((panels) => panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])),
});
export type Board = z.infer<typeof boardSchema>;

export const boards: readonly Board[] = readdirSync(folder).map((name) =>
  boardSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))),
);

/** Every query of every panel, by where it stands. */
export const panelQueries: ReadonlyMap<string, string> = new Map(
  boards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(
        ({ expr }, i) => [`${title} / ${panel.id} ${panel.title} / ${i + 1}`, expr] as const,
      ),
    ),
  ),
);

/** Pages of the API that boards link to. */
export const boardLinks: readonly string[] = boards.flatMap(({ links }) =>
  links.flatMap(({ url }) => (url === undefined || url === '' ? [] : [url])),
);

/** What the queries of variables ask for: the series of the query, or of label_values(…). */
export const variableQueries: readonly string[] = boards.flatMap(({ templating }) =>
  templating.list
    .filter(({ type }) => type === 'query')
    .map(({ query }) => z.object({ query: z.string() }).parse(query).query)
    .map((query) => /^(?:query_result|label_values)\((.*?)(?:, \w+)?\)$/.exec(query)?.[1] ?? query),
);

/** Puts values in the place of variables, as Grafana does. @throws where one is left */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  const filled = text.replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
    const value = values[braced ?? bare ?? ''];
    if (value === undefined) throw new Error(`${whole} has no value in ${text}`);
    return value;
  });
  return filled;
}
