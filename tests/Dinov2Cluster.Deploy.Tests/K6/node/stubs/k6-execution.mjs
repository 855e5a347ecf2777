// The iteration and the moment that the runner says.
export const scenario = { iterationInTest: 0, startTime: Date.now() };

export default { scenario };
