import { describe, expect, test } from 'vitest'
import { sampleTest } from '../src/scope.ts'

describe('a sample', () => {
  const isSample = sampleTest('', [])

  test.each([
    'fixtures/a/compose.yaml',
    'src/testdata/key.pem',
    '_integration-test/compose.yaml',
    'integration_tests/.env',
    'IntegrationTests/app.json',
    'web/e2e-tests/login.ts',
    'app/__tests__/login.test.js',
  ])('stands in a folder that holds nothing else: %s', uri => {
    expect(isSample(uri)).toBe(true)
  })

  test.each([
    'tests/compose.yaml',
    'test/nginx.conf',
    'spec/openapi.yaml',
    'integration/compose.yaml',
    'e2e.yaml',
    'examples.md',
    'e2e-cluster/main.tf',
    // End-to-end encryption is a part of the product.
    'src/e2e/keys.ts',
    'e2e/compose.yaml',
  ])('is not what merely is near a test: %s', uri => {
    expect(isSample(uri)).toBe(false)
  })

  test('is not the folder the check was started in', () => {
    expect(sampleTest('examples/shop/', [])('examples/shop/compose.yaml')).toBe(false)
    expect(sampleTest('examples/shop/', [])('examples/shop/e2e-tests/compose.yaml')).toBe(true)
  })

  test('is what the profile declares', () => {
    expect(sampleTest('', ['demo/'])('demo/compose.yaml')).toBe(true)
  })
})
