import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPromtool } from '@fathom/services';
import { useTempDir } from '@fathom/testkit';
import { boards, fillIn, variableQueries } from './e2e/boards';

const promtool = findPromtool();
const why = promtool === undefined ? ' (skipped: there is no promtool on the PATH)' : '';
const values = { sweep: 's', depth: '.*', worker: '.*', __rate_interval: '1m', __range: '86400s' };

interface Sample {
  readonly labels: string;
  readonly value: number;
}

(promtool === undefined ? describe.skip : describe)(`the board of a sweep${why}`, () => {
  const dir = useTempDir();
  const queryOf = (title: string) => {
    const sweep = boards.find(({ uid }) => uid === 'fathom-sweep');
    const panel = sweep?.panels.find((one) => one.title === title && one.type !== 'row');
    return fillIn(panel?.targets?.[0]?.expr ?? '', values);
  };

  /** Asks all queries at that time, in hours, with series that have a value in each minute. */
  function ask(
    atHour: number,
    series: Readonly<Record<string, string>>,
    expected: Readonly<Record<string, readonly Sample[]>>,
  ): void {
    const file = join(dir.path, 'board.yml');
    const input_series = Object.entries(series).map(([name, samples]) => ({ series: name, values: samples }));
    const promql_expr_test = Object.entries(expected).map(([expr, exp_samples]) => ({
      expr,
      eval_time: `${atHour}h`,
      exp_samples,
    }));
    const tests = [{ interval: '1m', input_series, promql_expr_test }];
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '1m', tests }));
    execFileSync(promtool ?? '', ['test', 'rules', file], { stdio: 'pipe' });
  }

  const ofSweep = 'sweep_id="s", sweep="night"';
  const info = (instance: string, state: string) =>
    `fathom_sweep_info{instance="${instance}", ${ofSweep}, state="${state}"}`;
  const best = (instance: string) =>
    `fathom_sweep_best_objective{instance="${instance}", ${ofSweep}, metric="validationError"}`;
  const error = (instance: string) =>
    `fathom_sweep_depth_test_error_ratio{instance="${instance}", ${ofSweep}, depth="8", variant="plain", statistic="best"}`;
  const mean = (instance: string) =>
    `fathom_sweep_depth_objective{instance="${instance}", ${ofSweep}, depth="8", variant="plain", statistic="mean"}`;
  const trials = (state: string) => `fathom_sweep_trials{instance="b", ${ofSweep}, state="${state}"}`;
  /** Ended after three hours, shown for one more. A coordinator went in the second hour, and another came. */
  const night = {
    [info('a', 'running')]: '1x90 stale',
    [info('b', 'running')]: '_x90 1x90 stale',
    [info('b', 'completed')]: '_x181 1x60 stale',
    [best('a')]: '0.5x90 stale',
    [best('b')]: '_x90 0.4x60 0.1x90 stale',
    [mean('a')]: '0.6x90 stale',
    [mean('b')]: '_x90 0.3x150 stale',
    [error('b')]: '_x181 0.2x60 stale',
    [trials('running')]: '_x90 4x90 0x60 stale',
    [trials('completed')]: '_x90 0x90 4x60 stale',
    [`fathom_sweep_progress_ratio{instance="b", ${ofSweep}}`]: '_x90 0.5x90 1x60 stale',
    [`fathom_sweep_planned_trials{instance="b", ${ofSweep}}`]: '_x90 4x150 stale',
    [`fathom_sweep_budget_used_ratio{instance="b", ${ofSweep}, limit="maxDeviceHours"}`]:
      '_x90 0.7x150 stale',
  };
  const [variable = ''] = variableQueries.filter((query) => query.includes('fathom_sweep_info'));
  const labels = `{${ofSweep}}`;
  const ofDepth = (statistic: string) => `{${ofSweep}, depth="8", variant="plain", statistic="${statistic}"}`;

  it('has one that ended in the night in the menu of the morning', () => {
    ask(9, night, { [`count(${fillIn(variable, values)}) by (sweep, sweep_id)`]: [{ labels, value: 1 }] });
    ask(30, night, { [`count(${fillIn(variable, values)}) by (sweep, sweep_id)`]: [] });
  });

  it('shows how it was last, which is not what a coordinator said before it went', () => {
    ask(9, night, {
      [`count(${queryOf('State')}) by (state)`]: [{ labels: '{state="completed"}', value: 1 }],
      [queryOf('Progress')]: [{ labels, value: 1 }],
      [queryOf('Planned trials')]: [{ labels, value: 4 }],
      [queryOf('Ended trials')]: [{ labels: '{}', value: 4 }],
      [queryOf('Budget used')]: [{ labels: '{}', value: 0.7 }],
      [queryOf('Best so far')]: [{ labels: `{${ofSweep}, metric="validationError"}`, value: 0.1 }],
      [queryOf('Test error by depth')]: [{ labels: ofDepth('best'), value: 0.2 }],
      [queryOf('Objective by depth')]: [{ labels: ofDepth('mean'), value: 0.3 }],
    });
  });

  it('shows one that runs as it is', () => {
    ask(2, night, {
      [`count(${queryOf('State')}) by (state)`]: [{ labels: '{state="running"}', value: 1 }],
      [queryOf('Progress')]: [{ labels, value: 0.5 }],
      [queryOf('Best so far')]: [{ labels: `{${ofSweep}, metric="validationError"}`, value: 0.4 }],
      [queryOf('Test error by depth')]: [],
    });
  });
});
