import { execFileSync, spawnSync } from 'node:child_process';
import { isAlive, spawnProgram, type NodeProcess } from '@fathom/testkit';

/** A machine as the others see it: a network namespace with one link to a switch. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** Runs a Node program on it. */
  spawn(script: string, args: readonly string[], env: Readonly<Record<string, string>>): NodeProcess;
  /** Pulls the plug: what was sent is lost, and nobody is told. */
  cut(): void;
  mend(): void;
}

const PREFIX = 'fathom-';
/** Of the test process on the switch. */
const OWN = 254;

/** What is missing for hosts of our own; undefined: nothing. */
export function reasonForNoHosts(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only';
  if (process.getuid?.() !== 0) return 'making network namespaces takes root';
  if (spawnSync('ip', ['-V']).status !== 0) return 'there is no ip (iproute2)';
  const probe = `${PREFIX}${String(process.pid)}-probe`;
  try {
    ip('netns', 'add', probe);
    ip('-n', probe, 'link', 'add', 'switch', 'type', 'bridge');
    return undefined;
  } catch (error) {
    return `the kernel does not let us make network namespaces with bridges: ${String(error)}`;
  } finally {
    spawnSync('ip', ['netns', 'del', probe]);
  }
}

/** Hosts on one switch, which stands with the first; the test process is on it as well. */
export class Network {
  private readonly hosts: string[] = [];
  private readonly subnet = `10.77.${String(process.pid % 256)}`;
  private readonly ownLink = `fathom${String(process.pid % 1_000_000)}`;
  private readonly onExit = () => this.remove();

  constructor() {
    removeAbandoned();
    // Whatever ends the test process, short of SIGKILL; after that the next run clears up.
    process.once('exit', this.onExit);
  }

  add(name: string): Host {
    const netns = `${PREFIX}${String(process.pid)}-${name}`;
    const address = `${this.subnet}.${String(this.hosts.length + 1)}`;
    ip('netns', 'add', netns);
    this.hosts.push(netns);
    ip('-n', netns, 'link', 'set', 'lo', 'up');
    const [hub = netns] = this.hosts;
    if (hub === netns) this.makeSwitch(netns, address);
    else {
      ip('link', 'add', name, 'netns', hub, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
      plugIn(hub, name);
      giveAddress(netns, 'eth0', address);
    }
    return {
      name,
      address,
      spawn: (script, args, env) =>
        spawnProgram('ip', ['netns', 'exec', netns, process.execPath, script, ...args], {
          ...process.env,
          ...env,
        }),
      cut: () => ip('-n', hub, 'link', 'set', name, 'down'),
      mend: () => ip('-n', hub, 'link', 'set', name, 'up'),
    };
  }

  /** Ends what still runs on the hosts, and takes them away. */
  remove(): void {
    process.off('exit', this.onExit);
    spawnSync('ip', ['link', 'del', this.ownLink]);
    for (const netns of this.hosts.splice(0)) removeHost(netns);
  }

  private makeSwitch(netns: string, address: string): void {
    ip('-n', netns, 'link', 'add', 'switch', 'type', 'bridge');
    giveAddress(netns, 'switch', address);
    ip('link', 'add', this.ownLink, 'type', 'veth', 'peer', 'name', 'test', 'netns', netns);
    plugIn(netns, 'test');
    ip('addr', 'add', `${this.subnet}.${String(OWN)}/24`, 'dev', this.ownLink);
    ip('link', 'set', this.ownLink, 'up');
  }
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function plugIn(netns: string, link: string): void {
  ip('-n', netns, 'link', 'set', link, 'master', 'switch', 'up');
}

function giveAddress(netns: string, link: string, address: string): void {
  ip('-n', netns, 'addr', 'add', `${address}/24`, 'dev', link);
  ip('-n', netns, 'link', 'set', link, 'up');
}

function removeHost(netns: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', netns], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter(Boolean))
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  spawnSync('ip', ['netns', 'del', netns]);
}

/** Of test processes that were killed. */
function removeAbandoned(): void {
  const names = [...ip('netns', 'list').matchAll(/^fathom-(\d+)-\S+/gm)];
  for (const [name, pid] of names) if (!isAlive(Number(pid))) removeHost(name);
}
