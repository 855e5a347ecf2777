/**
 * Ready silos in an answer of `GET /cluster`.
 * @param {string} body
 * @returns {number}
 */
export function readySilos(body) {
    const { silos } = /** @type {{ silos: { state: string }[] }} */ (JSON.parse(body));
    return silos.filter(({ state }) => state === 'ready').length;
}
