import { z } from 'zod';

/** Environment variables of an object store; those that AWS has standard names for are its client's to read. */
export const s3EnvironmentSchema = z.object({
  FATHOM_S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of an S3-compatible object store, such as https://minio:9000. Default: that of AWS.'),
  FATHOM_S3_FORCE_PATH_STYLE: z
    .enum(['true', 'false'])
    .default('false')
    .describe('The bucket is part of the path and not of the host name, as MinIO and Ceph want it.'),
});

export interface S3Settings {
  readonly endpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly region: string | undefined;
}

/** Of processes whose environment has been checked when they, or those that started them, began. */
export function s3SettingsOf(env: Readonly<Record<string, string | undefined>>): S3Settings {
  const given = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  const parsed = s3EnvironmentSchema.parse({
    FATHOM_S3_ENDPOINT: given('FATHOM_S3_ENDPOINT'),
    FATHOM_S3_FORCE_PATH_STYLE: given('FATHOM_S3_FORCE_PATH_STYLE'),
  });
  const { FATHOM_S3_ENDPOINT: endpoint } = parsed;
  // Others than AWS have one region, whatever they call it; the client wants a name for its signatures.
  const fallback = endpoint === undefined ? undefined : 'us-east-1';
  const region = given('AWS_REGION') ?? given('AWS_DEFAULT_REGION') ?? fallback;
  return { endpoint, forcePathStyle: parsed.FATHOM_S3_FORCE_PATH_STYLE === 'true', region };
}
