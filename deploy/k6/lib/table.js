/** @import { Digest, PhaseDigest } from './types.js' */

const COLUMNS = { avg: 'avg', p50: 'med', p90: 'p(90)', p95: 'p(95)', p99: 'p(99)', max: 'max' };
const FIRST = 20;
const WIDTH = 10;

/**
 * A run's numbers for people.
 * @param {Digest} run
 */
export function table(run) {
    const lines = ['', `${run.scenario}: ${run.passed ? 'passed' : 'FAILED'} after ${run.seconds.toFixed(1)} s`, ''];
    lines.push(
        row('requests', [run.requests, perSecond(run.requests, run)]),
        row('  accepted', [run.accepted, percent(run.accepted, run)]),
        row('  rejected (429)', [run.rejected, percent(run.rejected, run)]),
        row('  failed', [run.failed, percent(run.failed, run)]),
        row('images', [run.images, perSecond(run.images, run)]),
    );
    if (run.dropped > 0) {
        lines.push(row('not begun by k6', [run.dropped]));
    }

    if (run.silosLost !== null) {
        lines.push(row('silos lost', [run.silosLost]));
    }

    lines.push('', row('ms', Object.keys(COLUMNS)));
    for (const [name, values] of Object.entries(run.ms)) {
        lines.push(row(name, Object.values(COLUMNS).map((column) => milliseconds(values[column]))));
    }

    if (run.phases.length > 0) {
        lines.push('', row('phase', ['rate', 'requests', 'rejected', 'failed', 'p50 ms', 'p99 ms', '']), ...run.phases.map(phaseRow));
    }

    const crossed = run.thresholds.filter(({ ok }) => !ok).map(({ metric, threshold }) => `  not so: ${metric} ${threshold}`);
    lines.push('', `thresholds: ${run.thresholds.length - crossed.length} of ${run.thresholds.length} held`, ...crossed, '');
    return lines.join('\n') + '\n';
}

/** @param {PhaseDigest} phase */
function phaseRow({ phase, rate, requests, rejected, failed, ms, held }) {
    const verdict = held === null ? 'not run' : held ? 'held' : 'NOT HELD';
    return row(phase, [`${rate}/s`, requests, rejected, failed, milliseconds(ms?.['med']), milliseconds(ms?.['p(99)']), verdict]);
}

/**
 * @param {string} name
 * @param {(string | number)[]} cells
 */
function row(name, cells) {
    return (name.padEnd(FIRST) + cells.map((cell) => String(cell).padStart(WIDTH)).join('')).trimEnd();
}

/** @param {number | undefined} value */
function milliseconds(value) {
    return value === undefined ? '-' : value.toFixed(1);
}

/**
 * @param {number} count
 * @param {Digest} run
 */
function perSecond(count, run) {
    return run.seconds > 0 ? `${(count / run.seconds).toFixed(1)}/s` : '-';
}

/**
 * @param {number} count
 * @param {Digest} run
 */
function percent(count, run) {
    return run.requests > 0 ? `${((100 * count) / run.requests).toFixed(2)} %` : '-';
}
