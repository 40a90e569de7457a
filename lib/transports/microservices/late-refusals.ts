const refused = new WeakSet<object>();

/** The messages that the guard has refused, known by the context that Nest makes for each, the second argument of handlers. */
export const LateRefusals = {
  add: ([, context]: readonly unknown[]): void => {
    if (isObject(context)) refused.add(context);
  },
  has: ([, context]: readonly unknown[]): boolean => isObject(context) && refused.has(context),
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
