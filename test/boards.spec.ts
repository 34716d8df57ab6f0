import { metricCatalog, type Metric } from '@fathom/contracts';
import { boards, fillIn, panelQueries, variableQueries } from './e2e/boards';

const metrics = new Map<string, Metric>(
  metricCatalog.flatMap((group) =>
    group.metrics.flatMap((metric) =>
      metric.type === 'histogram'
        ? ['_bucket', '_count', '_sum'].map((suffix) => [metric.name + suffix, metric] as const)
        : [[metric.name, metric] as const],
    ),
  ),
);
/** Every metric of a query, with the conditions that its series are to meet and what stands before it. */
const selectorsOf = (query: string) =>
  [...query.matchAll(/\b((?:fathom|bullmq|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ({ 1: name = '', 2: conditions = '', index }) => ({ name, conditions, before: query.slice(0, index) }),
  );
const queries = [
  ...panelQueries,
  ...variableQueries.map((query) => [`variable: ${query}`, query] as const),
] as const;

describe('the boards of Grafana', () => {
  it.each(queries)('ask for metrics and labels that there are: %s', (_, query) => {
    const selectors = selectorsOf(query);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { name, conditions } of selectors) {
      const metric = metrics.get(name);
      expect([name, metric !== undefined]).toEqual([name, true]);
      for (const [, label = '', value = ''] of conditions.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        // Every series of a worker has its name.
        if (label === 'worker') continue;
        const allowed = metric?.labels[label];
        expect([name, label, allowed !== undefined]).toEqual([name, label, true]);
        if (allowed !== undefined && !('boundedBy' in allowed))
          for (const one of value.split('|')) expect(allowed).toContain(one);
      }
    }
  });

  it.each([...panelQueries])('take the maximum of what all coordinators say of the same: %s', (_, query) => {
    for (const { name, before } of selectorsOf(query))
      if (metrics.get(name)?.isShared === true)
        expect(before).toMatch(/\bmax(?: by \([^)]*\))? \((?:rate\()?$/);
  });

  it('have panels with words for people, ids of their own, and places that do not overlap', () => {
    for (const { title, panels } of boards) {
      const ids = panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const taken = new Set<string>();
      for (const panel of panels) {
        if (panel.type !== 'row') expect(panel.description).toMatch(/\.$/);
        const { x, y, w, h } = panel.gridPos;
        expect(x + w).toBeLessThanOrEqual(24);
        for (let column = x; column < x + w; column++)
          for (let line = y; line < y + h; line++) {
            const place = `${title} ${column} ${line}`;
            expect([panel.title, place, taken.has(place)]).toEqual([panel.title, place, false]);
            taken.add(place);
          }
      }
    }
  });

  it('use variables that they have, and have links that their variables fill', () => {
    for (const { title, templating, panels, links } of boards) {
      const values = Object.fromEntries(templating.list.map(({ name }) => [name, 'x']));
      const built = { __rate_interval: '1m', __range: '1h' };
      for (const { query } of templating.list)
        expect(() => fillIn(JSON.stringify(query ?? ''), { ...values, ...built })).not.toThrow();
      for (const panel of panels)
        for (const { expr } of panel.targets ?? [])
          expect(() => fillIn(expr, { ...values, ...built })).not.toThrow();
      for (const { url } of links) expect(() => fillIn(url ?? '', values)).not.toThrow();
      const used = JSON.stringify([panels, links]);
      for (const { name } of templating.list)
        expect([title, name, used.includes(`$${name}`) || used.includes(`\${${name}}`)]).toEqual([
          title,
          name,
          true,
        ]);
    }
  });

  it('are one for sweeps, one for the fleet and one for the coordinators, and find each other', () => {
    expect(boards.map(({ uid }) => uid).sort()).toEqual([
      'fathom-coordinator',
      'fathom-fleet',
      'fathom-sweep',
    ]);
    for (const { links } of boards) expect(links.map(({ type }) => type)).toContain('dashboards');
  });
});
