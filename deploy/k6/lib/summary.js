/** @import { Digest, MetricData, Phase, PhaseDigest, SummaryData } from './types.js' */
import { ACCEPTED_MS, FAILED, IMAGES, REJECTED, REJECTED_MS, SILOS_LOST, STAGES_MS, inPhase } from './names.js';
import { table } from './table.js';

/** Rows of the table of times, and where they come from. */
const TIMES = Object.entries({
    accepted: ACCEPTED_MS,
    rejected: REJECTED_MS,
    'server run': STAGES_MS.run,
    'server preprocess': STAGES_MS.preprocess,
    'server queue': STAGES_MS.queue,
    'server inference': STAGES_MS.inference,
});

/**
 * What k6 writes at the end: a table for people and a line of JSON, with k6's own metrics, for programs.
 * @param {SummaryData} data
 * @param {string} scenario
 * @param {Phase[]} phases
 * @param {string} target A file, or `-` for standard output.
 * @returns {Record<string, string>} What goes where.
 */
export function summarize(data, scenario, phases, target) {
    if (!data.metrics) {
        throw new Error('The summary has a form that is not known here: run k6 without --new-machine-readable-summary.');
    }

    const result = digest(data, scenario, phases);
    const json = JSON.stringify({ ...result, metrics: data.metrics }) + '\n';
    return target === '-' ? { stdout: table(result) + json } : { stdout: table(result), [target]: json };
}

/**
 * The numbers that matter, out of k6's metrics.
 * @param {SummaryData} data
 * @param {string} scenario
 * @param {Phase[]} phases
 * @returns {Digest}
 */
export function digest({ metrics, state }, scenario, phases) {
    const seconds = state.testRunDurationMs / 1000;
    const failed = share(metrics[FAILED]);
    const rejected = share(metrics[REJECTED]);
    const images = metrics[IMAGES]?.values['count'] ?? 0;
    const parts = phases.map((phase) => phaseDigest(metrics, phase));
    // k6 judges parts that a stopped run never came to: nothing was measured there, so nothing held or broke.
    const missed = parts.filter(({ held }) => held === null).map(({ phase }) => inPhase('', phase));
    const thresholds = Object.entries(metrics)
        .filter(([metric]) => !missed.some((phase) => metric.endsWith(phase)))
        .flatMap(([metric, { thresholds }]) => Object.entries(thresholds ?? {}).map(([threshold, { ok }]) => ({ metric, threshold, ok })));
    // A threshold makes k6 tell of a metric that has no samples: as zeros, which nobody should take for times.
    const empty = [failed.all === failed.count + rejected.count ? ACCEPTED_MS : '', rejected.count === 0 ? REJECTED_MS : ''];
    /** @type {Digest['ms']} */
    const ms = {};
    for (const [name, metric] of TIMES) {
        const values = metrics[metric]?.values;
        if (values && !empty.includes(metric)) {
            ms[name] = values;
        }
    }

    return {
        scenario,
        passed: thresholds.every(({ ok }) => ok),
        seconds,
        requests: failed.all,
        accepted: failed.all - failed.count - rejected.count,
        rejected: rejected.count,
        failed: failed.count,
        images,
        imagesPerSecond: seconds > 0 ? images / seconds : 0,
        dropped: metrics['dropped_iterations']?.values['count'] ?? 0,
        silosLost: metrics[SILOS_LOST]?.values['count'] ?? null,
        ms,
        phases: parts,
        thresholds,
    };
}

/**
 * @param {SummaryData['metrics']} metrics
 * @param {Phase} phase
 * @returns {PhaseDigest}
 */
function phaseDigest(metrics, { label, rate }) {
    const parts = [ACCEPTED_MS, REJECTED, FAILED].map((metric) => metrics[inPhase(metric, label)]);
    const [times, rejected, failed] = parts;
    const { all, count } = share(failed);
    const accepted = all - count - share(rejected).count;
    const held = parts.every((metric) => Object.values(metric?.thresholds ?? {}).every(({ ok }) => ok));
    return {
        phase: label,
        rate,
        requests: all,
        rejected: share(rejected).count,
        failed: count,
        ms: accepted > 0 ? (times?.values ?? null) : null,
        held: all > 0 ? held : null,
    };
}

/**
 * A rate's samples: how many there are, and how many are true.
 * @param {MetricData | undefined} rate
 */
function share(rate) {
    const { passes = 0, fails = 0 } = rate?.values ?? {};
    return { count: passes, all: passes + fails };
}
