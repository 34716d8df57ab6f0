// Loaded into the coordinator: on SIGUSR2 it collects garbage, so that what is left is what it holds.
process.on('SIGUSR2', () => globalThis.gc());
