/** @import { Phase, Run, Settings, Thresholds } from './types.js' */
import { ACCEPTED_MS, FAILED, REJECTED, inPhase } from './names.js';
import { profiles } from './profiles.js';
import { readSettings } from './settings.js';
import { summarize } from './summary.js';

/**
 * A scenario file's run: the profile of its name, with its thresholds.
 * @param {string} name
 * @param {(settings: Settings, phases: Phase[]) => Thresholds} thresholds
 * @returns {Run}
 */
export function start(name, thresholds) {
    const profile = profiles[name];
    if (!profile) {
        throw new Error(`There is no profile '${name}'.`);
    }

    const settings = readSettings(__ENV, name, profile.defaults);
    const { executor, phases } = profile.plan(settings);
    return {
        name,
        settings,
        phases,
        options: {
            scenarios: { [name]: executor },
            thresholds: { ...told(phases), ...thresholds(settings, phases) },
            summaryTrendStats: ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
            userAgent: `dinov2-k6/${name}`,
        },
        handleSummary: (data) => summarize(data, name, phases, settings.summary),
    };
}

/**
 * k6 counts the samples of a tag apart when a threshold names it, even one without conditions.
 * @param {Phase[]} phases
 * @returns {Thresholds}
 */
function told(phases) {
    /** @type {Thresholds} */
    const thresholds = {};
    for (const { label } of phases) {
        for (const metric of [ACCEPTED_MS, REJECTED, FAILED]) {
            thresholds[inPhase(metric, label)] = [];
        }
    }

    return thresholds;
}
