// Holds the API's contract against the recommended rules of Redocly's linter.
// Quiet where nothing is wrong; contacts no host.
import { createConfig, formatProblems, lint } from '@redocly/openapi-core'
import { fileURLToPath } from 'node:url'

const document = fileURLToPath(new URL('../../api/openapi.json', import.meta.url))
const config = await createConfig({ extends: ['recommended'] })
const problems = await lint({ ref: document, config })
if (problems.length > 0) {
  const errors = problems.filter(p => p.severity === 'error').length
  formatProblems(problems, { format: 'codeframe', maxProblems: 20, totals: { errors, warnings: problems.length - errors, ignored: 0 } })
  process.exit(1)
}
