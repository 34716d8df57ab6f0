import { Command, CommanderError } from 'commander';
import { addAnalyseCommand } from './commands/analyse';
import { addTrialsCommand } from './commands/trials';
import { addVerifyCommand } from './commands/verify';
import { addDemoCommand } from './commands/demo';
import { addDoctorCommand } from './commands/doctor';
import { addExportCommand } from './commands/export';
import { addFleetCommand } from './commands/fleet';
import { addLogsCommand } from './commands/logs';
import { addPredictCommand } from './commands/predict';
import { addStackCommands } from './commands/stack-commands';
import { addSteeringCommands } from './commands/steering-commands';
import { addSummaryCommand } from './commands/summary';
import { addSweepCommands } from './commands/sweep-commands';
import { addTrainCommand } from './commands/train';
import { redacted } from './environment';
import { exitCodeOf, exitCodes } from './exit-codes';

export function createProgram(): Command {
  const program = new Command('fathom')
    .description('How deep should my ResNet be, and with which settings?')
    .addHelpText(
      'after',
      `\nExamples:\n  fathom demo\n  fathom up --workers 2\n  fathom submit docs/examples/depth-sweep.yaml --watch\n` +
        `\nExit codes:\n${Object.values(exitCodes)
          .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
          .join('\n')}`,
    );
  addDemoCommand(program);
  addDoctorCommand(program);
  addStackCommands(program);
  addSummaryCommand(program);
  addSweepCommands(program);
  addSteeringCommands(program);
  addLogsCommand(program);
  addFleetCommand(program);
  addTrialsCommand(program);
  addAnalyseCommand(program);
  addVerifyCommand(program);
  addTrainCommand(program);
  addPredictCommand(program);
  addExportCommand(program);
  // Commander would exit by itself, with codes of its own.
  for (const command of [program, ...program.commands])
    command.exitOverride().showHelpAfterError('(see --help)');
  return program;
}

/** The `fathom` command: runs what `argv` says and sets the exit code. Never throws. */
export async function runFathom(argv: readonly string[]): Promise<void> {
  // Whoever reads the output may stop before its end, as in `fathom --help | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
      return;
    }
    const say = (text: string) => process.stderr.write(`${redacted(text, process.env)}\n`);
    say(`fathom: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env['FATHOM_LOG_LEVEL'] === 'debug' && error instanceof Error) say(error.stack ?? '');
    process.exitCode = exitCodeOf(error);
  }
}

if (require.main === module) void runFathom(process.argv);
