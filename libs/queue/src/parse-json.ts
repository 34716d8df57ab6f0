/** The part of a zod schema that is needed to read a message. */
interface MessageSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/** The message, or undefined where the text is not JSON of that shape. */
export function parseJson<T>(schema: MessageSchema<T>, text: string): T | undefined {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}
