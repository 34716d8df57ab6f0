import type { Verification } from '@fathom/contracts';
import type { Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { exitCodes } from '../exit-codes';
import { jsonOption, print, printJson, urlOption } from './sweep-commands';

export function addVerifyCommand(program: Command): void {
  program
    .command('verify <sweep>')
    .description('replay what a sweep recorded and compare the decisions; exits 1 where they differ')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom verify 0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11')
    .action(async (id: string, options: { url: string; json?: true }) => {
      const verification = await new ApiClient(options.url).verify(id);
      if (options.json) printJson(verification);
      else print(verificationView(verification));
      if (!verification.agrees) process.exitCode = exitCodes.failed.code;
    });
}

export function verificationView(verification: Verification): string {
  const { events, decisions, trials, agrees, contradictions, contradictionCount } = verification;
  const replayed = `${events} events replayed: ${decisions} decisions, ${trials} trials`;
  if (agrees) return `${replayed}; all as recorded`;
  const lines = contradictions.map(
    ({ kind, event, message }) => `${kind}${event === null ? '' : ` at event ${event}`}: ${message}`,
  );
  const more = contradictionCount - contradictions.length;
  return [
    `${replayed}; ${contradictionCount} contradictions`,
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n');
}
