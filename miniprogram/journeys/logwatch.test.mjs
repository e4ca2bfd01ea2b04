// The check of the server's log finds what must not be in it, and nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLog } from './logwatch.mjs'

test('each kind is found, by its line and without being quoted', () => {
  for (const secret of ['王小明', 'xy_' + 'aB3-'.repeat(10), '99_0123456789', '"session_key":"a"', '/x?secret=a', '5ec4e70123456789abcdef0123456789',
    'HyVFkGl5F5OQWJZZaNzBBg==', 'oGZUI0egBJY1zhBYw2KhdUfwVJJE', '13800001234', 'G320623201501']) {
    const log = JSON.stringify({ level: 'INFO', msg: 'well' }) + '\n' + JSON.stringify({ level: 'WARN', msg: secret })
    assert.throws(() => checkLog(log), (error) => /line 2 holds/.test(error.message) && !error.message.includes(secret), secret)
  }
})

test('what the server logs is not found', () => {
  checkLog('{"level":"WARN","msg":"call","route":"/api/v1/lessons/:id","status":503,"ms":1380,"took":15000000000,"account":"1793512345678901234"}\nxinyu 0.1 addr=http://127.0.0.1:13800\n')
})
