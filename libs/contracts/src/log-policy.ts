import { RE2JS, RE2JSException } from 're2js';
import { z } from 'zod';
import { failureClassSchema } from './failure';

const MAX_POLICIES = 20;

/** What a line of the training process's output means for the attempts that follow. */
export const logPolicySchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe('For people; each once in a sweep.'),
    pattern: z
      .string()
      .min(1)
      .max(300)
      .superRefine((pattern, ctx) => {
        const fault = faultOf(pattern);
        if (fault !== undefined)
          ctx.addIssue({ code: 'custom', message: `not a regular expression of RE2: ${fault}` });
      })
      .describe(
        'A regular expression in the syntax of RE2, which takes linear time; found anywhere in a line of stdout or stderr.',
      ),
    action: z
      .enum(['excludeNode', 'cancelRetries'])
      .describe(
        'When the attempt fails. excludeNode: the trial goes on, but never on this machine again. cancelRetries: it has failed for good.',
      ),
  })
  .meta({ id: 'LogPolicy' });
export type LogPolicy = z.infer<typeof logPolicySchema>;

export const logPoliciesSchema = z
  .array(logPolicySchema)
  .max(MAX_POLICIES)
  .superRefine((policies, ctx) => {
    const names = policies.map(({ name }) => name);
    names.forEach((name, index) => {
      if (names.indexOf(name) < index)
        ctx.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `there is a policy ${name} already; each can stand once`,
        });
    });
  });

/** A machine that is not to train a trial any more, and why. */
export const exclusionSchema = z.strictObject({
  node: z.string(),
  policy: z.string(),
  line: z.string(),
  /** Of the attempt that failed there. */
  failure: failureClassSchema,
});
export type Exclusion = z.infer<typeof exclusionSchema>;

export interface PolicyMatch {
  readonly policy: LogPolicy;
  /** The first line that matched. */
  readonly line: string;
}

/** Longer lines are looked at as far as this. */
export const MAX_LINE = 1_000;

/** Looks at the lines of an output as they come. */
export class LogMatcher {
  private readonly found = new Map<string, PolicyMatch>();
  private readonly waiting: { readonly policy: LogPolicy; readonly pattern: RE2JS }[];

  constructor(policies: readonly LogPolicy[]) {
    this.waiting = policies.map((policy) => ({ policy, pattern: RE2JS.compile(policy.pattern) }));
  }

  /** In the order of their first matches. */
  get matches(): readonly PolicyMatch[] {
    return [...this.found.values()];
  }

  read(line: string): void {
    const seen = line.slice(0, MAX_LINE);
    for (const { policy, pattern } of this.waiting)
      if (!this.found.has(policy.name) && pattern.test(seen))
        this.found.set(policy.name, { policy, line: seen });
  }
}

function faultOf(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}
