const MODULES = /^k6(\/|$)/;

export function resolve(specifier, context, next) {
    if (MODULES.test(specifier)) {
        return { url: new URL(`./stubs/${specifier.replaceAll('/', '-')}.mjs`, import.meta.url).href, shortCircuit: true };
    }

    return next(specifier, context);
}
