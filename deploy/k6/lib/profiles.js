/** @import { Phase, Plan, Profile, Settings } from './types.js' */

/**
 * The shapes of load. All but smoke are open: requests arrive at their rate however long answers take, as those of many clients do.
 * @type {Record<string, Profile>}
 */
export const profiles = {
    // Ten requests, one after the other.
    smoke: { defaults: { rate: 1, peak: 1, seconds: 60, p99: 5000 }, plan: oneByOne },
    // One rate.
    steady: { defaults: { rate: 10, peak: 1, seconds: 300, p99: 1000 }, plan: constant },
    // Rates from RATE to MAX_RATE in STEPS steps.
    ramp: { defaults: { rate: 10, peak: 10, seconds: 300, p99: 1000 }, plan: ramp },
    // RATE, with three bursts of MAX_RATE, each with as long to recover.
    burst: { defaults: { rate: 10, peak: 5, seconds: 200, p99: 1000 }, plan: bursts },
    // One rate for hours, in quarters: what grows shows from one to the next.
    soak: { defaults: { rate: 10, peak: 1, seconds: 4 * 3600, p99: 1000 }, plan: quarters },
    // More than the devices can do: MAX_RATE, three times RATE, that being their capacity. Requests wait up to Admission:MaxQueueTime (5 s).
    overload: { defaults: { rate: 10, peak: 3, seconds: 120, p99: 10000 }, plan: (settings) => constant({ ...settings, rate: settings.maxRate }) },
    // One rate, while somebody takes a silo away. Requests that were there are sent again, so the bound is wider.
    'silo-loss': { defaults: { rate: 10, peak: 1, seconds: 120, p99: 5000 }, plan: constant },
    // One rate, over gRPC.
    grpc: { defaults: { rate: 10, peak: 1, seconds: 300, p99: 1000 }, plan: constant },
};

/**
 * The phase of a moment; the last one also after the end, while the last answers come. Empty without phases.
 * @param {Phase[]} phases
 * @param {number} elapsed Milliseconds since the start.
 */
export function phaseAt(phases, elapsed) {
    let end = 0;
    for (const phase of phases) {
        end += phase.seconds * 1000;
        if (elapsed < end) {
            return phase.label;
        }
    }

    return phases.length > 0 ? /** @type {Phase} */ (phases[phases.length - 1]).label : '';
}

/**
 * @param {Settings} settings
 * @returns {Plan}
 */
function oneByOne(settings) {
    return { executor: { executor: 'shared-iterations', vus: 1, iterations: 10, maxDuration: `${settings.seconds}s` }, phases: [] };
}

/**
 * @param {Settings} settings
 * @returns {Plan}
 */
function constant(settings) {
    const { rate, seconds } = settings;
    return { executor: { executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: `${seconds}s`, ...users(settings, rate) }, phases: [] };
}

/**
 * @param {Settings} settings
 * @returns {Plan}
 */
function quarters(settings) {
    const phases = parts(settings.seconds, 4).map((seconds, i) => ({ label: `quarter-${i + 1}`, seconds, rate: settings.rate }));
    return { ...constant(settings), phases };
}

/**
 * @param {Settings} settings
 * @returns {Plan}
 */
function ramp(settings) {
    const rise = (settings.maxRate - settings.rate) / (settings.steps - 1);
    const phases = parts(settings.seconds, settings.steps).map((seconds, i) => {
        const rate = Math.round(settings.rate + rise * i);
        return { label: `step-${i + 1}`, seconds, rate };
    });
    return stairs(settings, phases);
}

/**
 * @param {Settings} settings
 * @returns {Plan}
 */
function bursts(settings) {
    const labels = ['calm-1'];
    for (const round of [1, 2, 3]) {
        labels.push(`burst-${round}`, `recovery-${round}`, `calm-${round + 1}`);
    }

    const lengths = parts(settings.seconds, labels.length);
    const phases = labels.map((label, i) => ({
        label,
        seconds: /** @type {number} */ (lengths[i]),
        rate: label.startsWith('burst') ? settings.maxRate : settings.rate,
    }));
    return stairs(settings, phases);
}

/**
 * Rates that change at once from phase to phase.
 * @param {Settings} settings
 * @param {Phase[]} phases
 * @returns {Plan}
 */
function stairs(settings, phases) {
    const stages = [];
    for (const { rate, seconds } of phases) {
        stages.push({ target: rate, duration: '0s' }, { target: rate, duration: `${seconds}s` });
    }

    const { rate, maxRate } = settings;
    return { executor: { executor: 'ramping-arrival-rate', startRate: rate, timeUnit: '1s', stages, ...users(settings, maxRate) }, phases };
}

/**
 * Virtual users: each has one request in flight. Enough for answers of a second are made before the start, and more while it runs.
 * @param {Settings} settings
 * @param {number} rate
 */
function users(settings, rate) {
    return { preAllocatedVUs: Math.min(Math.max(10, rate), settings.maxVus), maxVUs: settings.maxVus };
}

/**
 * Whole seconds in parts that differ by at most one.
 * @param {number} seconds
 * @param {number} count
 */
function parts(seconds, count) {
    if (seconds < count) {
        throw new Error(`DURATION should be at least ${count}s here: one second for each part of the run.`);
    }

    const lengths = [];
    for (let i = 0; i < count; i++) {
        lengths.push(Math.floor((seconds * (i + 1)) / count) - Math.floor((seconds * i) / count));
    }

    return lengths;
}
