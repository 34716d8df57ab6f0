import { splitLocation } from './location';

describe('splitLocation', () => {
  it.each([
    ['/models/a.safetensors', '/models', 'a.safetensors'],
    ['/a.safetensors', '/', 'a.safetensors'],
    ['a.safetensors', '.', 'a.safetensors'],
    ['s3://bucket/models/a.safetensors', 's3://bucket/models', 'a.safetensors'],
    ['s3://bucket/a.safetensors', 's3://bucket', 'a.safetensors'],
  ])('takes %s apart', (location, folder, name) => {
    expect(splitLocation(location)).toEqual({ folder, name });
  });
});
