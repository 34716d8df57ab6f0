import { z } from 'zod';
import type { Env } from './env';

/** Marks a variable in an environment schema whose whole value is secret. */
export const secret = { secret: true } as const;

/** Shorter values occur in innocent texts; what they protect is no secret to anybody who guesses. */
const MIN_LENGTH = 4;
const STAND_IN = '[secret]';
/** `user:password@` of any URL, also of one that is in no variable. */
const PASSWORD_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s/?#@:"']*):[^\s/?#@"']+@/gi;

/** Takes secrets out of texts that leave the process. */
export class Secrets {
  private readonly values: readonly string[];

  constructor(values: readonly string[] = []) {
    const forms = values.flatMap((value) => [
      value,
      JSON.stringify(value).slice(1, -1),
      encoded(value),
      new URLSearchParams([['', value]]).toString().slice(1),
    ]);
    this.values = [...new Set(forms)]
      .filter((value) => value.length >= MIN_LENGTH)
      .sort((a, b) => b.length - a.length);
  }

  /**
   * Those of an environment: variables that the schema marks with {@link secret}, and the passwords of URLs, as they are
   * written there and decoded.
   */
  static of(schema: z.ZodObject, env: Env): Secrets {
    const values = Object.entries(schema.shape).flatMap(([name, type]) => {
      const value = env[name]?.trim() ?? '';
      const isSecret = z.globalRegistry.get(type as z.ZodType)?.['secret'] === true;
      return isSecret ? [value, ...valuesIn(value)] : passwordsOf(value);
    });
    return new Secrets(values);
  }

  /** The text without them. */
  redact(text: string): string {
    let result = text;
    for (const value of this.values) result = result.replaceAll(value, STAND_IN);
    return result.includes('://') ? result.replace(PASSWORD_IN_URL, `$1:${STAND_IN}@`) : result;
  }
}

/** Of a list `name=value,…`, as it is written and decoded. */
const valuesIn = (text: string): string[] =>
  text.split(',').flatMap((pair) => {
    const value = /^[^=]+=(.+)$/.exec(pair)?.[1]?.trim();
    return value === undefined ? [] : [value, decoded(value)];
  });

function passwordsOf(value: string): string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:([^/?#]*)@/i.exec(value)?.[1];
  if (written === undefined) return [];
  return [written, decoded(written)];
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text; // half of a surrogate pair: it stands in no URL
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not encoded: the plain form is all there is
  }
}
