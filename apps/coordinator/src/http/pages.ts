import type { Environment } from '../environment';

/** What is served for people and tools who run Fathom, beside the API or on ports of their own. */
export const pages = ['metrics', 'board', 'docs'] as const;
export type Page = (typeof pages)[number];

export interface PagePlaces {
  /** On the port of the API. */
  readonly besideApi: ReadonlySet<Page>;
  /** By their port; 0: a free one. */
  readonly apart: ReadonlyMap<number, ReadonlySet<Page>>;
}

export const allBesideApi: PagePlaces = { besideApi: new Set(pages), apart: new Map() };

/** Where each page is served; one that is switched off is nowhere. */
export function placesOf(env: Environment): PagePlaces {
  const besideApi = new Set<Page>();
  const apart = new Map<number, Set<Page>>();
  const settings = {
    metrics: { mode: env.FATHOM_METRICS, port: env.FATHOM_METRICS_PORT },
    board: { mode: env.FATHOM_BOARD, port: env.FATHOM_BOARD_PORT },
    docs: { mode: env.FATHOM_DOCS, port: env.FATHOM_DOCS_PORT },
  };
  for (const page of pages) {
    const { mode, port } = settings[page];
    if (mode === 'off') continue;
    if (port === undefined || (port === env.PORT && port !== 0)) besideApi.add(page);
    else apart.set(port, (apart.get(port) ?? new Set<Page>()).add(page));
  }
  return { besideApi, apart };
}
