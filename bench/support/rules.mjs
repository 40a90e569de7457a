/** Exemption rules that cover no request of a bench: the most expensive outcome. */
const RULES = {
  prefixes: () => ({ urls: Array.from({ length: 1_000 }, (_, i) => `/exempt-${i}/sub`) }),
  ranges: () => ({
    ipAddresses: Array.from(
      { length: 10_000 },
      (_, i) => `${20 + (i % 100)}.${(i >> 8) % 256}.${i % 256}.0/28`,
    ),
  }),
  /** The one that does cover what benches ask for. */
  exempt: () => ({ urls: ['/teas'] }),
};

export const ignoreRules = (name) => RULES[name]();
