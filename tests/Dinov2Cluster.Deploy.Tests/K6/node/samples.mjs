// What k6's metrics engine does with samples: sinks for metrics and for those of their tags that thresholds name, and the end's verdicts.
// https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ has the form of the summary's data.
const BUILT_IN = { checks: 'rate', http_reqs: 'counter', http_req_failed: 'rate', http_req_duration: 'trend', dropped_iterations: 'counter', iterations: 'counter' };
const EXPRESSION = /^(rate|count|value|avg|min|med|max|p\((\d+(?:\.\d+)?)\))\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)?)$/;
const COMPARE = { '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '==': (a, b) => a === b, '!=': (a, b) => a !== b };
const AGGREGATES = { counter: /^(count|rate)$/, rate: /^rate$/, trend: /^(avg|min|med|max|p\()/ };

const types = new Map(Object.entries(BUILT_IN));
const samples = [];

export function define(name, type) {
    if (types.has(name)) {
        throw new Error(`metric ${name} is there already`);
    }

    types.set(name, type);
}

export function sample(name, type, value, tags) {
    if (types.get(name) !== type) {
        throw new Error(`metric ${name} is no ${type}`);
    }

    samples.push({ name, value: Number(value), tags });
}

/** Checks thresholds as k6 does before a run. */
export function validate(thresholds) {
    for (const [key, list] of Object.entries(thresholds)) {
        const type = types.get(base(key));
        if (!type) {
            throw new Error(`metric '${base(key)}' does not exist in the script`);
        }

        for (const [, aggregate] of list.map(parse)) {
            if (!AGGREGATES[type].test(aggregate)) {
                throw new Error(`a ${type} such as ${key} has no ${aggregate}`);
            }
        }
    }
}

/** The data of handleSummary. */
export function summaryData(options, milliseconds) {
    const metrics = {};
    for (const key of new Set([...samples.map(({ name }) => name), ...Object.keys(options.thresholds)])) {
        const values = valuesOf(key, options.summaryTrendStats);
        metrics[key] = { type: types.get(base(key)), contains: 'default', values };
        const verdicts = (options.thresholds[key] ?? []).map((threshold) => [threshold.threshold ?? threshold, { ok: holds(key, threshold) }]);
        if (verdicts.length > 0) {
            metrics[key].thresholds = Object.fromEntries(verdicts);
        }
    }

    return { root_group: {}, options: { summaryTrendStats: options.summaryTrendStats }, state: { testRunDurationMs: milliseconds }, metrics };
}

function base(key) {
    return key.split('{')[0];
}

function parse(threshold) {
    const text = threshold.threshold ?? threshold;
    const parts = EXPRESSION.exec(text);
    if (!parts) {
        throw new Error(`threshold '${text}' can't be read`);
    }

    return parts;
}

function holds(key, threshold) {
    const [, aggregate, , operator, bound] = parse(threshold);
    return COMPARE[operator](valuesOf(key, [aggregate])[aggregate], Number(bound));
}

function valuesOf(key, stats) {
    const [, tag, value] = /\{(\w+):(.*)\}$/.exec(key) ?? [];
    const values = samples.filter(({ name, tags }) => name === base(key) && (!tag || tags[tag] === value)).map((entry) => entry.value);
    const sum = values.reduce((total, one) => total + one, 0);
    switch (types.get(base(key))) {
        case 'counter':
            return { count: sum, rate: 0 };
        case 'rate':
            return { rate: values.length > 0 ? sum / values.length : 0, passes: sum, fails: values.length - sum };
        default:
            return Object.fromEntries(stats.map((stat) => [stat, trend(values.sort((a, b) => a - b), stat)]));
    }
}

function trend(sorted, stat) {
    if (sorted.length === 0) {
        return 0;
    }

    const percentile = { min: 0, med: 50, max: 100 }[stat] ?? Number(/\d+/.exec(stat));
    const rank = Math.round((percentile / 100) * (sorted.length - 1));
    return stat === 'avg' ? sorted.reduce((total, one) => total + one, 0) / sorted.length : sorted[rank];
}
