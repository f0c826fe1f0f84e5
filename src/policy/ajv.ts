// A module of its own, loaded when there is something to validate: the bundler gives a CommonJS package that is
// imported dynamically no named exports.
export { Ajv } from 'ajv'
