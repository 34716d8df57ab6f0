import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv/dist/2020';
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { tool } from './deploy-tools';
import type { KubernetesObject } from './kubernetes-object';

type JsonSchema = Readonly<Record<string, unknown>>;
interface CustomKind {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { openAPIV3Schema: JsonSchema } }[];
  };
}

/** Checks objects by the schemas of one version of Kubernetes, and by those of the kinds that come from elsewhere. */
export class KubernetesSchemas {
  // Formats such as int32 are no rules of JSON; types are checked.
  private readonly ajv = new Ajv({
    strict: false,
    validateFormats: false,
    allErrors: true,
    code: { regExp: kubernetesRegExp },
  });
  private readonly validators = new Map<string, ValidateFunction>();

  /** @param version such as v1.37.0 */
  constructor(private readonly version: string) {
    this.ajv.addSchema(this.read('_definitions.json'), '/api/_definitions.json');
    const folder = join(__dirname, 'crds');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
      const { spec } = parse(readFileSync(join(folder, file), 'utf8')) as CustomKind;
      for (const { name, schema } of spec.versions)
        this.validators.set(
          `${spec.group}/${name} ${spec.names.kind}`,
          this.ajv.compile(closed(schema.openAPIV3Schema) as JsonSchema),
        );
    }
  }

  /** What is wrong with it, in words; empty where nothing is. */
  problems(object: KubernetesObject): string[] {
    const name = `${object.kind} ${object.metadata.name}`;
    const validator = this.validatorOf(object);
    if (validator === undefined) return [`${name}: ${this.version} has no ${object.apiVersion}`];
    if (validator(object)) return [];
    return (validator.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${name}: ${instancePath} ${String(message)} ${JSON.stringify(params)}`,
    );
  }

  private validatorOf({ apiVersion, kind }: KubernetesObject): ValidateFunction | undefined {
    const key = `${apiVersion} ${kind}`;
    const known = this.validators.get(key);
    if (known) return known;
    // As they name their files: deployment-apps-v1.json, service-v1.json, ingress-networking-v1.json.
    const words = apiVersion.split('/').map((part) => part.split('.')[0] ?? '');
    const file = `${[kind.toLowerCase(), ...words].join('-')}.json`;
    if (!existsSync(this.path(file))) return undefined;
    const validator = this.ajv.compile(this.read(file));
    this.validators.set(key, validator);
    return validator;
  }

  private path(file: string): string {
    return join(tool(`${this.version}-local-strict`), file);
  }

  private read(file: string): JsonSchema {
    return JSON.parse(readFileSync(this.path(file), 'utf8')) as JsonSchema;
  }
}

/** Patterns are those of Go. */
const kubernetesRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  { code: 'RE2JS' },
);

/**
 * The schema of a custom kind with what the API server adds to it: fields that it does not name are mistakes, and a number
 * may stand for a text where it says so.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type, ...rest } = schema as JsonSchema;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, closed(value)]));
  if (rest['x-kubernetes-int-or-string'] === true) return { ...inner, type: ['integer', 'string'] };
  const isOpen =
    rest['properties'] === undefined ||
    rest['additionalProperties'] !== undefined ||
    rest['x-kubernetes-preserve-unknown-fields'] === true;
  const isRoot = (rest['properties'] as JsonSchema | undefined)?.['apiVersion'] !== undefined;
  const metadata = isRoot ? { metadata: { type: 'object' } } : {};
  const properties = inner['properties'] as JsonSchema | undefined;
  return {
    ...inner,
    ...(type !== undefined && { type }),
    ...(properties && { properties: { ...properties, ...metadata } }),
    ...(!isOpen && { additionalProperties: false }),
  };
}
