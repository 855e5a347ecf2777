/** @import { Defaults, ProtocolName, Settings } from './types.js' */

// Files of the repository that a run takes when it is not told others: photographs in the formats and colour types that are common.
const IMAGES = ['coffee-420.jpg', 'astronaut-444.jpg', 'rocket-progressive.jpg', 'camera-gray.jpg', 'coffee.webp', 'coffee-palette.png'];

/** @type {ProtocolName[]} */
const PROTOCOLS = ['score', 'openai', 'oip'];

const SECONDS = { h: 3600, m: 60, s: 1 };
const LONGEST = 7 * 24 * 3600;

/**
 * Reads the environment.
 * @param {Record<string, string | undefined>} env
 * @param {string} name The scenario's name.
 * @param {Defaults} defaults
 * @returns {Settings}
 */
export function readSettings(env, name, defaults) {
    const rate = whole(env, 'RATE', defaults.rate, 1, 100000);
    const settings = {
        baseUrl: address(env, 'BASE_URL', 'http://127.0.0.1:8080'),
        grpcUrl: address(env, 'GRPC_URL', 'http://127.0.0.1:8081'),
        clusterUrl: env['CLUSTER_URL'] ? address(env, 'CLUSTER_URL', '') : '',
        apiKey: env['API_KEY'] ?? '',
        model: env['MODEL'] ?? '',
        protocol: protocol(env['PROTOCOL'] || 'score'),
        images: (env['IMAGES'] || IMAGES.map((file) => `../../tests/golden/images/${file}`).join(',')).split(',').map((file) => file.trim()),
        imagesPerRequest: whole(env, 'IMAGES_PER_REQUEST', 1, 1, 1024),
        rate,
        maxRate: whole(env, 'MAX_RATE', Math.min(rate * defaults.peak, 100000), rate, 100000),
        seconds: env['DURATION'] ? seconds('DURATION', env['DURATION']) : defaults.seconds,
        steps: whole(env, 'STEPS', 10, 2, 100),
        maxVus: whole(env, 'MAX_VUS', 1000, 1, 100000),
        p99: whole(env, 'P99_MS', defaults.p99, 1, 600000),
        dimensions: whole(env, 'DIMENSIONS', 0, 0, 1000000),
        timeoutSeconds: env['TIMEOUT'] ? seconds('TIMEOUT', env['TIMEOUT']) : 60,
        summary: env['SUMMARY'] || `k6-${name}.json`,
    };
    if (settings.protocol === 'oip' && settings.model === '') {
        throw new Error('PROTOCOL=oip has the model in its path: set MODEL.');
    }

    return settings;
}

/**
 * A duration as k6 writes it, in whole seconds: `90s`, `5m`, `1h30m`.
 * @param {string} key
 * @param {string} text
 */
function seconds(key, text) {
    const parts = /^(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?$/.exec(text);
    let total = 0;
    for (const part of parts ? parts.slice(1) : []) {
        if (part) {
            total += Number(part.slice(0, -1)) * SECONDS[/** @type {'h' | 'm' | 's'} */ (part.slice(-1))];
        }
    }

    if (total < 1 || total > LONGEST) {
        throw new Error(`${key} should be a duration such as 90s, 5m or 1h30m, of at most a week, not '${text}'.`);
    }

    return total;
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} key
 * @param {number} fallback
 * @param {number} least
 * @param {number} most
 */
function whole(env, key, fallback, least, most) {
    const value = env[key] ? Number(env[key]) : fallback;
    if (!Number.isInteger(value) || value < least || value > most) {
        throw new Error(`${key} should be a whole number from ${least} to ${most}, not '${env[key]}'.`);
    }

    return value;
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} key
 * @param {string} fallback
 */
function address(env, key, fallback) {
    const value = (env[key] || fallback).replace(/\/+$/, '');
    if (!/^https?:\/\/[^/\s]+/.test(value)) {
        throw new Error(`${key} should be an http:// or https:// address, not '${value}'.`);
    }

    return value;
}

/**
 * @param {string} text
 * @returns {ProtocolName}
 */
function protocol(text) {
    const found = PROTOCOLS.find((name) => name === text);
    if (!found) {
        throw new Error(`PROTOCOL should be one of ${PROTOCOLS.join(', ')}, not '${text}'.`);
    }

    return found;
}
