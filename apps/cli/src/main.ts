import { Command, CommanderError } from 'commander';
import { addDemoCommand } from './commands/demo';
import { addSweepCommands } from './commands/sweep-commands';
import { exitCodeOf, exitCodes } from './exit-codes';

export function createProgram(): Command {
  const program = new Command('fathom')
    .description('How deep should my ResNet be, and with which settings?')
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.values(exitCodes)
        .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
        .join('\n')}`,
    );
  addDemoCommand(program);
  addSweepCommands(program);
  // Sub-commands made before exitOverride would exit by themselves, with commander's own codes.
  for (const command of program.commands) command.exitOverride();
  return program;
}

async function main(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
      return;
    }
    process.stderr.write(`fathom: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['FATHOM_LOG_LEVEL'] === 'debug' && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

if (require.main === module) void main();
