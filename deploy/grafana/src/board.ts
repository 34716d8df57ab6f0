import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { series, sumBy } from './promql';
import { dataSource } from './panels';
import { sweepMetrics, workerMetrics } from '@fathom/contracts';

/** The tag by which the boards find each other. */
const TAG = 'fathom';
const COORDINATOR = 'http://127.0.0.1:8080';

export interface Row {
  readonly title: string;
  /** Shut at first, for not everybody has anything to see there; only the last row may be. */
  readonly isShut?: boolean;
  readonly panels: readonly Builder<Panel>[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  /** Pages of the API, from its root, by what the link says. */
  readonly links: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

const fromPrometheus = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(dataSource)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged);

/** The sweep that is shown, of all in the time of the board: its name is chosen, its id is asked for. */
export const sweepVariable = (): Builder<VariableModel> =>
  fromPrometheus(
    'sweep',
    'Sweep',
    `query_result(${sumBy(['sweep', 'sweep_id'], `last_over_time(${series(sweepMetrics.info)}[$__range])`)})`,
  ).regex('/sweep="(?<text>[^"]*)",sweep_id="(?<value>[^"]*)"/');

/** Those that are shown; all of them at first. */
export const depthVariable = (): Builder<VariableModel> =>
  fromPrometheus('depth', 'Depth', `label_values(${series(workerMetrics.trialEpoch)}, depth)`)
    .sort(VariableSort.NumericalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });

export const workerVariable = (): Builder<VariableModel> =>
  fromPrometheus('worker', 'Worker', `label_values(${series(workerMetrics.slots)}, worker)`)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });

/* eslint-disable @typescript-eslint/no-deprecated -- the schema that follows is of Grafana 13; this one is read by all since 8 */
export function buildBoard({ uid, title, description, variables, links, rows }: Board): Dashboard {
  const board = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(
      new TextBoxVariableBuilder('api').label('Coordinator').defaultValue(COORDINATOR).current({
        selected: true,
        text: COORDINATOR,
        value: COORDINATOR,
      }),
    )
    .link(
      new DashboardLinkBuilder('Boards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  for (const variable of variables) board.withVariable(variable);
  for (const [words, path] of Object.entries(links))
    board.link(
      new DashboardLinkBuilder(words)
        .type(DashboardLinkType.Link)
        .icon('external link')
        .url(`\${api}${path}`)
        .targetBlank(true),
    );
  for (const row of rows) {
    const head = new RowBuilder(row.title);
    if (row.isShut === true) {
      for (const panel of row.panels) head.withPanel(panel);
      board.withRow(head.collapsed(true));
    } else {
      board.withRow(head);
      for (const panel of row.panels) board.withPanel(panel);
    }
  }
  const built = board.build();
  // The builder puts links into a menu; they are to be seen.
  for (const link of built.links ?? []) delete link.placement;
  // Links and alerts name panels by these.
  (built.panels ?? [])
    .flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])])
    .forEach((panel, index) => (panel.id = index + 1));
  return built;
}
/* eslint-enable @typescript-eslint/no-deprecated */
