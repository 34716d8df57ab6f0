import type { Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { fleetView } from '../render/fleet-view';
import { jsonOption, print, printJson, urlOption } from './sweep-commands';

export function addFleetCommand(program: Command): void {
  program
    .command('fleet')
    .description('show pools, workers, and who has how many of their places')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExample:\n  fathom fleet')
    .action(async (options: { url: string; json?: true }) => {
      const fleet = await new ApiClient(options.url).fleet();
      if (options.json) printJson(fleet);
      else print(fleetView(fleet));
    });
}
