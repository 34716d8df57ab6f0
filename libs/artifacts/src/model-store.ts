import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  modelDescriptionSchema,
  modelFiles,
  type ModelDescription,
  type ModelFacts,
} from '@fathom/contracts';
import { decodeSafetensors, encodeSafetensors, SafetensorsError, type SafeTensor } from '@fathom/safetensors';
import { z } from 'zod';
import { sha256 } from './checksum';
import { ModelError, type ModelErrorKind } from './model-error';
import { ArtifactError } from './stores/artifact-store';
import { isRemote, splitLocation, under } from './stores/location';
import { openArtifacts } from './stores/open-artifacts';
import { messageOf } from './system-error';

/** A model as a folder holds it, of a disk or of an object store: a path, or s3://bucket/prefix. */
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
  const bytes = encodeSafetensors(tensors, METADATA);
  const written: ModelDescription = modelDescriptionSchema.parse({
    format: 'fathom-model',
    version: 1,
    ...facts,
    weights: { file: modelFiles.weights, sha256: sha256(bytes) },
  });
  await prepareModelFolder(dir);
  const files = openArtifacts(dir);
  const staged = `${modelFiles.weights}.${randomUUID()}.tmp`;
  try {
    await files.write(staged, bytes);
    await files.remove([modelFiles.description]);
    await files.rename(staged, modelFiles.weights);
    await files.write(modelFiles.description, `${JSON.stringify(written, null, 2)}\n`);
  } catch (error) {
    // What could not be written can seldom be removed, and the first reason is the one to tell.
    await files.remove([staged]).catch(() => undefined);
    throw unwritable(dir, error);
  }
}

/**
 * Removes what a writer that was killed left of a model; another that writes at this moment loses what it has.
 *
 * @throws ModelError unwritable
 */
export async function removeUnfinishedModel(dir: string): Promise<void> {
  const files = openArtifacts(dir);
  const ours: readonly string[] = Object.values(modelFiles);
  const isUnfinished = (name: string) =>
    name.endsWith('.tmp') && ours.some((file) => name.startsWith(`${file}.`));
  try {
    await files.remove((await files.list()).filter(isUnfinished));
    await files.removeUnfinished((name) => ours.includes(name) || isUnfinished(name));
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/**
 * Makes the folder of a model that is going to be written: better before a training than after it.
 *
 * @throws ModelError unwritable
 */
export async function prepareModelFolder(dir: string): Promise<void> {
  try {
    await openArtifacts(dir).prepare();
  } catch (error) {
    throw unwritable(dir, error);
  }
}

const unwritable = (dir: string, error: unknown): ModelError =>
  new ModelError('unwritable', dir, messageOf(error), { cause: error });

/**
 * Reads a model and checks it: the description against its schema, the weights against their checksum.
 *
 * @throws ModelError missing, damaged, unsupported
 */
export async function readModel(dir: string): Promise<StoredModel> {
  const description = await readDescription(dir);
  const path = under(dir, modelFiles.weights);
  const bytes = await read(dir, modelFiles.weights, 'damaged');
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
  const { folder, name } = splitLocation(isRemote(path) ? path : resolve(path));
  return decoded(path, await read(folder, name, 'missing'));
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
  isRemote(path)
    ? !path.endsWith('.safetensors')
    : stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      );

/** @throws ModelError missing, damaged, unsupported */
export async function readDescription(dir: string): Promise<ModelDescription> {
  const path = under(dir, modelFiles.description);
  const text = (await read(dir, modelFiles.description, 'missing')).toString('utf8');
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

async function read(folder: string, name: string, kindWhenMissing: ModelErrorKind): Promise<Buffer> {
  const path = under(folder, name);
  let bytes: Buffer | undefined;
  try {
    bytes = await openArtifacts(folder).read(name);
  } catch (error) {
    // Not the model's fault: the same may be read in a while.
    if (error instanceof ArtifactError && error.mayPass) throw error;
    throw new ModelError(kindWhenMissing, path, messageOf(error), { cause: error });
  }
  if (bytes === undefined) throw new ModelError(kindWhenMissing, path, 'it is not there');
  return bytes;
}
