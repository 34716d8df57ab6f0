import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';

/** What a panel asks Prometheus for, and what each line is called. */
export interface Target {
  readonly expression: string;
  /** With labels in double braces. */
  readonly legend: string;
}

interface Words {
  readonly title: string;
  /** What it shows and what to make of it. */
  readonly description: string;
  /** Of Grafana's units; absent: a number as it is. */
  readonly unit?: string;
  /** Of 24 columns. */
  readonly width?: number;
  /** In place of a value where there is none. */
  readonly noValue?: string;
}

/** Every panel asks the data source that is chosen at the top of the board. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

const HEIGHT = 8;
const STAT_HEIGHT = 4;

const refIdOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

const queryOf = ({ expression, legend }: Target, index: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refIdOf(index)).expr(expression).legendFormat(legend);

/** Lines over time. */
export function lines(
  { title, description, unit = 'short', width = 12, noValue = '' }: Words,
  targets: readonly Target[],
  { stacked = false, min }: { readonly stacked?: boolean; readonly min?: number } = {},
): Builder<Panel> {
  const panel = new TimeSeries()
    .title(title)
    .description(description)
    .datasource(dataSource)
    .unit(unit)
    .span(width)
    .height(HEIGHT)
    .noValue(noValue)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .calcs(['lastNotNull']),
    );
  targets.forEach((target, index) => panel.withTarget(queryOf(target, index).range()));
  if (min !== undefined) panel.min(min);
  if (stacked)
    panel.fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return panel;
}

/** One number, or one for each series, as it is now. */
export function number(
  { title, description, unit = 'short', width = 4, noValue = '-' }: Words,
  target: Target,
  { show = 'value' }: { readonly show?: 'value' | 'name' } = {},
): Builder<Panel> {
  return new Stat()
    .title(title)
    .description(description)
    .datasource(dataSource)
    .unit(unit)
    .span(width)
    .height(STAT_HEIGHT)
    .noValue(noValue)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .textMode(show === 'name' ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .withTarget(queryOf(target, 0).instant());
}

/** Bars as things are now: one group for each value of a label, one bar in it for each value of another. */
export function bars(
  { title, description, unit = 'short', width = 12, noValue = '' }: Words,
  expression: string,
  { groups, bars: barsOf }: { readonly groups: string; readonly bars: string },
): Builder<Panel> {
  return (
    new BarChart()
      .title(title)
      .description(description)
      .datasource(dataSource)
      .unit(unit)
      .span(width)
      .height(HEIGHT)
      .noValue(noValue)
      .min(0)
      // What the transformation calls the column of the groups.
      .xField(`${groups}\\${barsOf}`)
      .withTarget(queryOf({ expression, legend: '' }, 0).format(PromQueryFormat.Table).instant())
      .withTransformation({
        id: 'groupingToMatrix',
        options: { columnField: barsOf, rowField: groups, valueField: 'Value', emptyValue: 'null' },
      })
  );
}
