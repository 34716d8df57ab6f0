/** One instruction of a Dockerfile: its word in capitals, and the rest with lines joined. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile that names all of them. */
export function stagesOf(text: string): Stage[] {
  const instructions = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Instruction => {
      const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { word: word.toUpperCase(), rest };
    });
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.word === 'FROM') {
      const [, from = '', name = ''] = /^(\S+) AS (\S+)$/.exec(instruction.rest) ?? [];
      stages.push({ name, from, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** What the image of a stage is made of: its own instructions after those of the stages that it begins with. */
export function wholeStage(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name);
  return stage === undefined ? [] : [...wholeStage(stages, stage.from), ...stage.instructions];
}

/** The last instruction with this word. @throws Error where there is none */
export function last(instructions: readonly Instruction[], word: string): string {
  const found = instructions.findLast((instruction) => instruction.word === word);
  if (!found) throw new Error(`no ${word}`);
  return found.rest;
}

/** All variables that ENV sets. */
export const environmentIn = (instructions: readonly Instruction[]): Record<string, string> =>
  Object.fromEntries(
    instructions
      .filter(({ word }) => word === 'ENV')
      .flatMap(({ rest }) =>
        [...rest.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
      ),
  );
