import { sample } from '../samples.mjs';

export function check(value, checks, tags = {}) {
    const results = Object.entries(checks).map(([name, holds]) => [name, Boolean(holds(value))]);
    results.forEach(([check, ok]) => sample('checks', 'rate', ok, { ...tags, check }));
    return results.every(([, ok]) => ok);
}

// Iterations follow each other; nobody waits.
export function sleep() {}
