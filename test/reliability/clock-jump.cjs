// Loaded into a process before its own code: at each SIGUSR2 its clock jumps by so many milliseconds.
const jump = Number(process.env.FATHOM_TEST_CLOCK_JUMP_MS);
const RealDate = Date;
let offset = 0;
const now = () => RealDate.now() + offset;
process.on('SIGUSR2', () => {
  offset += jump;
});
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
