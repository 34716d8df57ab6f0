import { access, constants, copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { writeAtomically } from '../atomic-write';
import { ifThere, removeIfEmpty } from '../if-there';
import type { ArtifactData, ArtifactStore } from './artifact-store';

/** What `writeAtomically` writes into before it renames. */
const UNFINISHED = /^(.+)\.[0-9a-f-]+\.tmp$/;

/** Artifacts in a folder of this machine, or of a file system that several share. */
export class DirectoryStore implements ArtifactStore {
  constructor(readonly location: string) {}

  async prepare(): Promise<void> {
    await mkdir(this.location, { recursive: true });
    await access(this.location, constants.W_OK | constants.X_OK);
  }

  async list(): Promise<string[]> {
    return (await this.entries()).filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  }

  async folders(): Promise<string[]> {
    return (await this.entries()).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  read(name: string): Promise<Buffer | undefined> {
    return ifThere(readFile(this.path(name)));
  }

  async write(name: string, data: ArtifactData): Promise<void> {
    await mkdir(this.location, { recursive: true });
    await writeAtomically(this.path(name), data);
  }

  async fetch(name: string, file: string): Promise<boolean> {
    return (await ifThere(copyAtomically(this.path(name), file).then(() => true))) ?? false;
  }

  async put(name: string, file: string): Promise<void> {
    await mkdir(this.location, { recursive: true });
    await copyAtomically(file, this.path(name));
  }

  async rename(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.path(to)), { recursive: true });
    await ifThere(rename(this.path(from), this.path(to)));
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(this.path(name), { force: true });
  }

  async removeUnfinished(isOurs: (name: string) => boolean): Promise<void> {
    const names = (await this.list()).filter((name) => {
      const [, of] = UNFINISHED.exec(name) ?? [];
      return of !== undefined && isOurs(of);
    });
    await this.remove(names);
  }

  removeIfEmpty(): Promise<void> {
    return removeIfEmpty(this.location);
  }

  private async entries() {
    return (await ifThere(readdir(this.location, { withFileTypes: true }))) ?? [];
  }

  private path(name: string): string {
    return join(this.location, name);
  }
}

async function copyAtomically(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.${randomUUID()}.tmp`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}
