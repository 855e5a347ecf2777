import { wait } from '../wait.mjs';
import { sample } from '../samples.mjs';

function request(method, url, body, { headers = {}, tags = {}, responseType = 'text', responseCallback = (status) => status < 400 } = {}) {
    const begin = performance.now();
    const { status, headers: replied, bytes } = wait('http', { method, url, body, headers });
    const duration = performance.now() - begin;
    sample('http_reqs', 'counter', 1, tags);
    sample('http_req_failed', 'rate', !responseCallback(status), tags);
    // As k6 and Go spell header names.
    const canonical = Object.fromEntries(replied.map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()), value]));
    const reply = responseType === 'binary' ? Uint8Array.from(bytes).buffer : Buffer.from(bytes).toString();
    return { status, headers: canonical, body: reply, timings: { duration } };
}

export default {
    get: (url, params) => request('GET', url, undefined, params),
    post: (url, body, params) => request('POST', url, body, params),
    expectedStatuses: (...expected) => (status) => expected.includes(status),
};
