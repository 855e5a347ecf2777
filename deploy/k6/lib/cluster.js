/** @import { Run } from './types.js' */
import { sleep } from 'k6';
import http from 'k6/http';
import { silosLost } from './metrics.js';
import { commonHeaders } from './protocols.js';
import { readySilos } from './silos.js';

// Of this virtual user, the only one that watches.
let seen = 0;

/**
 * Looks once a second how many silos are ready, and counts those that went away. A gateway that doesn't answer in that moment says nothing about silos.
 * @param {Run} run
 */
export function watchSilos({ settings }) {
    const response = http.get(`${settings.clusterUrl}/cluster`, { headers: commonHeaders(settings), tags: { name: 'cluster' }, timeout: '5s' });
    if (response.status === 200) {
        const ready = readySilos(String(response.body));
        silosLost.add(Math.max(0, seen - ready));
        seen = ready;
    }

    sleep(1);
}
