import { ownVariables } from '@fathom/contracts';
import { parseEnv } from '@fathom/runtime';
import { environmentSchema } from '../environment';
import { placesOf } from './pages';

const given = (more: Record<string, string>) =>
  parseEnv(
    environmentSchema,
    { DATABASE_URL: 'postgres://d/fathom', REDIS_URL: 'redis://r', PORT: '8080', ...more },
    ownVariables,
  );
const places = (more: Record<string, string>) => {
  const { besideApi, apart } = placesOf(given(more));
  return {
    besideApi: [...besideApi],
    apart: Object.fromEntries([...apart].map(([port, some]) => [port, [...some]])),
  };
};

describe('places of the pages', () => {
  it.each([
    [{}, { besideApi: ['metrics', 'board', 'docs'], apart: {} }],
    [
      { FATHOM_BOARD: 'off', FATHOM_DOCS: 'off', FATHOM_METRICS: 'off' },
      { besideApi: [], apart: {} },
    ],
    [{ FATHOM_METRICS_PORT: '9464' }, { besideApi: ['board', 'docs'], apart: { 9464: ['metrics'] } }],
    [
      { FATHOM_METRICS_PORT: '9464', FATHOM_BOARD_PORT: '9464', FATHOM_DOCS: 'off' },
      { besideApi: [], apart: { 9464: ['metrics', 'board'] } },
    ],
    [{ FATHOM_METRICS_PORT: '8080' }, { besideApi: ['metrics', 'board', 'docs'], apart: {} }],
  ])('%j', (env, expected) => expect(places(env)).toEqual(expected));

  it('refuses a port of a page that is off', () => {
    expect(() =>
      given({
        FATHOM_BOARD: 'off',
        FATHOM_BOARD_PORT: '9000',
        FATHOM_METRICS: 'off',
        FATHOM_METRICS_PORT: '1',
      }),
    ).toThrow(
      '  FATHOM_METRICS_PORT: has no meaning while FATHOM_METRICS is off\n' +
        '  FATHOM_BOARD_PORT: has no meaning while FATHOM_BOARD is off',
    );
  });
});
