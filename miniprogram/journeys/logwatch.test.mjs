// The watch over the server's log bites, and bites nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustTellNothing } from './logwatch.mjs'

test('each sort is found, by its line and without being quoted', () => {
  for (const told of ['王小明', 'xy_' + 'aB3-'.repeat(10), '99_0123456789', '"session_key":"a"', '/x?secret=a', '5ec4e70123456789abcdef0123456789',
    'HyVFkGl5F5OQWJZZaNzBBg==', 'oGZUI0egBJY1zhBYw2KhdUfwVJJE', '13800001234', 'G320623201501']) {
    const log = JSON.stringify({ level: 'INFO', msg: 'well' }) + '\n' + JSON.stringify({ level: 'WARN', msg: told })
    assert.throws(() => mustTellNothing(log), (error) => /line 2 holds/.test(error.message) && !error.message.includes(told), told)
  }
})

test('what the server logs is no find', () => {
  mustTellNothing('{"level":"WARN","msg":"call","route":"/api/v1/lessons/:id","status":503,"ms":1380,"took":15000000000,"account":"1793512345678901234"}\nxinyu 0.1 addr=http://127.0.0.1:13800\n')
})
