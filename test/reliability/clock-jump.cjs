// Loaded into a process before its own code: at each SIGUSR2 its clock jumps, so many milliseconds ahead and then
// twice as many back.
const jump = Number(process.env.FATHOM_TEST_CLOCK_JUMP_MS);
const RealDate = Date;
let offset = 0;
const now = () => RealDate.now() + offset;
process.on('SIGUSR2', () => {
  offset = offset > 0 ? -jump : jump;
});
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
