// What no line of the server's log may hold. The rules are those of the Go tests: service/platform/logwatch.
import { spawnSync } from 'node:child_process'

/** Throws where the log holds what it must not. The line is named, and not quoted. */
export function checkLog(log) {
  const checker = process.env.LOG_CHECKER
  if (!checker) throw new Error('LOG_CHECKER names the program that checks the log: run the journeys with make test')
  const { status, stdout, stderr, error } = spawnSync(checker, { input: log, encoding: 'utf8', maxBuffer: 1 << 24 })
  if (error) throw error
  if (status !== 0) throw new Error(`the server's log holds what it must not:\n${stdout.split('\n').slice(0, 20).join('\n')}${stderr}`)
}
