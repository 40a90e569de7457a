/** The compiler options of a NestJS application in CommonJS, as its CLI sets them where it matters here. */
export function commonJsConfig(more = {}) {
  return {
    compilerOptions: {
      target: 'es2022',
      module: 'commonjs',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      esModuleInterop: true,
      strict: true,
      skipLibCheck: true,
      types: ['node'],
      ...more,
    },
  };
}
