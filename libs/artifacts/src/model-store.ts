import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  modelDescriptionSchema,
  modelFiles,
  type ModelDescription,
  type ModelFacts,
} from '@fathom/contracts';
import { decodeSafetensors, encodeSafetensors, SafetensorsError, type SafeTensor } from '@fathom/safetensors';
import { z } from 'zod';
import { writeAtomically } from './atomic-write';
import { sha256 } from './checksum';
import { ModelError, type ModelErrorKind } from './model-error';
import { messageOf } from './system-error';

/** A model as a folder holds it. */
export interface StoredModel {
  readonly description: ModelDescription;
  /** By torchvision's names, in torchvision's layout. */
  readonly tensors: Readonly<Record<string, SafeTensor>>;
}

export interface ModelToWrite {
  readonly facts: ModelFacts;
  readonly tensors: StoredModel['tensors'];
}

/** Tells libraries that map weights by framework whose names and layout these are. */
const METADATA = { format: 'pt' };

/**
 * Writes a model into a folder, which is made if absent; a model that is there already is replaced. The description
 * is written last, so that a folder holds a model once it holds its description, and never a mixture of two.
 *
 * @throws ModelError unwritable
 */
export async function writeModel(dir: string, { facts, tensors }: ModelToWrite): Promise<void> {
  const [description, weights] = [join(dir, modelFiles.description), join(dir, modelFiles.weights)];
  const bytes = encodeSafetensors(tensors, METADATA);
  const written: ModelDescription = modelDescriptionSchema.parse({
    format: 'fathom-model',
    version: 1,
    ...facts,
    weights: { file: modelFiles.weights, sha256: sha256(bytes) },
  });
  await prepareModelFolder(dir);
  const staged = `${weights}.${randomUUID()}.tmp`;
  try {
    await writeAtomically(staged, bytes);
    await rm(description, { force: true });
    await rename(staged, weights);
    await writeAtomically(description, `${JSON.stringify(written, null, 2)}\n`);
  } catch (error) {
    await rm(staged, { force: true });
    throw new ModelError('unwritable', dir, messageOf(error), { cause: error });
  }
}

/**
 * Makes the folder of a model that is going to be written: better before a training than after it.
 *
 * @throws ModelError unwritable
 */
export async function prepareModelFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ModelError('unwritable', dir, messageOf(error), { cause: error });
  }
}

/**
 * Reads a model and checks it: the description against its schema, the weights against their checksum.
 *
 * @throws ModelError missing, damaged, unsupported
 */
export async function readModel(dir: string): Promise<StoredModel> {
  const description = await readDescription(dir);
  const path = join(dir, modelFiles.weights);
  const bytes = await read(path, 'damaged');
  const checksum = sha256(bytes);
  if (checksum !== description.weights.sha256)
    throw new ModelError(
      'damaged',
      path,
      `its SHA-256 is ${checksum}, ${modelFiles.description} says ${description.weights.sha256}`,
    );
  return { description, tensors: decoded(path, bytes) };
}

/**
 * Reads weights alone: those of a model folder, or a safetensors file.
 *
 * @throws ModelError missing, damaged, unsupported
 */
export async function readWeights(path: string): Promise<StoredModel['tensors']> {
  if (await isModelFolder(path)) return (await readModel(path)).tensors;
  return decoded(path, await read(path, 'missing'));
}

function decoded(path: string, bytes: Uint8Array): StoredModel['tensors'] {
  try {
    return decodeSafetensors(bytes).tensors;
  } catch (error) {
    if (error instanceof SafetensorsError)
      throw new ModelError('damaged', path, error.message, { cause: error });
    throw error;
  }
}

/** Whether the path is a folder, as that of a model is, and not a file of weights alone. */
export const isModelFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function readDescription(dir: string): Promise<ModelDescription> {
  const path = join(dir, modelFiles.description);
  const text = (await read(path, 'missing')).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ModelError('damaged', path, `it is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const parsed = modelDescriptionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ModelError('unsupported', path, z.prettifyError(parsed.error), { cause: parsed.error });
}

async function read(path: string, kindWhenMissing: ModelErrorKind): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelError(kindWhenMissing, path, messageOf(error), { cause: error });
  }
}
