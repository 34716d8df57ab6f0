import { writeFile } from 'node:fs/promises';
import { objectiveMetrics, type Importance, type SweepDetail } from '@fathom/contracts';
import { Option, type Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { ApiError } from '../client/api-error';
import { analysisPage } from '../render/analysis-report';
import {
  bestTable,
  confidenceTable,
  importanceTable,
  objectivesText,
  paretoTable,
} from '../render/analysis-tables';
import { jsonOption, print, printJson, urlOption } from './sweep-commands';

interface AnalyseOptions {
  readonly url: string;
  readonly objective?: string;
  readonly html?: string;
  readonly json?: true;
}

export function addAnalyseCommand(program: Command): void {
  program
    .command('analyse <sweep>')
    .description('show which parameters matter, the best trials and how error goes with depth')
    .addOption(
      new Option('--objective <metric>', "one of the sweep's objectives; absent: the main one").choices(
        objectiveMetrics,
      ),
    )
    .option('--html <file>', 'write a page with charts, too')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nExamples:\n  fathom analyse 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11\n' +
        '  fathom analyse 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11 --objective trainSeconds --html analysis.html',
    )
    .action(async (id: string, options: AnalyseOptions) => {
      const client = new ApiClient(options.url);
      const analysis = await analysisOf(client, await client.sweep(id), options.objective);
      if (options.html !== undefined) {
        const parallel = await client.parallelCoordinates(id);
        await writeFile(options.html, analysisPage({ ...analysis, parallel }));
      }
      if (options.json) {
        const { importance, best, pareto, rows } = analysis;
        printJson({
          importance: typeof importance === 'string' ? null : importance,
          best,
          pareto,
          depth: { rows },
        });
        return;
      }
      printAnalysis(analysis);
      if (options.html !== undefined) print(`\nPage with charts: ${options.html}`);
    });
}

type Analysis = Awaited<ReturnType<typeof analysisOf>>;

async function analysisOf(client: ApiClient, sweep: SweepDetail, objective: string | undefined) {
  const [importance, best, pareto, { rows }] = await Promise.all([
    importanceOf(client, sweep.id, objective),
    client.bestSoFar(sweep.id, objective),
    client.paretoSet(sweep.id),
    client.depthTable(sweep.id),
  ]);
  return { sweep, importance, best, pareto, rows };
}

/** Or why there is none: a sweep that has only begun can be looked at, too. */
export async function importanceOf(
  client: ApiClient,
  sweepId: string,
  objective?: string,
): Promise<Importance | string> {
  try {
    return await client.importance(sweepId, objective);
  } catch (error) {
    if (error instanceof ApiError && error.problem.code === 'state-conflict') return error.problem.detail;
    throw error;
  }
}

function printAnalysis({ sweep, importance, best, pareto, rows }: Analysis): void {
  print(`\n${sweep.name}: ${sweep.state}; objectives: ${objectivesText(sweep.spec)}`);
  if (typeof importance === 'string') print(`\nNo importance of parameters yet: ${importance}`);
  else
    print(
      `\nImportance of parameters for ${importance.objective.metric}: the best ${importance.bestTrials} of ` +
        `${importance.trials} completed trials against all\n${importanceTable(importance)}`,
    );
  if (best.points.length > 0) print(`\nBest so far, over ${best.trials} trials\n${bestTable(best)}`);
  if (pareto.objectives.length > 1 && pareto.points.length > 0)
    print(
      `\nPareto set: ${pareto.points.length} of ${pareto.trials} completed trials\n${paretoTable(pareto)}`,
    );
  if (rows.length > 0)
    print(
      `\nTest error by depth, over all trials and of the best settings over their seeds\n${confidenceTable(rows)}`,
    );
}
