import { Registry } from 'prom-client';
import { counterOf, histogramOf, readOnScrape, type Sample } from './instruments';

describe('instruments', () => {
  const labels = { state: ['free', 'busy'] };

  it('reads samples on each scrape, and forgets those that are not read again', async () => {
    const registry = new Registry();
    let samples: Sample<'state'>[] | undefined = [{ labels: { state: 'free' }, value: -2 }];
    readOnScrape(registry, { name: 'slots', type: 'gauge', help: 'Slots.', labels }, () => samples);
    expect(await registry.metrics()).toContain('slots{state="free"} -2');
    samples = [{ labels: { state: 'busy' }, value: 1 }];
    const text = await registry.metrics();
    expect(text).toContain('slots{state="busy"} 1');
    expect(text).not.toContain('free');
  });

  it('has no value, not even 0, where reading fails', async () => {
    const registry = new Registry();
    let fails = false;
    const read = () =>
      fails ? Promise.reject(new Error('away')) : Promise.resolve([{ labels: {}, value: 7 }]);
    readOnScrape<never>(registry, { name: 'jobs_total', type: 'counter', help: 'Jobs.', labels: {} }, read);
    expect(await registry.metrics()).toMatch(/# TYPE jobs_total counter\njobs_total 7$/m);
    fails = true;
    expect(await registry.metrics()).not.toMatch(/^jobs_total/m);
  });

  it('takes labels and buckets from the description', async () => {
    const registry = new Registry();
    counterOf(registry, { name: 'a_total', help: 'A.', labels }).inc({ state: 'free' });
    histogramOf(registry, { name: 'b_seconds', help: 'B.', labels: {}, buckets: [1, 2] }).observe(1.5);
    const text = await registry.metrics();
    expect(text).toContain('a_total{state="free"} 1');
    expect(text).toContain('b_seconds_bucket{le="1"} 0');
    expect(text).toContain('b_seconds_bucket{le="2"} 1');
  });
});
