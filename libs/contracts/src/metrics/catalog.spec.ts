import { metricCatalog } from './catalog';
import type { Metric } from './metric';

const all = metricCatalog.flatMap(({ metrics }) => metrics);
const own = all.filter(({ name }) => name.startsWith('fathom_'));

describe('the table of metrics', () => {
  it('has every name once', () => {
    const names = all.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(all.map((metric) => [metric.name, metric] as const))(
    'names and units go by the rules of Prometheus: %s',
    (name, { type, unit, help, labels, buckets }: Metric) => {
      expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (unit === 'seconds') expect(name).toMatch(/_seconds(_total|_budget|_forecast)?$/);
      if (unit === 'bytes') expect(name).toMatch(/_bytes$/);
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
      for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z_]+$/);
      if (name.startsWith('fathom_')) expect(type === 'histogram').toBe(buckets !== undefined);
      if (buckets) expect([...buckets].sort((a, b) => a - b)).toEqual(buckets);
    },
  );

  it('has closed sets of values, or says what keeps them small', () => {
    for (const { name, labels } of own)
      for (const values of Object.values(labels))
        if ('boundedBy' in values)
          expect([name, values.boundedBy]).toEqual([name, expect.stringMatching(/\w+/)]);
        else expect([name, new Set(values).size]).toEqual([name, values.length]);
  });

  it('has a series for a trial only while it is trained, and for a sweep only while it is open', () => {
    for (const { name, labels, lifetime } of own) {
      const expected = 'trial' in labels ? 'active-trial' : 'sweep_id' in labels ? 'open-sweep' : 'process';
      expect([name, lifetime]).toEqual([name, expected]);
    }
  });
});
