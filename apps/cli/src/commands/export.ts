import { writeNewFolder } from '@fathom/artifacts';
import { Option, type Command } from 'commander';
import { exportFormats, type ExportFormatName } from '../model/export-formats';
import { openModel } from '../model/open-model';

export function addExportCommand(program: Command): void {
  const names = Object.keys(exportFormats);
  program
    .command('export')
    .description('write a trained model in the format of another program')
    .argument('<model>', 'folder of the model, from train --save or a worker')
    .argument('<out>', 'folder to write, which must not be there yet or be empty')
    .addOption(
      new Option(
        '--format <name>',
        Object.entries(exportFormats)
          .map(([name, { purpose }]) => `${name}: ${purpose}`)
          .join('; '),
      )
        .choices(names)
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  fathom export models/birds serving/birds/1 --format saved-model\n' +
        '  fathom export models/birds www/birds --format tfjs-layers',
    )
    .action(async (dir: string, out: string, { format }: { format: ExportFormatName }) => {
      const files = exportFormats[format].files(await openModel(dir));
      await writeNewFolder(out, files);
      process.stdout.write(`${format} written to ${out}: ${Object.keys(files).join(', ')}\n`);
    });
}
