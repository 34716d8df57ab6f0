import { defaultCacheDir } from '@fathom/data';
import type { Command } from 'commander';
import { checkDisk, checkNode, checkProcessor } from '../doctor/machine-checks';
import { isHealthy } from '../doctor/finding';
import { renderFindings } from '../doctor/render-findings';
import { checkCoordinator, checkPostgres, checkPrometheus, checkRedis } from '../doctor/service-checks';
import { checkTensorflow } from '../doctor/tensorflow-check';
import { exitCodes } from '../exit-codes';
import { repositoryRoot } from '../repository';

const DEFAULT_URL = 'http://127.0.0.1:8080';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what was found on this machine, and what to do about what is missing')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nExits 1 if something that is needed is missing.\n\nExample:\n  fathom doctor --json | jq ".[] | select(.state == \\"missing\\")"',
    )
    .action(async ({ json }: { json?: true }) => {
      const { env } = process;
      const findings = [
        checkNode(process.versions.node),
        checkProcessor(),
        ...(await Promise.all([
          checkTensorflow(),
          checkRedis(env),
          checkPostgres(env),
          checkPrometheus(env),
          checkDisk('repository', repositoryRoot),
          checkDisk('cache', defaultCacheDir()),
          checkCoordinator(env['FATHOM_URL'] ?? DEFAULT_URL),
        ])),
      ];
      process.stdout.write(`${json ? JSON.stringify(findings, null, 2) : renderFindings(findings)}\n`);
      if (!isHealthy(findings)) process.exitCode = exitCodes.failed.code;
    });
}
