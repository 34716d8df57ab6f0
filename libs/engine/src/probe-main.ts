// A process of its own: loads TensorFlow, runs a graph that multiplies two matrices, prints what it found as JSON.
import { constant, Graph, matMul, writeSavedModel } from '@fathom/graph';
import { openEngine } from './engine';

function main(): void {
  const engine = openEngine();
  const graph = new Graph();
  const left = constant(graph, 'float32', [1, 2, 3, 4], [2, 2]);
  const right = constant(graph, 'float32', [5, 6, 7, 8], [2, 2]);
  const product = matMul(left, right);
  const session = engine.load(writeSavedModel(graph));
  const [value] = session.run({}, [product.name]);
  session.close();
  const answer = value ? [...value.data].join(' ') : 'nothing';
  if (answer !== '19 22 43 50') throw new Error(`a matrix product came out as ${answer}`);
  process.stdout.write(JSON.stringify({ version: engine.tensorflowVersion, device: engine.device }));
}

main();
