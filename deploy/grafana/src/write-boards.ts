import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { coordinatorBoard } from './coordinator-board';
import { fleetBoard } from './fleet-board';
import { sweepBoard } from './sweep-board';

// Writes deploy/grafana/boards. Run by `npm run generate`.
const folder = resolve(__dirname, '../boards');
for (const [name, board] of Object.entries({
  sweep: sweepBoard,
  fleet: fleetBoard,
  coordinator: coordinatorBoard,
}))
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(board, null, 2)}\n`);
